package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class MerkleLogTest {
  /** The leaves and roots of Certificate Transparency's own tests (RFC 6962 reference). */
  private static final String[] LEAVES = {
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f"
  };

  private static final String[] ROOTS = {
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
  };

  private static MerkleLog log(int size) {
    List<Digest> leaves = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      leaves.add(leaf(i));
    }
    return MerkleLog.of(leaves);
  }

  private static Digest leaf(int i) {
    return MerkleLog.leaf(("record " + i).getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void theRootsAreThoseOfRfc6962() {
    List<Digest> leaves = new ArrayList<>();
    assertThat(MerkleLog.of(leaves).root()).isEqualTo(Digest.of(new byte[0]));
    for (int i = 0; i < LEAVES.length; i++) {
      leaves.add(MerkleLog.leaf(HexFormat.of().parseHex(LEAVES[i])));
      assertThat(MerkleLog.of(leaves).root().hex()).isEqualTo(ROOTS[i]);
    }
  }

  @Test
  void everyRecordOfEverySmallLogIsProvedToBeInIt() {
    for (int size = 1; size <= 33; size++) {
      MerkleLog log = log(size);
      for (int i = 0; i < size; i++) {
        List<Digest> proof = log.inclusionProof(i);
        assertThat(MerkleLog.includes(leaf(i), i, size, log.root(), proof)).isTrue();
        assertThat(MerkleLog.includes(leaf(i + 1), i, size, log.root(), proof)).isFalse();
        for (int j = 0; j < size; j++) {
          assertThat(MerkleLog.includes(leaf(i), j, size, log.root(), proof)).isEqualTo(i == j);
        }
      }
    }
  }

  @Test
  void everySmallLogIsProvedToContinueEveryOlderOne() {
    for (int size = 0; size <= 33; size++) {
      MerkleLog log = log(size);
      for (int old = 0; old <= size; old++) {
        List<Digest> proof = log.consistencyProof(old);
        Digest oldRoot = log.root(old);
        assertThat(MerkleLog.continues(old, oldRoot, size, log.root(), proof)).isTrue();
        if (old > 0) {
          assertThat(MerkleLog.continues(old, leaf(99), size, log.root(), proof)).isFalse();
          assertThat(MerkleLog.continues(old, oldRoot, size, leaf(99), proof)).isFalse();
        }
      }
    }
  }

  @Property(tries = 200)
  void aProofWithAnythingChangedProvesNothing(
      @ForAll @IntRange(min = 2, max = 200) int size,
      @ForAll @IntRange(max = 199) int at,
      @ForAll @IntRange(max = 20) int changed) {
    MerkleLog log = log(size);
    int index = at % size;
    List<Digest> inclusion = new ArrayList<>(log.inclusionProof(index));
    inclusion.set(changed % inclusion.size(), leaf(1000));
    assertThat(MerkleLog.includes(leaf(index), index, size, log.root(), inclusion)).isFalse();
    int old = 1 + index % (size - 1);
    List<Digest> consistency = new ArrayList<>(log.consistencyProof(old));
    consistency.set(changed % consistency.size(), leaf(1000));
    assertThat(MerkleLog.continues(old, log.root(old), size, log.root(), consistency)).isFalse();
    consistency.remove(consistency.size() - 1);
    assertThat(MerkleLog.continues(old, log.root(old), size, log.root(), consistency)).isFalse();
  }
}
