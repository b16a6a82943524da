package io.medforge.forge.repository;

import io.medforge.forge.Signature;
import io.medforge.forge.SigningKey;
import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * A log's state in a few bytes: whoever keeps one can see later that the log was only added to.
 * Immutable.
 *
 * @param log the digest of the log's first file, which names the log
 * @param size how many records
 * @param root the Merkle root over them
 * @param signature over {@link #digest()}, or empty if nobody has signed
 */
public record TreeHead(Digest log, int size, Digest root, Optional<Signature> signature) {
  private static final String PAYLOAD_TYPE = "application/vnd.medforge.tree-head";

  /**
   * Checks the size.
   *
   * @param log the digest of the log's first file, which names the log
   * @param size how many records
   * @param root the Merkle root over them
   * @param signature over {@link #digest()}, or empty if nobody has signed
   * @throws IllegalArgumentException if the size is negative
   */
  public TreeHead {
    if (size < 0) {
      throw new IllegalArgumentException("expected a size of at least 0, found " + size);
    }
  }

  /**
   * What is signed.
   *
   * @return SHA-256 over log, size and root
   */
  public Digest digest() {
    return Digest.builder().add("medforge-tree-head-v1").add(log).add(size).add(root).build();
  }

  /**
   * This head, signed.
   *
   * @param key of whoever answers for the log
   * @return a new head; an earlier signature is replaced
   */
  public TreeHead signedBy(SigningKey key) {
    return new TreeHead(log, size, root, Optional.of(key.sign(PAYLOAD_TYPE, digest())));
  }

  /**
   * Whether it is signed, and the signature is over this head. Whose key signed is a question for
   * the caller.
   *
   * @return false if there is no signature or it is over something else
   */
  public boolean hasValidSignature() {
    return signature.filter(each -> each.isOver(PAYLOAD_TYPE, digest())).isPresent();
  }

  /**
   * The head as text, to be kept or sent.
   *
   * @return canonical JSON
   */
  public String toJson() {
    Map<String, Object> json = new TreeMap<>();
    json.put("log", log.toString());
    json.put("size", size);
    json.put("root", root.toString());
    signature.ifPresent(each -> json.put("signature", each.toString()));
    return CanonicalJson.text(json);
  }

  /**
   * Reads a head as {@link #toJson} writes it.
   *
   * @param json canonical JSON; blanks around it are left out
   * @param where what is being read, for messages
   * @return the head
   * @throws MalformedPluginException if the text has another form
   */
  public static TreeHead parse(String json, String where) {
    byte[] bytes = json.strip().getBytes(StandardCharsets.UTF_8);
    Fields fields = Fields.of(CanonicalJson.parse(bytes, where), where);
    int size = fields.integer("size");
    if (size < 0) {
      throw new MalformedPluginException(
          "expected a size of at least 0, found " + size + ", at " + where);
    }
    TreeHead head =
        new TreeHead(
            fields.digest("log"),
            size,
            fields.digest("root"),
            fields.has("signature")
                ? Optional.of(fields.parsed("signature", Signature::parse, "a signature"))
                : Optional.empty());
    fields.end();
    return head;
  }
}
