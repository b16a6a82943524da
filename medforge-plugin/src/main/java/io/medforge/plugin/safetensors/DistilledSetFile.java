package io.medforge.plugin.safetensors;

import io.medforge.plugin.DType;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * {@link DistilledSet}s as safetensors files: tensors {@code inputs} {@code [n, ...]} in their own
 * type and {@code classes} {@code [n]} in I32; metadata {@code labels} (the label space's name),
 * {@code class.0}, {@code class.1}, ... (its classes), {@code medforge.kind} and {@code
 * medforge.digest}. Reading checks the digest. The same set gives the same bytes.
 */
public final class DistilledSetFile {
  private static final String KIND = "distilled-set-v1";
  private static final String INPUTS = "inputs";
  private static final String CLASSES = "classes";
  private static final String LABELS = "labels";
  private static final String CLASS = "class.";

  private DistilledSetFile() {}

  /**
   * Writes a distilled set, whole or not at all.
   *
   * @param set the set
   * @param file a new file in an existing folder
   * @throws IllegalArgumentException if a label has half a surrogate pair
   * @throws java.io.UncheckedIOException if the file exists or cannot be written
   */
  public static void write(DistilledSet set, Path file) {
    ByteBuffer classes =
        ByteBuffer.allocate(Integer.BYTES * set.size()).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < set.size(); row++) {
      classes.putInt(set.classOf(row));
    }
    SortedMap<String, Tensor> tensors = new TreeMap<>();
    tensors.put(INPUTS, set.inputs().values());
    tensors.put(CLASSES, Tensor.ofBytes(DType.I32, Shape.of(set.size()), classes.array()));
    SortedMap<String, String> metadata = new TreeMap<>();
    metadata.put(LABELS, set.labels().name());
    for (int i = 0; i < set.labels().size(); i++) {
      metadata.put(CLASS + i, set.labels().classes().get(i));
    }
    TypedContent.write(file, KIND, set.digest(), tensors, metadata);
  }

  /**
   * Reads a distilled set onto the heap.
   *
   * @param file the file
   * @return the set; it does not need the file any more
   * @throws io.medforge.plugin.MalformedPluginException if it is no distilled set's file or the
   *     content is not that of its digest
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static DistilledSet read(Path file) {
    try (SafetensorsFile open = SafetensorsFile.open(file)) {
      TypedContent content = TypedContent.of(open, KIND).onHeap();
      DistilledSet set;
      try {
        ModelInput inputs = new ModelInput(content.tensor(INPUTS));
        set = DistilledSet.of(labels(content), inputs, classes(content));
      } catch (IllegalArgumentException e) {
        throw Place.of(file).malformed("a distilled set", String.valueOf(e.getMessage()), e);
      }
      content.checkCounts(2, 1 + set.labels().size());
      content.checkDigest(set.digest());
      return set;
    }
  }

  private static LabelSpace labels(TypedContent content) {
    List<String> classes = new ArrayList<>();
    for (int i = 0; content.metadata().containsKey(CLASS + i); i++) {
      classes.add(content.text(CLASS + i));
    }
    return new LabelSpace(content.text(LABELS), classes);
  }

  private static int[] classes(TypedContent content) {
    Tensor tensor = content.tensor(CLASSES);
    if (tensor.dtype() != DType.I32 || tensor.shape().dimensions() != 1) {
      throw Place.of(content.file())
          .in("tensor", CLASSES)
          .malformed("I32[n]", tensor.dtype() + tensor.shape().toString());
    }
    double[] values = tensor.toDoubles();
    int[] classes = new int[values.length];
    for (int row = 0; row < classes.length; row++) {
      classes[row] = (int) values[row];
    }
    return classes;
  }
}
