package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.KMeans;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelRuntime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What is remembered of one distilled set: some of its examples, perhaps all, where they lie, and
 * how many of the set's examples each stands for.
 *
 * @param source the digest of the whole set
 * @param examples those remembered
 * @param rows their rows in the whole set, ascending
 * @param counts how many examples of their class each stands for, itself included
 * @param features where they lie
 */
@SuppressWarnings("ArrayRecordComponent") // Made here, never handed out, compared by digest.
record RememberedSet(
    Digest source, DistilledSet examples, int[] rows, int[] counts, Features features) {

  /**
   * Remembers a set.
   *
   * @param owner whose it is, for messages
   * @param set the whole set
   * @param extractor finds features
   * @param perClass examples per class at most, or empty for all
   * @param runtime the base
   */
  static RememberedSet of(
      PluginId owner,
      DistilledSet set,
      FeatureExtractor extractor,
      OptionalInt perClass,
      ModelRuntime runtime) {
    Features features = features(owner, set, extractor, runtime);
    int[] counts = new int[set.size()];
    if (perClass.isPresent()) {
      choose(set, features, perClass.getAsInt(), counts);
    } else {
      Arrays.fill(counts, 1);
    }
    int[] rows = IntStream.range(0, counts.length).filter(i -> counts[i] > 0).toArray();
    if (rows.length == set.size()) {
      return new RememberedSet(set.digest(), set, rows, counts, features);
    }
    float[] kept = new float[rows.length * features.width()];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(features.row(rows[i]), 0, kept, i * features.width(), features.width());
    }
    return new RememberedSet(
        set.digest(),
        DistilledSet.of(
            set.labels(),
            Rows.select(set.inputs(), rows),
            Arrays.stream(rows).map(set::classOf).toArray()),
        rows,
        Arrays.stream(rows).map(row -> counts[row]).toArray(),
        Features.of(rows.length, features.width(), kept));
  }

  private static Features features(
      PluginId owner, DistilledSet set, FeatureExtractor extractor, ModelRuntime runtime) {
    Features features;
    try {
      features = extractor.extract(runtime, set.inputs());
    } catch (IllegalArgumentException e) {
      IncompatiblePluginsException incompatible =
          new IncompatiblePluginsException(
              e.getMessage() + ", at the features of the distilled set of " + owner);
      incompatible.initCause(e);
      throw incompatible;
    }
    if (features.size() != set.size()) {
      throw new IllegalStateException(
          "expected features of each of "
              + set.size()
              + " examples, found "
              + features.size()
              + ", at the distilled set of "
              + owner);
    }
    return features;
  }

  /**
   * k-means in feature space, class by class; the example nearest to each cluster's mean stands for
   * the cluster. A function of this set alone, so no other set's coming or going changes it.
   */
  private static void choose(DistilledSet set, Features features, int perClass, int[] counts) {
    TreeMap<Integer, List<Integer>> byClass = new TreeMap<>();
    for (int row = 0; row < set.size(); row++) {
      byClass.computeIfAbsent(set.classOf(row), label -> new ArrayList<>()).add(row);
    }
    byClass.forEach(
        (label, rows) -> {
          if (rows.size() <= perClass) {
            rows.forEach(row -> counts[row] = 1);
            return;
          }
          double[][] points = new double[rows.size()][features.width()];
          for (int i = 0; i < points.length; i++) {
            features.read(rows.get(i), points[i]);
          }
          long seed = Long.parseUnsignedLong(set.digest().hex().substring(0, 16), 16) + label;
          KMeans clusters = KMeans.of(points, perClass, seed);
          double[][] centres = clusters.centres();
          int[] assignment = clusters.assignment();
          for (int c = 0; c < centres.length; c++) {
            int nearest = -1;
            int size = 0;
            double least = Double.POSITIVE_INFINITY;
            for (int i = 0; i < points.length; i++) {
              if (assignment[i] == c) {
                size++;
                double distance = KMeans.distance(points[i], centres[c]);
                if (distance < least) {
                  least = distance;
                  nearest = i;
                }
              }
            }
            counts[rows.get(nearest)] = size;
          }
        });
  }

  int size() {
    return rows.length;
  }

  void addTo(Digest.Builder builder) {
    builder.add(source).add(examples.digest()).add(rows.length).add(features.width());
    for (int i = 0; i < rows.length; i++) {
      builder.add(rows[i]).add(counts[i]);
      for (float value : features.row(i)) {
        builder.add((double) value);
      }
    }
  }
}
