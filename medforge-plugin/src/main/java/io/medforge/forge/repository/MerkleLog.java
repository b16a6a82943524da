package io.medforge.forge.repository;

import io.medforge.plugin.Digest;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;

/**
 * The Merkle tree over a log's records, as RFC 6962 (Certificate Transparency) defines it: a leaf
 * is SHA-256 of a zero byte and the record, a node SHA-256 of a one byte and its two children, and
 * the left subtree is the largest full one. Immutable.
 */
public final class MerkleLog {
  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  private final List<Digest> leaves;

  private MerkleLog(List<Digest> leaves) {
    this.leaves = List.copyOf(leaves);
  }

  /**
   * The tree over some leaves.
   *
   * @param leaves hashes as {@link #leaf} makes them, oldest first; copied
   * @return the tree
   */
  public static MerkleLog of(List<Digest> leaves) {
    return new MerkleLog(leaves);
  }

  /**
   * The hash of a record.
   *
   * @param record the record's bytes
   * @return SHA-256 of a zero byte and the record
   */
  public static Digest leaf(byte[] record) {
    byte[] prefixed = new byte[record.length + 1];
    prefixed[0] = LEAF;
    System.arraycopy(record, 0, prefixed, 1, record.length);
    return Digest.of(prefixed);
  }

  /**
   * The number of records.
   *
   * @return at least 0
   */
  public int size() {
    return leaves.size();
  }

  /**
   * The root over all records.
   *
   * @return the root; of no records, SHA-256 of nothing
   */
  public Digest root() {
    return root(size());
  }

  /**
   * The root as it was over the oldest records.
   *
   * @param size how many records, 0 to {@link #size()}
   * @return the root
   * @throws IndexOutOfBoundsException if there are fewer records
   */
  public Digest root(int size) {
    Objects.checkFromToIndex(0, size, size());
    return size == 0 ? Digest.of(new byte[0]) : hash(0, size);
  }

  /**
   * A proof that a record is in the log.
   *
   * @param index the record, 0 to {@link #size()} - 1
   * @return what {@link #includes} needs, from the leaf upwards
   * @throws IndexOutOfBoundsException if there is no such record
   */
  public List<Digest> inclusionProof(int index) {
    Objects.checkIndex(index, size());
    List<Digest> proof = new ArrayList<>();
    path(index, 0, size(), proof);
    return List.copyOf(proof);
  }

  /**
   * A proof that this log continues an older state of itself.
   *
   * @param oldSize how many records there were, 0 to {@link #size()}
   * @return what {@link #continues} needs; empty if nothing was added or there was nothing
   * @throws IndexOutOfBoundsException if there are fewer records
   */
  public List<Digest> consistencyProof(int oldSize) {
    Objects.checkFromToIndex(0, oldSize, size());
    List<Digest> proof = new ArrayList<>();
    if (oldSize > 0 && oldSize < size()) {
      subProof(oldSize, 0, size(), true, proof);
    }
    return List.copyOf(proof);
  }

  /**
   * Whether a proof shows that a record is in a log.
   *
   * @param leaf the record's hash
   * @param index where it should be
   * @param size the log's number of records
   * @param root the log's root
   * @param proof as {@link #inclusionProof} makes it
   * @return true if so (RFC 9162, section 2.1.3.2)
   */
  public static boolean includes(
      Digest leaf, int index, int size, Digest root, List<Digest> proof) {
    if (index < 0 || index >= size) {
      return false;
    }
    int at = index;
    int last = size - 1;
    Digest hash = leaf;
    for (Digest each : proof) {
      if (last == 0) {
        return false;
      }
      if ((at & 1) == 1 || at == last) {
        hash = node(each, hash);
        while ((at & 1) == 0 && at != 0) {
          at >>= 1;
          last >>= 1;
        }
      } else {
        hash = node(hash, each);
      }
      at >>= 1;
      last >>= 1;
    }
    return last == 0 && hash.equals(root);
  }

  /**
   * Whether a proof shows that a log continues an older one.
   *
   * @param oldSize the older log's number of records
   * @param oldRoot its root
   * @param newSize the newer log's number of records
   * @param newRoot its root
   * @param proof as {@link #consistencyProof} makes it
   * @return true if so (RFC 9162, section 2.1.4.2)
   */
  public static boolean continues(
      int oldSize, Digest oldRoot, int newSize, Digest newRoot, List<Digest> proof) {
    if (oldSize < 0 || oldSize > newSize) {
      return false;
    }
    if (oldSize == newSize) {
      return proof.isEmpty() && oldRoot.equals(newRoot);
    }
    if (oldSize == 0) {
      return proof.isEmpty() && oldRoot.equals(Digest.of(new byte[0]));
    }
    List<Digest> path = new ArrayList<>(proof);
    if (Integer.bitCount(oldSize) == 1) {
      path.add(0, oldRoot);
    }
    if (path.isEmpty()) {
      return false;
    }
    int at = oldSize - 1;
    int last = newSize - 1;
    while ((at & 1) == 1) {
      at >>= 1;
      last >>= 1;
    }
    Digest older = path.get(0);
    Digest newer = path.get(0);
    for (Digest each : path.subList(1, path.size())) {
      if (last == 0) {
        return false;
      }
      if ((at & 1) == 1 || at == last) {
        older = node(each, older);
        newer = node(each, newer);
        while ((at & 1) == 0 && at != 0) {
          at >>= 1;
          last >>= 1;
        }
      } else {
        newer = node(newer, each);
      }
      at >>= 1;
      last >>= 1;
    }
    return last == 0 && older.equals(oldRoot) && newer.equals(newRoot);
  }

  private Digest hash(int from, int to) {
    if (to - from == 1) {
      return leaves.get(from);
    }
    int middle = from + largestPowerBelow(to - from);
    return node(hash(from, middle), hash(middle, to));
  }

  private void path(int index, int from, int to, List<Digest> proof) {
    if (to - from == 1) {
      return;
    }
    int middle = from + largestPowerBelow(to - from);
    if (index < middle) {
      path(index, from, middle, proof);
      proof.add(hash(middle, to));
    } else {
      path(index, middle, to, proof);
      proof.add(hash(from, middle));
    }
  }

  private void subProof(int old, int from, int to, boolean whole, List<Digest> proof) {
    if (old == to) {
      if (!whole) {
        proof.add(hash(from, to));
      }
      return;
    }
    int middle = from + largestPowerBelow(to - from);
    if (old <= middle) {
      subProof(old, from, middle, whole, proof);
      proof.add(hash(middle, to));
    } else {
      subProof(old, middle, to, false, proof);
      proof.add(hash(from, middle));
    }
  }

  private static int largestPowerBelow(int n) {
    return Integer.highestOneBit(n - 1);
  }

  private static Digest node(Digest left, Digest right) {
    byte[] l = HexFormat.of().parseHex(left.hex());
    byte[] r = HexFormat.of().parseHex(right.hex());
    return Digest.of(ByteBuffer.allocate(1 + l.length + r.length).put(NODE).put(l).put(r).array());
  }
}
