package io.medforge.runtime;

import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import java.util.List;

/**
 * All that a gate knows, as numbers: enough to weigh plugins without the memory that it was fitted
 * to, to save it, and to build it into another format. Immutable.
 *
 * <p>A gate gives each input a distribution over n plugins, in canonical order, and the base. n =
 * plugins, f = features, q = whitened coordinates, P = prototypes, T = examples, H = groups. A
 * weight may underflow to 0; what it then weighs counts for nothing, see {@link Pool#LOG}.
 */
public sealed interface GateParameters {
  /**
   * The identity of the numbers.
   *
   * @return SHA-256 over kind and content
   */
  Digest digest();

  /**
   * The same weights for every input.
   *
   * @param weights n numbers, non-negative, summing to 1
   */
  record Static(List<Double> weights) implements GateParameters {
    /**
     * Checks and copies.
     *
     * @param weights n numbers, non-negative, summing to 1
     * @throws IllegalArgumentException if they are no distribution
     */
    public Static {
      weights = List.copyOf(weights);
      GateNumbers.checkDistribution("weights", weights);
    }

    @Override
    public Digest digest() {
      return GateNumbers.add(Digest.builder().add("static"), weights).build();
    }
  }

  /**
   * Nearness to prototypes. With y = {@code whitening}(phi(x)), the group h of prototypes scores
   * s_h = logPriors_h - min_{p in h} |y - centres_p|^2 / (2 temperature); with q = softmax(s),
   * plugin j weighs sum_h q_h routing_hj.
   *
   * @param features phi
   * @param whitening of f features to q coordinates
   * @param centres {@code [P, q]}, whitened
   * @param groups the group of each prototype, 0 to H - 1, each at least once
   * @param logPriors H numbers, finite
   * @param temperature positive
   * @param routing {@code [H, n]}: how much each plugin counts for inputs of each group; rows are
   *     distributions
   */
  record Prototypes(
      FeatureExtractor features,
      Whitening whitening,
      Tensor centres,
      List<Integer> groups,
      List<Double> logPriors,
      double temperature,
      Tensor routing)
      implements GateParameters {
    /**
     * Checks and copies.
     *
     * @param features phi
     * @param whitening of f features to q coordinates
     * @param centres {@code [P, q]}, whitened
     * @param groups the group of each prototype
     * @param logPriors H numbers
     * @param temperature positive
     * @param routing {@code [H, n]}
     * @throws IllegalArgumentException if shapes do not fit, a group has no prototype, a row of the
     *     routing is no distribution, or a number is not finite
     */
    public Prototypes {
      groups = List.copyOf(groups);
      logPriors = List.copyOf(logPriors);
      GateNumbers.checkMatrix("centres", centres, groups.size(), whitening.size());
      GateNumbers.checkPositive("temperature", temperature);
      GateNumbers.checkFinite("log priors", logPriors);
      GateNumbers.checkGroups(groups, logPriors.size());
      GateNumbers.checkRouting(routing, logPriors.size());
    }

    @Override
    public Digest digest() {
      Digest.Builder builder = Digest.builder().add("prototypes").add(features.name());
      builder.add(whitening.mean()).add(whitening.factor()).add(centres).add(groups.size());
      groups.forEach(builder::add);
      return GateNumbers.add(builder, logPriors).add(temperature).add(routing).build();
    }
  }

  /**
   * The nearest remembered examples vote. With y = {@code whitening}(phi(x)) and d_t = |y -
   * examples_t|^2, the k least d_t (the first of equals) weigh v_t = counts_t exp(-(d_t - least d)
   * / (2 temperature)); plugin j weighs sum_t v_t responsibilities_tj / sum_t v_t.
   *
   * @param features phi
   * @param whitening of f features to q coordinates
   * @param examples {@code [T, q]}, whitened
   * @param counts T numbers: how many examples each stands for, positive
   * @param responsibilities {@code [T, n]}: rows are distributions
   * @param k 1 to T
   * @param temperature positive
   */
  record Neighbours(
      FeatureExtractor features,
      Whitening whitening,
      Tensor examples,
      List<Double> counts,
      Tensor responsibilities,
      int k,
      double temperature)
      implements GateParameters {
    /**
     * Checks and copies.
     *
     * @param features phi
     * @param whitening of f features to q coordinates
     * @param examples {@code [T, q]}, whitened
     * @param counts T numbers, positive
     * @param responsibilities {@code [T, n]}
     * @param k 1 to T
     * @param temperature positive
     * @throws IllegalArgumentException if shapes or k do not fit, a row is no distribution, or a
     *     number is not finite
     */
    public Neighbours {
      counts = List.copyOf(counts);
      GateNumbers.checkMatrix("examples", examples, counts.size(), whitening.size());
      counts.forEach(count -> GateNumbers.checkPositive("count", count));
      GateNumbers.checkRouting(responsibilities, counts.size());
      GateNumbers.checkPositive("temperature", temperature);
      if (k < 1 || k > counts.size()) {
        throw new IllegalArgumentException(
            "expected 1 to " + counts.size() + " neighbours, found " + k);
      }
    }

    @Override
    public Digest digest() {
      Digest.Builder builder = Digest.builder().add("neighbours").add(features.name());
      builder.add(whitening.mean()).add(whitening.factor()).add(examples);
      return GateNumbers.add(builder, counts).add(responsibilities).add(k).add(temperature).build();
    }
  }

