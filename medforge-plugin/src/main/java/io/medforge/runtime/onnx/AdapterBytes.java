package io.medforge.runtime.onnx;

import com.google.flatbuffers.FlatBufferBuilder;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * An ONNX Runtime adapter, format 1: a flatbuffer of named tensors (onnxruntime's {@code
 * adapter_schema.fbs}, file identifier TORT). Not thread-safe.
 */
final class AdapterBytes {
  private static final int FORMAT_VERSION = 1;
  private static final int FLOAT = 1;
  private static final int ALIGNMENT = 8;

  /** Writes a tensor's values, in order, little-endian. */
  @FunctionalInterface
  interface Values {
    void write(ByteBuffer into);
  }

  private final FlatBufferBuilder builder = new FlatBufferBuilder(1024);
  private final List<Integer> parameters = new ArrayList<>();

  void add(String name, long[] dimensions, Values values) {
    long elements = 1;
    for (long dimension : dimensions) {
      elements = Math.multiplyExact(elements, dimension);
    }
    int size = Math.toIntExact(Math.multiplyExact(elements, Float.BYTES));
    int nameOffset = builder.createString(name);
    builder.startVector(Long.BYTES, dimensions.length, ALIGNMENT);
    for (int i = dimensions.length - 1; i >= 0; i--) {
      builder.addLong(dimensions[i]);
    }
    int dimensionsOffset = builder.endVector();
    values.write(builder.createUnintializedVector(1, size, ALIGNMENT));
    int valuesOffset = builder.endVector();
    builder.startTable(4);
    builder.addOffset(0, nameOffset, 0);
    builder.addOffset(1, dimensionsOffset, 0);
    builder.addInt(2, FLOAT, 0);
    builder.addOffset(3, valuesOffset, 0);
    parameters.add(builder.endTable());
  }

  byte[] build() {
    int parametersOffset =
        builder.createVectorOfTables(parameters.stream().mapToInt(Integer::intValue).toArray());
    builder.startTable(4);
    builder.addInt(0, FORMAT_VERSION, 0);
    builder.addInt(1, 1, 0);
    builder.addInt(2, 1, 0);
    builder.addOffset(3, parametersOffset, 0);
    builder.finish(builder.endTable(), "TORT");
    return builder.sizedByteArray();
  }
}
