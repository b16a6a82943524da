package io.medforge.plugin.privacy;

import java.nio.file.Path;

/** A process of its own that records releases in a ledger. */
final class RecordingProcess {
  static final int RELEASES = 8;

  private RecordingProcess() {}

  public static void main(String[] args) {
    PrivacyLedger ledger = PrivacyLedger.open(Path.of(args[0]));
    for (int i = 0; i < RELEASES; i++) {
      ledger.record(PrivacyLedgerTest.release(args[1] + "-" + i, "ct", SampledGaussian.once(50)));
    }
  }
}
