package io.medforge.plugin.light;

import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.BiFunction;

/** How a module's floating-point values are stored, from the most to the least faithful. */
public enum Storage {
  /** 32-bit floats; off by at most a half unit in the last place, 2<sup>-24</sup> of the value. */
  F32,
  /** 16-bit floats: off by at most 2<sup>-11</sup> of the value, or 2<sup>-25</sup>. */
  F16,
  /** The upper half of 32-bit floats: off by at most 2<sup>-8</sup> of the value. */
  BF16,
  /**
   * 8-bit integers with one 32-bit scale for every {@value BlockwiseInt8#BLOCK} values in row-major
   * order: off by at most half the scale, which is the greatest magnitude of the block over 127.
   */
  INT8;

  /**
   * Stores a module. Integer tensors are kept as they are.
   *
   * @param module the module
   * @return the module with its values as they are read back, and how far they may be off
   * @throws IllegalArgumentException if a value lies beyond what this form can hold; the message
   *     names layer and tensor
   */
  public StoredModule store(PluginModule module) {
    SortedMap<String, Double> bounds = new TreeMap<>();
    long[] bytes = new long[1];
    BiFunction<String, Tensor, Tensor> storing =
        (name, tensor) -> {
          if (!tensor.dtype().isFloatingPoint()) {
            bytes[0] += tensor.dtype().byteSize(tensor.shape());
            return tensor;
          }
          StoredTensor stored = store(name, tensor);
          bounds.put(name, stored.errorBound());
          bytes[0] += stored.bytes();
          return stored.tensor();
        };
    SortedMap<String, Update> updates = new TreeMap<>();
    module.updates().forEach((layer, update) -> updates.put(layer, store(layer, update, storing)));
    PluginModule stored =
        PluginModule.of(
            module.id(),
            module.base(),
            updates,
            module.provenance().with("stored-as", name().toLowerCase(Locale.ROOT)));
    return new StoredModule(stored, this, bytes[0], bounds);
  }

  private static Update store(
      String layer, Update update, BiFunction<String, Tensor, Tensor> storing) {
    if (update instanceof LowRankUpdate lowRank) {
      return new LowRankUpdate(
          storing.apply(layer + ", A", lowRank.a()),
          storing.apply(layer + ", B", lowRank.b()),
          lowRank.scaling(),
          lowRank.layout());
    }
    if (update instanceof DenseUpdate dense) {
      return new DenseUpdate(storing.apply(layer + ", delta", dense.delta()));
    }
    Replacement replacement = (Replacement) update;
    return new Replacement(
        storing.apply(layer + ", replacement", replacement.tensor()), replacement.labels());
  }

  private StoredTensor store(String name, Tensor tensor) {
    return switch (this) {
      case F32 -> StoredTensor.rounded(name, tensor, DType.F32, 0x1p-24, Float.MIN_VALUE);
      case F16 -> StoredTensor.rounded(name, tensor, DType.F16, 0x1p-11, 0x1p-25);
      case BF16 -> StoredTensor.rounded(name, tensor, DType.BF16, 0x1p-8, 0x1p-134);
      case INT8 -> BlockwiseInt8.store(name, tensor);
    };
  }
}
