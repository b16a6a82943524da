package io.medforge.cli;

import io.medforge.merge.alignment.Alignment;
import java.util.Optional;

/**
 * How plugins are aligned before they are merged. Permutation is missing: it concerns dense
 * two-layer heads, which a PEFT adapter does not say which of its layers make up.
 */
enum AlignmentChoice {
  /** As they are. */
  NONE("none"),
  /** Rotated onto a reference. */
  PROCRUSTES("procrustes"),
  /** Written in one common basis. */
  SHARED_SUBSPACE("shared-subspace"),
  /** Filled up with zeros to one rank. */
  RANK_PADDING("rank-padding");

  private final String text;

  AlignmentChoice(String text) {
    this.text = text;
  }

  /**
   * A choice by its name.
   *
   * @param text its name
   * @return the choice
   * @throws IllegalArgumentException if there is none of this name
   */
  static AlignmentChoice of(String text) {
    return Named.find("align", text, values());
  }

  /** The alignment, unless it is none. */
  Optional<Alignment> alignment() {
    return switch (this) {
      case NONE -> Optional.empty();
      case PROCRUSTES -> Optional.of(Alignment.procrustes());
      case SHARED_SUBSPACE -> Optional.of(Alignment.sharedSubspace());
      case RANK_PADDING -> Optional.of(Alignment.rankPadding());
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