  /**
   * Certain plugins count more: what came before, times exp(-sharpness h_j), renormalised, where
   * h_j is the entropy of plugin j's answer over the logarithm of its number of classes, 0 to 1,
   * both in the plugin's own label space, before any join. Asks every plugin that weighed anything
   * before.
   *
   * @param sharpness at least 0, finite
   */
  record Confidence(double sharpness) implements GateParameters {
    /**
     * Checks.
     *
     * @param sharpness at least 0, finite
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public Confidence {
      if (!(sharpness >= 0 && sharpness < Double.POSITIVE_INFINITY)) {
        throw new IllegalArgumentException(
            "expected a finite sharpness of at least 0, found " + sharpness);
      }
    }

    @Override
    public Digest digest() {
      return Digest.builder().add("confidence").add(sharpness).build();
    }
  }

  /**
   * Only the k plugins that weighed most before, renormalised; of equals the first in canonical
   * order.
   *
   * @param k at least 1; n or more changes nothing
   */
  record TopK(int k) implements GateParameters {
    /**
     * Checks.
     *
     * @param k at least 1
     * @throws IllegalArgumentException if it is less
     */
    public TopK {
      if (k < 1) {
        throw new IllegalArgumentException("expected at least one plugin to keep, found " + k);
      }
    }

    @Override
    public Digest digest() {
      return Digest.builder().add("top-k").add(k).build();
    }
  }

  /**
   * Silence far from everything remembered: with y = {@code whitening}(phi(x)), if min_p |y -
   * centres_p|^2 exceeds the threshold, the base answers alone; else what came before stands.
   *
   * @param features phi
   * @param whitening of f features to q coordinates
   * @param centres {@code [P, q]}, whitened
   * @param threshold a squared distance, at least 0; infinite if no distance is too far
   * @param alpha what part of inputs like those remembered may be refused, 0 to 1
   */
  record Abstention(
      FeatureExtractor features,
      Whitening whitening,
      Tensor centres,
      double threshold,
      double alpha)
      implements GateParameters {
    /**
     * Checks.
     *
     * @param features phi
     * @param whitening of f features to q coordinates
     * @param centres {@code [P, q]}, whitened
     * @param threshold at least 0, perhaps infinite
     * @param alpha above 0 and below 1
     * @throws IllegalArgumentException if shapes do not fit or a number is out of range
     */
    public Abstention {
      GateNumbers.checkMatrix(
          "centres", centres, Math.max(1, GateNumbers.rows(centres)), whitening.size());
      if (!(threshold >= 0)) {
        throw new IllegalArgumentException(
            "expected a threshold of at least 0, found " + threshold);
      }
      if (!(alpha > 0 && alpha < 1)) {
        throw new IllegalArgumentException("expected alpha between 0 and 1, found " + alpha);
      }
    }

    @Override
    public Digest digest() {
      Digest.Builder builder = Digest.builder().add("abstention").add(features.name());
      builder.add(whitening.mean()).add(whitening.factor()).add(centres);
      return builder.add(threshold).add(alpha).build();
    }
  }

  /**
   * One after another, each from the weights that the one before left; the first from equal
   * weights. {@link Static}, {@link Prototypes} and {@link Neighbours} begin anew.
   *
   * @param steps at least one
   */
  record Sequence(List<GateParameters> steps) implements GateParameters {
    /**
     * Checks and copies.
     *
     * @param steps at least one
     * @throws IllegalArgumentException if there is none
     */
    public Sequence {
      steps = List.copyOf(steps);
      if (steps.isEmpty()) {
        throw new IllegalArgumentException("expected at least one step of a gate, found none");
      }
    }

    @Override
    public Digest digest() {
      Digest.Builder builder = Digest.builder().add("sequence").add(steps.size());
      steps.forEach(step -> builder.add(step.digest()));
      return builder.build();
    }
  }
}
