package io.medforge.merge.fusion;

import io.medforge.plugin.DType;
import io.medforge.plugin.Tensor;
import java.util.Optional;
import java.util.stream.Stream;

/** In which type a layer's result is stored. */
record OutputType(Optional<DType> chosen) {
  /** The chosen type, else the widest of the inputs, at least F32. */
  DType of(Stream<Tensor> inputs) {
    return chosen.orElseGet(
        () -> inputs.anyMatch(tensor -> tensor.dtype() == DType.F64) ? DType.F64 : DType.F32);
  }

  /** Whether an input may be the result as it is. */
  boolean keeps(Tensor tensor) {
    return chosen.isEmpty() || chosen.get() == tensor.dtype();
  }

  @Override
  public String toString() {
    return chosen.map(DType::name).orElse("widest");
  }
}
