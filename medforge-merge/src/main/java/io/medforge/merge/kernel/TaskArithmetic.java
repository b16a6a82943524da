package io.medforge.merge.kernel;

/**
 * {@code out = b + lambda (w_0 (x_0 - b) + w_1 (x_1 - b) + ...)} over float arrays, each operation
 * rounded to float, sums in the order of the inputs. Stateless.
 *
 * <p>Ilharco et al., Editing Models with Task Arithmetic, ICLR 2023.
 */
public final class TaskArithmetic {
  private TaskArithmetic() {}

  /**
   * Computes the sum.
   *
   * @param base b
   * @param weights w, at least as many as inputs
   * @param inputs x, one or more; none may be {@code out}
   * @param lambda what the sum is multiplied by
   * @param out receives the result; not {@code base}
   * @param count how many elements, from index 0 on
   */
  public static void of(
      float[] base, float[] weights, float[][] inputs, float lambda, float[] out, int count) {
    int k = 0;
    if (inputs.length > 1) {
      store(base, weights[0], inputs[0], weights[1], inputs[1], out, count);
      k = 2;
    } else {
      store(base, weights[0], inputs[0], out, count);
      k = 1;
    }
    for (; k < inputs.length; k++) {
      add(base, weights[k], inputs[k], out, count);
    }
    applyTo(base, lambda, out, count);
  }

  /**
   * Differences from the base.
   *
   * @param x the values
   * @param base what is taken off
   * @param out receives the differences; may be {@code x}
   * @param count how many elements, from index 0 on
   */
  public static void difference(float[] x, float[] base, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = x[i] - base[i];
    }
  }

  /**
   * Adds a change to the base.
   *
   * @param base b
   * @param lambda what the change is multiplied by
   * @param out the change; overwritten with {@code b + lambda out}
   * @param count how many elements, from index 0 on
   */
  public static void applyTo(float[] base, float lambda, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = base[i] + lambda * out[i];
    }
  }

  private static void store(float[] base, float w, float[] x, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = w * (x[i] - base[i]);
    }
  }

  private static void store(
      float[] base, float w, float[] x, float v, float[] y, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = w * (x[i] - base[i]) + v * (y[i] - base[i]);
    }
  }

  private static void add(float[] base, float w, float[] x, float[] out, int count) {
    for (int i = 0; i < count; i++) {
      out[i] = out[i] + w * (x[i] - base[i]);
    }
  }
}
