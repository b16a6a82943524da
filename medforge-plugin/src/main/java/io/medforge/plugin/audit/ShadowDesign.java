package io.medforge.plugin.audit;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Which rows each shadow is trained on. Shadows come in pairs: one takes a random half of every
 * class, the other one the rest. So every row is in exactly half of the shadows.
 */
final class ShadowDesign {
  private ShadowDesign() {}

  static List<BitSet> of(int[] classes, int shadows, long seed) {
    if (shadows < 4 || shadows % 2 != 0) {
      throw new IllegalArgumentException(
          "expected an even number of at least 4 shadow plugins, found " + shadows);
    }
    int labels = IntStream.of(classes).max().orElse(0) + 1;
    List<BitSet> design = new ArrayList<>();
    for (int pair = 0; pair < shadows / 2; pair++) {
      AuditRandom random = AuditRandom.of(seed, "shadows", pair);
      BitSet half = new BitSet(classes.length);
      int taken = 0;
      for (int label = 0; label < labels; label++) {
        int wanted = label;
        int[] rows =
            random.shuffled(
                IntStream.range(0, classes.length).filter(i -> classes[i] == wanted).toArray());
        // Odd classes give their extra row to one half and the other in turn.
        int count = (rows.length + taken % 2) / 2;
        taken += rows.length;
        for (int i = 0; i < count; i++) {
          half.set(rows[i]);
        }
      }
      BitSet rest = (BitSet) half.clone();
      rest.flip(0, classes.length);
      design.add(half);
      design.add(rest);
    }
    return design;
  }
}
