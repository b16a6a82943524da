package io.medforge.merge.mixture;

import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;

/**
 * A memory as one table, for fitting: T rows by set in canonical order, then by example; n columns
 * in canonical order.
 *
 * @param plugins n
 * @param logs log p_j(y_t|x_t), row-major [T, n]; negative infinity where j does another task
 * @param counts how many examples each row stands for
 * @param owners the place of the plugin whose set a row is from
 */
@SuppressWarnings("ArrayRecordComponent") // Made here, read by the fits, never compared.
record MemoryTable(int plugins, double[] logs, double[] counts, int[] owners)
    implements WeightPrior.Evidence {
  static MemoryTable of(OutputMemory memory) {
    return of(memory, Optional.empty());
  }

  /** At other temperatures than 1, if there are any. */
  static MemoryTable of(OutputMemory memory, Optional<double[]> temperatures) {
    List<PluginModule> plugins = memory.plugins().plugins();
    int n = plugins.size();
    int examples = memory.examples();
    MemoryTable table =
        new MemoryTable(
            n,
            new double[Math.multiplyExact(examples, n)],
            new double[examples],
            new int[examples]);
    int start = 0;
    for (int owner = 0; owner < n; owner++) {
      start += table.fill(memory, plugins, owner, start, temperatures);
    }
    return table;
  }

  private int fill(
      OutputMemory memory,
      List<PluginModule> all,
      int owner,
      int start,
      Optional<double[]> temperatures) {
    PluginId id = all.get(owner).id();
    int[] setCounts = memory.remembered(id).counts();
    int[] classes = temperatures.isPresent() ? memory.classes(id) : new int[0];
    for (int row = 0; row < setCounts.length; row++) {
      counts[start + row] = setCounts[row];
      owners[start + row] = owner;
    }
    for (int j = 0; j < plugins; j++) {
      PluginId plugin = all.get(j).id();
      Optional<Answers> cell = memory.find(id, plugin);
      Optional<int[]> mapping = memory.labelSpaces().mapping(plugin).map(LabelMapping::indices);
      for (int row = 0; row < setCounts.length; row++) {
        logs[(start + row) * plugins + j] = Double.NEGATIVE_INFINITY;
        if (cell.isPresent()) {
          logs[(start + row) * plugins + j] =
              temperatures.isEmpty()
                  ? cell.get().logLikelihood(row)
                  : Answers.logProbability(
                      cell.get().outputs(), row, classes[row], mapping, temperatures.get()[j]);
        }
      }
    }
    return setCounts.length;
  }

  int rows() {
    return counts.length;
  }

  @Override
  public double total() {
    double total = 0;
    for (double count : counts) {
      total += count;
    }
    return total;
  }

  @Override
  public double heldOut(double strength) {
    double sum = 0;
    for (int left : Arrays.stream(owners).distinct().toArray()) {
      MemoryTable judged = where(each -> each == left);
      MemoryTable others = where(each -> each != left);
      double[] weights =
          strength == Double.POSITIVE_INFINITY
              ? GateWeights.uniform(plugins).toArray()
              : others.rows() == 0
                  ? new double[plugins]
                  : FittedWeights.maximum(others, strength).weights();
      for (int t = 0; t < judged.rows(); t++) {
        sum += judged.counts[t] * judged.logMixed(t, weights, 0);
      }
    }
    return sum / total();
  }

  /** The rows of some owners. */
  MemoryTable where(IntPredicate ownedBy) {
    List<Integer> kept = new ArrayList<>();
    for (int t = 0; t < rows(); t++) {
      if (ownedBy.test(owners[t])) {
        kept.add(t);
      }
    }
    MemoryTable part =
        new MemoryTable(
            plugins,
            new double[kept.size() * plugins],
            new double[kept.size()],
            new int[kept.size()]);
    for (int i = 0; i < kept.size(); i++) {
      int t = kept.get(i);
      System.arraycopy(logs, t * plugins, part.logs, i * plugins, plugins);
      part.counts[i] = counts[t];
      part.owners[i] = owners[t];
    }
    return part;
  }

  /** Weights fitted among some of the plugins; the others get 0. */
  double[] fitAmong(int[] places, WeightPrior prior) {
    MemoryTable part =
        new MemoryTable(places.length, new double[rows() * places.length], counts, owners);
    for (int t = 0; t < rows(); t++) {
      for (int i = 0; i < places.length; i++) {
        part.logs[t * places.length + i] = logs[t * plugins + places[i]];
      }
    }
    double strength = prior.strength(part);
    double[] fitted =
        strength == Double.POSITIVE_INFINITY
            ? GateWeights.uniform(places.length).toArray()
            : FittedWeights.maximum(part, strength).weights();
    double[] weights = new double[plugins];
    for (int i = 0; i < places.length; i++) {
      weights[places[i]] = fitted[i];
    }
    return weights;
  }

  /** The largest of row t. */
  double rowMaximum(int t) {
    double highest = logs[t * plugins];
    for (int j = 1; j < plugins; j++) {
      highest = Math.max(highest, logs[t * plugins + j]);
    }
    return highest;
  }

  /** log sum_j w_j p_j(y_t|x_t). */
  double logMixed(int t, double[] weights, int offset) {
    double highest = rowMaximum(t);
    double mixed = 0;
    for (int j = 0; j < plugins; j++) {
      mixed += weights[offset + j] * StrictMath.exp(logs[t * plugins + j] - highest);
    }
    return highest + StrictMath.log(mixed);
  }

  /** The mean over all examples of log sum_j w_j p_j(y|x). */
  double logLikelihood(double[] weights) {
    double sum = 0;
    for (int t = 0; t < rows(); t++) {
      sum += counts[t] * logMixed(t, weights, 0);
    }
    return sum / total();
  }
}
