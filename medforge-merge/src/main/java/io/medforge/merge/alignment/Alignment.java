package io.medforge.merge.alignment;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;

/**
 * Chooses, among the many ways of writing down each plugin, those that fit together, so that
 * merging factor by factor, or hidden unit by hidden unit, means something. The extension point of
 * alignment. Implementations are immutable, thread-safe and deterministic.
 *
 * <p>A LoRA update (B, A) and (B G, G^-1 A) are the same update for every invertible G, and a
 * two-layer head with its hidden units in another order is the same head. An alignment changes how
 * a plugin is written, never what it does: every update stands for the same delta to 1e-12 of its
 * norm, and every head computes the same function. Which plugins are in the set matters, their
 * order does not. Layers an alignment does not concern, and a set of one plugin, stay as they are.
 */
@FunctionalInterface
public interface Alignment {
  /**
   * Aligns.
   *
   * @param plugins n plugins
   * @return the same plugins, by id, written in ways that fit together
   * @throws IncompatiblePluginsException if they cannot be aligned
   */
  PluginSet align(PluginSet plugins);

  /**
   * What the merge record calls it, and so part of a merge's identity.
   *
   * @return the name and settings, the same on every machine; {@code custom} unless overridden
   */
  default String description() {
    return "custom";
  }

  /**
   * Orthogonal Procrustes alignment of low-rank updates. Each update is first balanced, {@code B^T
   * B = A A^T}, by its singular value decomposition, padded to the largest rank, and then turned by
   * the orthogonal Omega that minimises {@code |B Omega - B_0|^2 + |Omega^T A - A_0|^2}: Omega = X
   * Y^T for {@code B^T B_0 + A A_0^T = X S Y^T} (Schoenemann, Psychometrika 1966). The reference
   * (B_0, A_0) of a layer is, of the updates of the largest rank, the one of least summed distance
   * to all others; of equal ones that of the first id. Scalings are folded in; all factors become
   * F64 of scaling 1 and of one rank.
   *
   * <p>Afterwards the mean of the factors does not depend on the plugins' own bases. It still is
   * not the mean of the products, which product space gives exactly.
   *
   * @return the alignment
   */
  static Alignment procrustes() {
    return new LayerwiseAlignment(new ProcrustesAlignment());
  }

  /**
   * A common basis of the low-rank updates' column spaces: KnOTS, Stoica et al., ICLR 2025. With
   * {@code [Delta_1 ... Delta_n] = U S [V_1 ... V_n]^T}, found on the factors in O((d + k) R^2 +
   * R^3), every update becomes {@code B = U, A = U^T Delta_i}, F64 of scaling 1 and of the common
   * rank, at most min(d, R). Each update is scaled to norm 1 before the decomposition, so that none
   * is lost beside a large one (KnOTS scales none).
   *
   * <p>Since B is shared, a weighted mean of the factors is exactly that of the products.
   *
   * @return the alignment
   */
  static Alignment sharedSubspace() {
    return new LayerwiseAlignment(new SharedSubspace());
  }

  /**
   * Zeros up to the largest rank of each layer, so that factors have one shape. Types and scalings
   * stay. Bases are not touched, so merging factors still depends on them.
   *
   * @return the alignment
   */
  static Alignment rankPadding() {
    return new LayerwiseAlignment(new RankPadding());
  }

  /**
   * Permutation of the hidden units of a two-layer head: weight matching as in Git Re-Basin,
   * Ainsworth et al., ICLR 2023, which for one hidden layer is solved exactly as a linear
   * assignment. Within each label space, the reference is the head of least summed distance to the
   * others, each matched with it; of equal ones that of the first id. O(n^2 h^2 (k + c + h)) for h
   * hidden units, k inputs, c classes.
   *
   * @param head which layers make it up
   * @return the alignment; it refuses heads whose shapes do not fit together
   */
  static Alignment permutation(TwoLayerHead head) {
    return new PermutationAlignment(head);
  }
}
