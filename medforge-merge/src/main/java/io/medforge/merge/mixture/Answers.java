package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;

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

  static Answers of(PluginModule plugin, PluginId owner, DistilledSet set, ModelRuntime runtime) {
    Outputs outputs = run(plugin, owner, set, runtime);
    if (outputs.size() != set.size()) {
      throw new IllegalStateException(
          "expected one answer for each of "
              + set.size()
              + " examples, found "
              + outputs.size()
              + where(plugin, owner));
    }
    if (outputs.classes() != set.labels().size()) {
      throw new IncompatiblePluginsException(
          "expected "
              + set.labels().size()
              + " classes as in label space "
              + set.labels().name()
              + ", found "
              + outputs.classes()
              + where(plugin, owner));
    }
    double[] logs = new double[set.size()];
    for (int row = 0; row < logs.length; row++) {
      logs[row] = logProbability(outputs, row, set.classOf(row));
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
          new IncompatiblePluginsException(e.getMessage() + where(plugin, owner));
      incompatible.initCause(e);
      throw incompatible;
    }
  }

  private static String where(PluginModule plugin, PluginId owner) {
    return ", at plugin " + plugin.id() + " on the distilled set of " + owner;
  }

  /** log softmax(z)_y, finite for any finite logits. */
  private static double logProbability(Outputs outputs, int row, int label) {
    double highest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < outputs.classes(); c++) {
      highest = Math.max(highest, outputs.logit(row, c));
    }
    double sum = 0;
    for (int c = 0; c < outputs.classes(); c++) {
      sum += StrictMath.exp(outputs.logit(row, c) - highest);
    }
    return outputs.logit(row, label) - highest - StrictMath.log(sum);
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
