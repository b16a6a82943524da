package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.Optional;

/**
 * One cell of the output memory: a plugin's logits on one distilled set, and the logarithm of the
 * probability that it gave each true class.
 */
final class Answers {
  private final Outputs outputs;
  private final double[] logLikelihoods;

  private Answers(Outputs outputs, double[] logLikelihoods) {
    this.outputs = outputs;
    this.logLikelihoods = logLikelihoods;
  }

  /**
   * Runs a plugin on a set, whose answers it was found to have a meaning for.
   *
   * @param plugin the plugin
   * @param space what its own outputs mean
   * @param owner whose set it is
   * @param set the set
   * @param runtime the base
   * @return the answers
   */
  static Outputs run(
      PluginModule plugin,
      LabelSpace space,
      PluginId owner,
      DistilledSet set,
      ModelRuntime runtime) {
    Outputs outputs = run(plugin, owner, set, runtime);
    check(outputs, plugin.id(), space, owner, set.size());
    return outputs;
  }

  /** Refuses answers of another number of examples or classes. */
  static void check(
      Outputs outputs, PluginId plugin, LabelSpace space, PluginId owner, int examples) {
    if (outputs.size() != examples) {
      throw new IllegalStateException(
          "expected one answer for each of "
              + examples
              + " examples, found "
              + outputs.size()
              + where(plugin, owner));
    }
    if (outputs.classes() != space.size()) {
      throw new IncompatiblePluginsException(
          "expected "
              + space.size()
              + " classes as in label space "
              + space.name()
              + ", found "
              + outputs.classes()
              + where(plugin, owner));
    }
  }

  /**
   * A cell.
   *
   * @param outputs what the plugin answered
   * @param of the mapping of the plugin's own label space, if there is one
   * @param labels the true classes, in the space that the answers are read in
   */
  static Answers of(Outputs outputs, Optional<LabelMapping> of, int[] labels) {
    double[] logs = new double[labels.length];
    Optional<int[]> indices = of.map(LabelMapping::indices);
    for (int row = 0; row < logs.length; row++) {
      logs[row] = logProbability(outputs, row, labels[row], indices, 1);
    }
    return new Answers(outputs, logs);
  }

  private static Outputs run(
      PluginModule plugin, PluginId owner, DistilledSet set, ModelRuntime runtime) {
    try {
      return runtime.run(plugin, set.inputs());
    } catch (IllegalArgumentException e) {
      // An answer that is not finite, or a set that the model cannot take: this pair cannot meet.
      IncompatiblePluginsException incompatible =
          new IncompatiblePluginsException(e.getMessage() + where(plugin.id(), owner));
      incompatible.initCause(e);
      throw incompatible;
    }
  }

  private static String where(PluginId plugin, PluginId owner) {
    return ", at plugin " + plugin + " on the distilled set of " + owner;
  }

  /**
   * log softmax(z / temperature)_y, or of the sum over the classes that become y. Finite for any
   * finite logits, but that it is negative infinity if no class becomes y.
   */
  static double logProbability(
      Outputs outputs, int row, int label, Optional<int[]> mapping, double temperature) {
    int classes = outputs.classes();
    double highest = Double.NEGATIVE_INFINITY;
    double highestRight = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < classes; c++) {
      double z = outputs.logit(row, c) / temperature;
      highest = Math.max(highest, z);
      if (mapping.isEmpty() ? c == label : mapping.get()[c] == label) {
        highestRight = Math.max(highestRight, z);
      }
    }
    double sum = 0;
    double right = 0;
    for (int c = 0; c < classes; c++) {
      double z = outputs.logit(row, c) / temperature;
      sum += StrictMath.exp(z - highest);
      if (mapping.isPresent() && mapping.get()[c] == label) {
        right += StrictMath.exp(z - highestRight);
      }
    }
    double alone = highestRight - highest - StrictMath.log(sum);
    return mapping.isEmpty() ? alone : alone + StrictMath.log(right);
  }

  Outputs outputs() {
    return outputs;
  }

  /** log p(y|x) of one example, finite. */
  double logLikelihood(int row) {
    return logLikelihoods[row];
  }

  void addTo(Digest.Builder digest) {
    digest.add(outputs.size()).add(outputs.classes());
    for (int row = 0; row < outputs.size(); row++) {
      for (int c = 0; c < outputs.classes(); c++) {
        digest.add((double) outputs.logit(row, c));
      }
    }
  }
}
