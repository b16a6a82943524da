package io.medforge.forge.repository;

import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Outcome;
import io.medforge.forge.SigningKey;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/** Small ledger entries of every kind. */
final class Entries {
  static final SigningKey KEY = SigningKey.generate();

  /** Everything that could break a line, a file name or a quotation. */
  static final String NASTY = "line\nnext\r\u0000\u001b[31m\u2028\u202e\"\\],{} \ud83d\ude00 ../x";

  private Entries() {}

  static Contribution contribution(int i) {
    return contribution("centre-" + i % 3, i);
  }

  static Contribution contribution(String centre, int i) {
    double[] values = new Random(i).doubles(6, -1, 1).toArray();
    PluginModule module =
        PluginModule.of(
            new PluginId(centre, "lung", "1." + i),
            BaseModel.named("base"),
            Map.of("layer", new DenseUpdate(Tensor.of(Shape.of(2, 3), values))),
            Provenance.unknown().with("trained-with", NASTY));
    DistilledSet distilled =
        DistilledSet.of(
            LabelSpace.of("tumour", "benign", "malignant"),
            ModelInput.ofRows(new float[] {i, 1}, new float[] {2, i}),
            0,
            1);
    LeakageCertificate certificate =
        new LeakageCertificate(
                LeakageCertificate.Level.L2,
                module.digest(),
                distilled.digest(),
                "audit-1",
                "{\"auc\":0.5}",
                Instant.parse("2026-11-25T10:00:00Z"),
                Optional.empty())
            .signedBy(KEY);
    return new Contribution(module, distilled)
        .with(certificate)
        .trainedFrom(i)
        .licensed("Apache-2.0")
        .signedBy(KEY);
  }

  static LedgerEntry admit(int i) {
    return new LedgerEntry.Admit(contribution(i), outcome(i));
  }

  static Outcome outcome(int i) {
    SortedMap<String, Double> numbers =
        new TreeMap<>(Map.of("p", 0.1 + 0.2, "tiny", Double.MIN_VALUE, "n", (double) i));
    return new Outcome(
        Optional.of(Digest.of(new byte[] {(byte) i})),
        List.of(new Finding("norm", Finding.Verdict.NOTE, NASTY, numbers)));
  }

  /** One of each kind, and texts of every kind. */
  static List<LedgerEntry> all() {
    PluginId plugin = contribution(0).module().id();
    return List.of(
        admit(0),
        new LedgerEntry.Admit(contribution(1)),
        new LedgerEntry.Withdraw(plugin, NASTY),
        new LedgerEntry.RollBack(1, NASTY, outcome(2)),
        new LedgerEntry.Quarantine(contribution(2), outcome(3)),
        new LedgerEntry.Refuse(plugin, contribution(2).digest(), outcome(4)),
        LedgerEntry.Decide.signed(contribution(2).digest(), "maintainer", "approve", NASTY, KEY),
        new LedgerEntry.Note(NASTY, "", outcome(5)));
  }

  /** An entry as a value: modules and sets by their digests. */
  static String describe(LedgerEntry entry) {
    if (entry instanceof LedgerEntry.Admit admit) {
      return "admit " + describe(admit.contribution()) + admit.outcome();
    }
    if (entry instanceof LedgerEntry.Quarantine quarantine) {
      return "quarantine " + describe(quarantine.contribution()) + quarantine.outcome();
    }
    return entry.toString();
  }

  private static String describe(Contribution contribution) {
    return contribution.module()
        + " "
        + contribution.statement()
        + " "
        + contribution.distilled().digest()
        + contribution.certificates()
        + contribution.signature()
        + contribution.hasValidSignature()
        + contribution.module().provenance();
  }

  static List<String> describe(List<LedgerEntry> entries) {
    return entries.stream().map(Entries::describe).toList();
  }
}
