package io.medforge.plugin.branch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.Shape;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.djl.HostArray;
import io.medforge.runtime.djl.Network;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** One distillation: patients, synthetic rows, and the networks that look at both. */
final class DistributionMatching {
  /*
   * Zhao and Bilen, Dataset Condensation with Distribution Matching, WACV 2023, equation 5:
   *
   *   min over S of  E_theta sum_c || mean of phi_theta(S_c) - mean of phi_theta(T_c) ||^2
   *
   * phi_theta is what the architecture marks as its features. theta is the base, always, plus a network
   * with random weights that is drawn anew every few steps (the paper's expectation). The class means
   * of S and T are products with matrices that hold 1/n_c, so that only arrays meet. Where a class has
   * more than patientsPerStep patients, each step draws some of them. Where a step looks at the rows of
   * the one before, unchanged, through the same weights, the means of T are those of the one before.
   */

  private final LabelSpace labels;
  private final LabelledRows patients;
  private final long seed;
  private final ImageAugmentation augmentation;
  private final int patientsPerStep;
  private final SyntheticRows synthetic;
  private final FeatureSpaces spaces;
  private final SortedMap<String, HostArray> random;
  private final KnownMeans baseMeans = new KnownMeans();
  private final KnownMeans randomMeans = new KnownMeans();

  /** All patients, once it is known that each step looks at all of them. */
  private @Nullable Sample everyone;

  DistributionMatching(
      Network network,
      LabelSpace labels,
      LabelledRows patients,
      long seed,
      int[] perClass,
      ImageAugmentation augmentation,
      int patientsPerStep) {
    this.labels = labels;
    this.patients = patients;
    this.seed = seed;
    this.augmentation = augmentation;
    this.patientsPerStep = patientsPerStep;
    this.synthetic = new SyntheticRows(labels, perClass, patients.shape(1), seed);
    this.spaces = new FeatureSpaces(network, seed);
    this.random = spaces.copy();
  }

  DistilledSet distil(
      int steps, int embeddings, double learningRate, DistillationListener listener) {
    long began = System.nanoTime();
    try (Descent descent = new Descent(synthetic.arrays(), learningRate, 0)) {
      for (int step = 0; step < steps; step++) {
        long embedding = (long) step * embeddings / steps;
        if (step == 0 || embedding != (long) (step - 1) * embeddings / steps) {
          spaces.draw(random, embedding);
          randomMeans.forget();
        }
        Step compared = new Step(step);
        descent.step(compared::loss);
        listener.after(DistillationProgress.after(step + 1, steps, began));
      }
    }
    return synthetic.finish();
  }

  /** The patients that one step looks at, and how both sides are changed. */
  private final class Step {
    private final Sample drawn;
    private final BiFunction<NDArray, NDManager, NDArray> change;

    Step(int step) {
      this.drawn = drawPatients(step);
      this.change =
          augmentation.isNone()
              ? (images, scope) -> images
              : augmentation.draw(seed, step, patients.shape(1))::of;
    }

    NDArray loss(NDManager scope, List<NDArray> leaves) {
      NDArray made = change.apply(synthetic.leaf(scope, leaves), scope);
      NDArray madeMeans = synthetic.means().in(scope);
      BiFunction<SortedMap<String, HostArray>, KnownMeans, NDArray> distance =
          (weights, known) -> {
            NDArray found = madeMeans.matMul(spaces.features(weights, made, scope));
            NDArray difference = found.sub(wanted(weights, known, scope));
            return difference.mul(difference).mean();
          };
      return distance.apply(spaces.base(), baseMeans).add(distance.apply(random, randomMeans));
    }

    /** The means of the patients' features; those of the step before where they are the same. */
    private NDArray wanted(
        SortedMap<String, HostArray> weights, KnownMeans known, NDManager scope) {
      Optional<HostArray> before = known.of(drawn);
      if (before.isPresent()) {
        return before.get().in(scope);
      }
      NDArray real = change.apply(drawn.rows().in(scope), scope);
      NDArray means = drawn.means().in(scope).matMul(spaces.features(weights, real, scope));
      if (augmentation.isNone()) {
        known.remember(drawn, means);
      }
      return means;
    }
  }

  /**
   * Some patients.
   *
   * @param rows {@code [n, ...]}
   * @param means {@code [classes, n]}, see {@link SyntheticRows#means(int[], int)}
   */
  private record Sample(HostArray rows, HostArray means) {}

  /** What one network made of a sample. */
  private static final class KnownMeans {
    private @Nullable Sample sample;
    private @Nullable HostArray means;

    Optional<HostArray> of(Sample drawn) {
      return drawn.equals(sample) ? Optional.ofNullable(means) : Optional.empty();
    }

    void remember(Sample drawn, NDArray found) {
      HostArray copy = HostArray.zeros(Shape.of(found.getShape().getShape()));
      copy.values().put(found.toFloatArray());
      sample = drawn;
      means = copy;
    }

    void forget() {
      means = null;
    }
  }

  /** All patients of a class, or some of them if they are many. */
  private Sample drawPatients(int step) {
    if (everyone != null) {
      return everyone;
    }
    int[] order = SeededRandom.of(seed, "patients", step).permutation(patients.size());
    int[] counts = new int[labels.size()];
    List<Integer> drawn = new ArrayList<>();
    for (int row : order) {
      if (counts[patients.classOf(row)]++ < patientsPerStep) {
        drawn.add(row);
      }
    }
    Sample sample = sample(drawn.stream().mapToInt(Integer::intValue).sorted().toArray());
    if (drawn.size() == patients.size()) {
      everyone = sample;
    }
    return sample;
  }

  private Sample sample(int... drawn) {
    HostArray rows = HostArray.zeros(patients.shape(drawn.length));
    patients.read(drawn, 0, rows);
    int[] classes = IntStream.of(drawn).map(patients::classOf).toArray();
    return new Sample(rows, SyntheticRows.means(classes, labels.size()));
  }
}
