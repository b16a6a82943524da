package io.medforge.merge.mixture;

import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.TensorBundle;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Outputs;
import java.util.List;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * An output memory's saved form, version 1. Text: {@code features}, {@code per-class} (0 for all),
 * {@code joins}, for plugin i in canonical order {@code plugin.i.id}, {@code plugin.i.digest},
 * {@code set.i.source} and its label space {@code set.i.labels}. Tensors: {@code set.i.inputs},
 * {@code set.i.classes}, {@code set.i.rows}, {@code set.i.counts}, {@code set.i.features}, and
 * {@code outputs.i.j}, the logits of plugin j on set i, where the two do one task.
 */
final class MemoryBundle {
  private static final String FORMAT = "medforge-output-memory";
  private static final String VERSION = "1";

  private MemoryBundle() {}

  static TensorBundle write(OutputMemory memory) {
    BundleWriter writer = new BundleWriter(FORMAT, VERSION);
    checkNamed(memory.features());
    writer.text("features", memory.features().name());
    writer.text("per-class", memory.perClass().orElse(0));
    writer.joins(memory.labelSpaces().joins());
    writer.plugins(memory.plugins());
    List<PluginId> ids = memory.plugins().plugins().stream().map(plugin -> plugin.id()).toList();
    for (int i = 0; i < ids.size(); i++) {
      RememberedSet set = memory.remembered(ids.get(i));
      write(writer, "set." + i, set);
      for (int j = 0; j < ids.size(); j++) {
        String name = "outputs." + i + "." + j;
        memory
            .find(ids.get(i), ids.get(j))
            .ifPresent(cell -> writer.tensor(name, matrix(cell.outputs())));
      }
    }
    return writer.build(memory.digest());
  }

  static void checkNamed(FeatureExtractor extractor) {
    if (extractor.name().equals(FeatureExtractor.UNNAMED)) {
      throw new IllegalStateException(
          "expected features with a name, to be saved, found those of " + extractor.getClass());
    }
  }

  private static void write(BundleWriter writer, String prefix, RememberedSet set) {
    writer.text(prefix + ".source", set.source());
    writer.labels(prefix + ".labels", set.examples().labels());
    writer.tensor(prefix + ".inputs", set.examples().inputs().values());
    int[] classes = new int[set.size()];
    for (int row = 0; row < classes.length; row++) {
      classes[row] = set.examples().classOf(row);
    }
    writer.tensor(prefix + ".classes", BundleReader.integers(classes));
    writer.tensor(prefix + ".rows", BundleReader.integers(set.rows()));
    writer.tensor(prefix + ".counts", BundleReader.integers(set.counts()));
    Features features = set.features();
    float[] flat = new float[features.size() * features.width()];
    for (int row = 0; row < features.size(); row++) {
      System.arraycopy(features.row(row), 0, flat, row * features.width(), features.width());
    }
    writer.tensor(
        prefix + ".features", Tensor.of(Shape.of(features.size(), features.width()), flat));
  }

  private static Tensor matrix(Outputs outputs) {
    float[] flat = new float[outputs.size() * outputs.classes()];
    for (int row = 0; row < outputs.size(); row++) {
      System.arraycopy(outputs.logits(row), 0, flat, row * outputs.classes(), outputs.classes());
    }
    return Tensor.of(Shape.of(outputs.size(), outputs.classes()), flat);
  }

  static OutputMemory read(TensorBundle bundle, PluginSet branches) {
    BundleReader reader = new BundleReader(bundle, FORMAT, VERSION);
    List<PluginId> ids = reader.plugins(branches);
    FeatureExtractor extractor =
        reader.parsed("features", () -> FeatureExtractor.named(reader.text("features")));
    int bound = reader.number("per-class", 0);
    SortedMap<PluginId, RememberedSet> sets = new TreeMap<>();
    SortedMap<PluginId, LabelSpace> own = new TreeMap<>();
    for (int i = 0; i < ids.size(); i++) {
      RememberedSet set = set(reader, "set." + i);
      sets.put(ids.get(i), set);
      own.put(ids.get(i), set.examples().labels());
    }
    LabelSpaces spaces = reader.parsed("joins", () -> LabelSpaces.of(own, reader.joins()));
    SortedMap<PluginId, SortedMap<PluginId, Outputs>> outputs = new TreeMap<>();
    for (int i = 0; i < ids.size(); i++) {
      SortedMap<PluginId, Outputs> row = new TreeMap<>();
      for (int j = 0; j < ids.size(); j++) {
        if (spaces.of(ids.get(i)).equals(spaces.of(ids.get(j)))) {
          int size = OutputMemory.get(sets, ids.get(i)).size();
          Outputs cell = outputs(reader, "outputs." + i + "." + j, size);
          Answers.check(cell, ids.get(j), OutputMemory.get(own, ids.get(j)), ids.get(i), size);
          row.put(ids.get(j), cell);
        }
      }
      outputs.put(ids.get(i), row);
    }
    OutputMemory memory =
        OutputMemory.of(
            branches,
            spaces,
            extractor,
            bound == 0 ? OptionalInt.empty() : OptionalInt.of(bound),
            sets,
            outputs);
    checkDigest(reader.digest("digest"), memory.digest());
    return memory;
  }

  static void checkDigest(Digest stated, Digest found) {
    if (!stated.equals(found)) {
      throw new MalformedPluginException(
          "expected content of " + stated + " as stated, found " + found + ", at a tensor bundle");
    }
  }

  private static RememberedSet set(BundleReader reader, String prefix) {
    LabelSpace labels = reader.labels(prefix + ".labels");
    int[] classes = reader.integers(prefix + ".classes", 0);
    int[] rows = reader.integers(prefix + ".rows", 0);
    int[] counts = reader.integers(prefix + ".counts", 1);
    Tensor features = reader.matrix(prefix + ".features", classes.length);
    if (rows.length != classes.length || counts.length != classes.length) {
      throw new MalformedPluginException(
          "expected a row and a count for each of "
              + classes.length
              + " examples, found "
              + rows.length
              + " and "
              + counts.length
              + ", at "
              + prefix);
    }
    float[] flat = reader.floats(prefix + ".features", features);
    return reader.parsed(
        prefix,
        () ->
            new RememberedSet(
                reader.digest(prefix + ".source"),
                DistilledSet.of(labels, new ModelInput(reader.tensor(prefix + ".inputs")), classes),
                rows,
                counts,
                Features.of(classes.length, flat.length / classes.length, flat)));
  }

  private static Outputs outputs(BundleReader reader, String name, int rows) {
    Tensor logits = reader.matrix(name, rows);
    float[] flat = reader.floats(name, logits);
    return reader.parsed(name, () -> Outputs.ofLogits(rows, flat.length / rows, flat));
  }
}
