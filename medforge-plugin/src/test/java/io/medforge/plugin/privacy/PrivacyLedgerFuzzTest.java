package io.medforge.plugin.privacy;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any text is a ledger, and then the very text that the ledger would write, or is refused. */
class PrivacyLedgerFuzzTest {

  static Stream<byte[]> seeds() {
    LedgerLines lines =
        LedgerLines.start("st-anna", new PrivacyLoss(3, 1e-5))
            .with(PrivacyLedgerTest.release("lung:1", "ct", SampledGaussian.once(2)))
            .with(PrivacyLedgerTest.release("lung:2", "ct"));
    String text = new String(lines.toBytes(), StandardCharsets.UTF_8);
    return Stream.of(
            text,
            text.replace("3.0", "1e400"),
            text.replace("3.0", "-3"),
            text.replace("\"steps\":1", "\"steps\":0"),
            text.replace("\"steps\":1", "\"steps\":1.5"),
            text.replace("[{", "{").replace("}]", "}"),
            text.replace("sha256:", ""),
            text.replace("\n", "\r\n"),
            text + " ",
            text + "\n",
            "[".repeat(5000) + "\n")
        .map(seed -> seed.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void anyTextIsALedgerOrIsRefused(byte[] bytes) throws IOException {
    String text = new String(bytes, StandardCharsets.UTF_8);
    LedgerLines read;
    try {
      read = LedgerLines.parse(text, "fuzzed");
    } catch (DamagedLedgerException e) {
      return;
    }
    if (!new String(read.toBytes(), StandardCharsets.UTF_8).equals(text)) {
      throw new AssertionError("another ledger than its text");
    }
  }
}
