package io.medforge.cli;

import io.medforge.merge.alignment.LayerConflict;

/** What two plugins' numbers mean, in words. The bounds are rules of thumb, stated with them. */
enum PairVerdict {
  AGREE("agree: any rule merges them"),
  OPPOSE("oppose each other: an average cancels; consider a mixture"),
  CROSS("change the same directions differently: consider ties, tsv-m or a mixture"),
  UNRELATED("unrelated: they can be added without harm");

  /** How the bounds read. */
  static final String BOUNDS =
      "agree: cosine of at least 0.3; oppose: cosine of -0.1 or less; change the same directions:"
          + " more than 0.3 of one's energy lies where the other acts; else unrelated";

  private static final double ALIKE = 0.3;
  private static final double OPPOSITE = -0.1;
  private static final double OVERLAP = 0.3;

  private final String text;

  PairVerdict(String text) {
    this.text = text;
  }

  /** The verdict on plugins i and j. */
  static PairVerdict of(LayerConflict conflict, int i, int j) {
    double cosine = conflict.cosine(i, j);
    if (cosine >= ALIKE) {
      return AGREE;
    }
    if (cosine <= OPPOSITE) {
      return OPPOSE;
    }
    boolean overlap =
        Math.max(conflict.energyOverlap(i, j), conflict.energyOverlap(j, i)) > OVERLAP;
    return overlap ? CROSS : UNRELATED;
  }

  @Override
  public String toString() {
    return text;
  }
}
