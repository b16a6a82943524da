package io.medforge.plugin;

/**
 * A LoRA update: stands for {@code scaling * B * A}, a d x k matrix that is never formed here.
 *
 * <p>A convolution's factor A keeps its kernel axes, {@code [r, c, h, w]} with k = c h w, and B may
 * be {@code [d, r, 1, 1]}; row-major order makes both the same matrices. Hu et al., LoRA, ICLR
 * 2022. Immutable.
 *
 * @param a the down-projection A, {@code [r, k]} or {@code [r, ...]} with k = the product of the
 *     rest
 * @param b the up-projection B, {@code [d, r]} or {@code [d, r, 1, ...]}
 * @param scaling s = alpha / r, or alpha / sqrt(r) for rsLoRA; finite
 * @param layout how the base stores the weight that the product is added to
 */
public record LowRankUpdate(Tensor a, Tensor b, double scaling, Layout layout) implements Update {
  /** How the base stores a weight. */
  public enum Layout {
    /** {@code [d, k]}, as a linear layer of PyTorch: the product is added as it is. */
    OUT_IN,
    /** {@code [k, d]}, as GPT-2's Conv1D (PEFT: {@code fan_in_fan_out}): its transpose is added. */
    IN_OUT
  }

  /**
   * Checks the factors.
   *
   * @param a the down-projection A, {@code [r, k]} or {@code [r, ...]} with k = the product of the
   *     rest
   * @param b the up-projection B, {@code [d, r]} or {@code [d, r, 1, ...]}
   * @param scaling s = alpha / r, or alpha / sqrt(r) for rsLoRA; finite
   * @param layout how the base stores the weight that the product is added to
   * @throws IllegalArgumentException if shapes do not fit, a type's values cannot be read or the
   *     scaling is not finite
   */
  public LowRankUpdate {
    checkReadable("A", a);
    checkReadable("B", b);
    boolean matrices = a.shape().dimensions() >= 2 && b.shape().dimensions() >= 2;
    if (!matrices || a.shape().dimension(0) != b.shape().dimension(1) || !pointwise(b.shape())) {
      throw new IllegalArgumentException(
          "expected A [r, k] and B [d, r] (or [d, r, 1, 1]), found A "
              + a.shape()
              + " and B "
              + b.shape());
    }
    if (a.shape().elements() == 0 || b.shape().elements() == 0) {
      throw new IllegalArgumentException(
          "expected r, k and d of at least 1, found A " + a.shape() + " and B " + b.shape());
    }
    if (!Double.isFinite(scaling)) {
      throw new IllegalArgumentException("expected a finite scaling, found " + scaling);
    }
  }

  /**
   * An update of a weight stored as {@code [d, k]}.
   *
   * @param a {@code [r, k]}
   * @param b {@code [d, r]}
   * @param scaling s
   * @throws IllegalArgumentException if shapes do not fit, a type's values cannot be read or the
   *     scaling is not finite
   */
  public LowRankUpdate(Tensor a, Tensor b, double scaling) {
    this(a, b, scaling, Layout.OUT_IN);
  }

  /**
   * The rank.
   *
   * @return r, at least 1
   */
  public long rank() {
    return a.shape().dimension(0);
  }

  /**
   * The output width.
   *
   * @return d, at least 1
   */
  public long out() {
    return b.shape().dimension(0);
  }

  /**
   * The input width; for a convolution the product of its channels and kernel.
   *
   * @return k, at least 1
   */
  public long in() {
    return a.shape().elements() / rank();
  }

  private static void checkReadable(String factor, Tensor tensor) {
    if (!tensor.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "expected a floating-point type, found " + tensor.dtype() + ", at factor " + factor);
    }
  }

  private static boolean pointwise(Shape b) {
    return b.elements() == b.dimension(0) * b.dimension(1);
  }
}
