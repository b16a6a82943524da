package io.medforge.plugin.peft;

import io.medforge.plugin.DType;
import io.medforge.plugin.Tensor;
import java.util.List;
import java.util.Optional;

/**
 * B's bias b against the change it makes to the layer's bias, s * b. Each product is formed in
 * double, rounded once, and kept in b's type if every one is exact there, else in F64; so nothing
 * but the last bit of a double can be lost, and b comes back from it.
 */
final class BiasScaling {
  private BiasScaling() {}

  /** The change that a bias makes. */
  static Tensor toDelta(Tensor bias, double scaling) {
    if (scaling == 1) {
      return bias;
    }
    double[] values = bias.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] *= scaling;
    }
    Tensor narrow = Tensor.encode(bias.dtype(), bias.shape(), values);
    Tensor wide = Tensor.of(bias.shape(), values);
    return sameBits(narrow.toDoubles(), values) ? narrow : wide;
  }

  /** The bias from which {@link #toDelta} makes exactly this change, if there is one. */
  static Optional<Tensor> toBias(Tensor delta, double scaling) {
    if (scaling == 1) {
      return Optional.of(delta);
    }
    double[] values = unscaled(delta, scaling).toDoubles();
    List<DType> candidates =
        delta.dtype() == DType.F64 ? List.of(DType.F32, DType.F64) : List.of(delta.dtype());
    return candidates.stream()
        .map(dtype -> Tensor.encode(dtype, delta.shape(), values))
        .filter(bias -> TensorContent.equal(toDelta(bias, scaling), delta))
        .findFirst();
  }

  /** The change divided by the scaling, in F64. */
  static Tensor unscaled(Tensor delta, double scaling) {
    double[] values = delta.toDoubles();
    for (int i = 0; i < values.length; i++) {
      values[i] = scaling == 0 && values[i] == 0 ? values[i] : values[i] / scaling;
    }
    return Tensor.of(delta.shape(), values);
  }

  private static boolean sameBits(double[] some, double[] others) {
    for (int i = 0; i < some.length; i++) {
      if (Double.doubleToLongBits(some[i]) != Double.doubleToLongBits(others[i])) {
        return false;
      }
    }
    return true;
  }
}
