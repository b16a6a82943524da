package io.medforge.forge.repository;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** Any text is a tree head, and then the very text that the head would write, or is refused. */
class TreeHeadFuzzTest {
  static Stream<byte[]> seeds() {
    Digest digest = Digest.of(new byte[] {1});
    TreeHead head = new TreeHead(digest, 7, digest, Optional.empty());
    String text = head.signedBy(Entries.KEY).toJson();
    return Stream.of(
            text,
            head.toJson(),
            text.replace("\"size\":7", "\"size\":-7"),
            text.replace("\"size\":7", "\"size\":7.0"),
            text.replace("\"size\":7", "\"size\":4294967303"),
            text.replace("ed25519:", "ed25519::"),
            text.replace("sha256:", "SHA256:"),
            text.replace(",", ", "),
            " " + text + "\n",
            text + text,
            "[".repeat(5000),
            "")
        .map(seed -> seed.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("seeds")
  @FuzzTest(maxDuration = "30s")
  void anyTextIsAHeadOrIsRefused(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    TreeHead head;
    try {
      head = TreeHead.parse(text, "fuzzed");
    } catch (MalformedPluginException e) {
      return;
    }
    if (!head.toJson().equals(text.strip())) {
      throw new AssertionError("another head than its text");
    }
  }
}
