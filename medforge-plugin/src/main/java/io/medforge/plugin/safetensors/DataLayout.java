package io.medforge.plugin.safetensors;

import io.medforge.plugin.DType;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** Where tensors lie in a file's data: one after another, from the first byte to the last. */
final class DataLayout {
  /*
   * The reference writer's order (safetensors 0.8.0, tensor.rs), so that the same tensors give the
   * same file. It goes from wide to narrow: when every wider tensor comes first, each tensor starts
   * at a multiple of its element's width, because so do all bytes before it.
   */
  private static final List<DType> WRITING_ORDER =
      List.of(
          DType.U64,
          DType.I64,
          DType.F64,
          DType.C64,
          DType.F32,
          DType.U32,
          DType.I32,
          DType.BF16,
          DType.F16,
          DType.U16,
          DType.I16,
          DType.F8_E5M2FNUZ,
          DType.F8_E4M3FNUZ,
          DType.F8_E8M0,
          DType.F8_E4M3,
          DType.F8_E5M2,
          DType.I8,
          DType.U8,
          DType.F6_E3M2,
          DType.F6_E2M3,
          DType.F4,
          DType.BOOL);

  private DataLayout() {}

  /**
   * The number of bytes a tensor takes.
   *
   * @throws ArithmeticException if it exceeds a {@code long} or is no whole number
   */
  static long byteSize(DType dtype, long elements) {
    long bits = Math.multiplyExact(elements, (long) dtype.bits());
    if (bits % 8 != 0) {
      throw new ArithmeticException("no whole number of bytes");
    }
    return bits / 8;
  }

  /**
   * Lays out tensors for writing: by element type as in {@link #WRITING_ORDER}, then by name.
   *
   * @throws IllegalArgumentException if a tensor takes no whole number of bytes, or all together
   *     more than a {@code long} counts
   */
  static List<TensorEntry> of(SortedMap<String, Tensor> tensors) {
    List<Map.Entry<String, Tensor>> ordered = new ArrayList<>(tensors.entrySet());
    ordered.sort(Comparator.comparingInt(e -> WRITING_ORDER.indexOf(e.getValue().dtype())));
    List<TensorEntry> entries = new ArrayList<>(ordered.size());
    long begin = 0;
    for (Map.Entry<String, Tensor> tensor : ordered) {
      String name = tensor.getKey();
      DType dtype = tensor.getValue().dtype();
      long end;
      try {
        end = Math.addExact(begin, byteSize(dtype, tensor.getValue().shape().elements()));
      } catch (ArithmeticException e) {
        throw new IllegalArgumentException(
            "expected a size in whole bytes that a long can count, found "
                + dtype
                + tensor.getValue().shape()
                + ", at tensor "
                + JsonText.quote(name),
            e);
      }
      entries.add(new TensorEntry(name, dtype, tensor.getValue().shape(), begin, end));
      begin = end;
    }
    return entries;
  }

  /**
   * Checks that entries cover the data exactly, and puts them in the data's order.
   *
   * @throws io.medforge.plugin.MalformedPluginException at the first gap, overlap or surplus
   */
  static List<TensorEntry> check(List<TensorEntry> entries, long dataBytes, Place place) {
    List<TensorEntry> ordered = new ArrayList<>(entries);
    ordered.sort(
        Comparator.comparingLong(TensorEntry::begin)
            .thenComparingLong(TensorEntry::end)
            .thenComparing(TensorEntry::name));
    long reached = 0;
    String before = "";
    for (TensorEntry entry : ordered) {
      if (entry.begin() != reached) {
        throw place
            .in("tensor", entry.name())
            .malformed(
                "data_offsets to start at " + reached + before,
                entry.begin() + (entry.begin() < reached ? " (overlap)" : " (gap)"));
      }
      reached = entry.end();
      before = ", where tensor " + JsonText.quote(entry.name()) + " ends";
    }
    if (reached != dataBytes) {
      throw place.malformed(
          reached + " bytes of tensor data after the header", dataBytes + " (trailing bytes)");
    }
    return ordered;
  }
}
