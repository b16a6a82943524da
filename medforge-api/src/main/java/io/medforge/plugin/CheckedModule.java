package io.medforge.plugin;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** A module whose every value has been looked at. */
record CheckedModule(
    PluginId id,
    BaseModel base,
    SortedMap<String, Update> updates,
    Provenance provenance,
    Digest digest)
    implements PluginModule {
  private static final int PIECE = 8192;

  static CheckedModule check(
      PluginId id, BaseModel base, Map<String, Update> updates, Provenance provenance) {
    SortedMap<String, Update> sorted = Collections.unmodifiableSortedMap(new TreeMap<>(updates));
    if (sorted.isEmpty()) {
      throw new MalformedPluginException(
          "expected at least one update, found none, at plugin " + id);
    }
    sorted.forEach(
        (layer, update) -> {
          checkName(id, layer);
          checkValues(id, layer, update);
        });
    return new CheckedModule(id, base, sorted, provenance, digestOf(base, sorted));
  }

  private static void checkName(PluginId id, String layer) {
    if (layer.isBlank() || layer.chars().anyMatch(Character::isISOControl)) {
      throw new MalformedPluginException(
          "expected a layer's name without control characters, found \""
              + layer.replaceAll("\\p{Cntrl}", "?")
              + "\", at plugin "
              + id);
    }
  }

  private static void checkValues(PluginId id, String layer, Update update) {
    if (update instanceof LowRankUpdate lowRank) {
      checkFinite(id, layer, "A", lowRank.a());
      checkFinite(id, layer, "B", lowRank.b());
    } else if (update instanceof DenseUpdate dense) {
      checkFinite(id, layer, "delta", dense.delta());
    } else if (update instanceof Replacement replacement
        && replacement.tensor().dtype().isFloatingPoint()) {
      checkFinite(id, layer, "replacement", replacement.tensor());
    }
  }

  private static void checkFinite(PluginId id, String layer, String name, Tensor tensor) {
    boolean narrow =
        switch (tensor.dtype()) {
          case F32, F16, BF16 -> true;
          default -> false;
        };
    int most = (int) Math.min(PIECE, tensor.shape().elements());
    float[] floats = new float[narrow ? most : 0];
    double[] doubles = new double[narrow ? 0 : most];
    for (long at = 0; at < tensor.shape().elements(); ) {
      int n = (int) Math.min(most, tensor.shape().elements() - at);
      int wrong;
      if (narrow) {
        tensor.read(at, floats, 0, n);
        wrong = firstInfinite(floats, n);
      } else {
        tensor.read(at, doubles, 0, n);
        wrong = firstInfinite(doubles, n);
      }
      if (wrong < n) {
        throw new MalformedPluginException(
            "expected finite values, found "
                + (narrow ? floats[wrong] : doubles[wrong])
                + ", at plugin "
                + id
                + ", layer "
                + layer
                + ", tensor "
                + name
                + ", index "
                + (at + wrong));
      }
      at += n;
    }
  }

  private static int firstInfinite(float[] values, int count) {
    int i = 0;
    while (i < count && Float.isFinite(values[i])) {
      i++;
    }
    return i;
  }

  private static int firstInfinite(double[] values, int count) {
    int i = 0;
    while (i < count && Double.isFinite(values[i])) {
      i++;
    }
    return i;
  }

  private static Digest digestOf(BaseModel base, SortedMap<String, Update> updates) {
    Digest.Builder builder = Digest.builder().add("medforge-plugin-v1");
    base.digest().ifPresentOrElse(builder::add, () -> builder.add("base by name: " + base.name()));
    updates.forEach((layer, update) -> add(builder.add(layer), update));
    return builder.build();
  }

  private static void add(Digest.Builder builder, Update update) {
    if (update instanceof LowRankUpdate lowRank) {
      builder.add("low-rank").add(lowRank.layout().name()).add(lowRank.scaling());
      builder.add(lowRank.a()).add(lowRank.b());
    } else if (update instanceof DenseUpdate dense) {
      builder.add("dense").add(dense.delta());
    } else if (update instanceof Replacement replacement) {
      builder.add("replacement").add(replacement.labels().name());
      builder.add(replacement.labels().size());
      replacement.labels().classes().forEach(builder::add);
      builder.add(replacement.tensor());
    }
  }

  @Override
  public String toString() {
    return id + " on " + base + ", " + updates.size() + " updates, " + digest;
  }
}
