package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Each plugin's answers to one batch, and the base's, each computed when first needed and only on
 * the rows that need it. One thread's work, but for the runs themselves.
 */
final class PluginRuns {
  /** What a class that nothing becomes counts as in the log pool, see {@code Pool.LOG}. */
  static final double LEAST_JOINED = StrictMath.log(Double.MIN_NORMAL);

  private static final int WORKSPACES = 6;

  private final PluginSet plugins;
  private final Optional<LabelSpaces> labels;
  private final double[] temperatures;
  private final ModelRuntime runtime;
  private final ModelInput batch;
  private final Executor executor;
  private final @Nullable Run[] runs;
  private final double[][] workspaces = new double[WORKSPACES][0];
  private float[] rough = new float[0];
  private @Nullable FeatureExtractor extractor;
  private @Nullable Features features;

  /** Outputs on some rows; {@code place} of a row that was not run is -1. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Run(Outputs outputs, int[] place) {}

  PluginRuns(
      PluginSet plugins,
      Optional<LabelSpaces> labels,
      double[] temperatures,
      ModelRuntime runtime,
      ModelInput batch,
      Executor executor) {
    this.plugins = plugins;
    this.labels = labels;
    this.temperatures = temperatures;
    this.runtime = runtime;
    this.batch = batch;
    this.executor = executor;
    this.runs = new Run[plugins.size() + 1];
  }

  PluginSet plugins() {
    return plugins;
  }

  Features features(FeatureExtractor wanted) {
    Features known = features;
    if (known != null && wanted.equals(extractor)) {
      return known;
    }
    Features found = wanted.extract(runtime, batch);
    if (found.size() != batch.size()) {
      throw new IllegalStateException(
          "expected features of each of " + batch.size() + " inputs, found " + found.size());
    }
    features = found;
    extractor = wanted;
    return found;
  }

  double[] workspace(int slot, int size) {
    if (workspaces[slot].length < size) {
      workspaces[slot] = new double[size];
    }
    return workspaces[slot];
  }

  float[] roughWorkspace(int size) {
    if (rough.length < size) {
      rough = new float[size];
    }
    return rough;
  }

  /** A plugin's answers to the whole batch. */
  Outputs outputs(int plugin) {
    Run run = runs[plugin];
    if (run == null || run.outputs().size() != batch.size()) {
      runAll(j -> j == plugin, (j, row) -> true);
      return get(plugin).outputs();
    }
    return run.outputs();
  }

  /** Runs plugins of positive weight on the whole batch. */
  void prepare(double[] weights) {
    runAll(j -> j < plugins.size() && weights[j] > 0 && runs[j] == null, (j, row) -> true);
  }

  /** Which rows a plugin, or the base at place n, is needed on. */
  @FunctionalInterface
  interface Need {
    boolean on(int plugin, int row);
  }

  /** Runs whoever is needed and was not run yet. */
  void runWhereNeeded(Need need) {
    runAll(j -> runs[j] == null, need);
  }

  private void runAll(IntPredicate which, Need need) {
    List<Integer> places = new ArrayList<>();
    List<Runnable> work = new ArrayList<>();
    for (int j = 0; j <= plugins.size(); j++) {
      int plugin = j;
      int[] rows = which.test(j) ? rows(j, need) : new int[0];
      if (rows.length > 0) {
        places.add(j);
        work.add(() -> runs[plugin] = run(plugin, rows));
      }
    }
    SideBySide.run(work, executor);
    places.forEach(this::check);
  }

  private int[] rows(int plugin, Need need) {
    int[] rows = new int[batch.size()];
    int count = 0;
    for (int row = 0; row < rows.length; row++) {
      if (need.on(plugin, row)) {
        rows[count++] = row;
      }
    }
    return Arrays.copyOf(rows, count);
  }

  private Run run(int index, int[] rows) {
    ModelInput inputs = rows.length == batch.size() ? batch : Rows.select(batch, rows);
    Outputs found =
        index == plugins.size()
            ? runtime.runBase(inputs)
            : runtime.run(plugins.plugins().get(index), inputs);
    if (found.size() != rows.length) {
      throw new IllegalStateException(
          "expected one answer for each of "
              + rows.length
              + " inputs, found "
              + found.size()
              + ", at "
              + name(index));
    }
    int[] place = new int[batch.size()];
    Arrays.fill(place, -1);
    for (int i = 0; i < rows.length; i++) {
      place[rows[i]] = i;
    }
    return new Run(found, place);
  }

  private String name(int index) {
    return index == plugins.size() ? "the base" : "plugin " + plugins.plugins().get(index).id();
  }

  private Run get(int plugin) {
    Run run = runs[plugin];
    if (run == null) {
      throw new IllegalStateException("expected answers, found none, at " + name(plugin));
    }
    return run;
  }

  private void check(int index) {
    Optional<LabelSpace> space = space(index);
    int found = get(index).outputs().classes();
    int expected =
        space
            .map(LabelSpace::size)
            .orElseGet(() -> labels.isPresent() ? found : firstOther(index, found));
    if (found != expected) {
      throw new IncompatiblePluginsException(
          "expected "
              + expected
              + " classes"
              + space.map(known -> " as in label space " + known.name()).orElse("")
              + ", found "
              + found
              + ", at "
              + name(index));
    }
  }

  private int firstOther(int index, int found) {
    for (int j = 0; j < runs.length; j++) {
      Run run = runs[j];
      if (j != index && run != null) {
        return run.outputs().classes();
      }
    }
    return found;
  }

  /** Of the base: the only task's, if there is but one. */
  private Optional<LabelSpace> space(int index) {
    if (index == plugins.size()) {
      return labels.map(LabelSpaces::tasks).filter(all -> all.size() == 1).map(all -> all.get(0));
    }
    PluginModule plugin = plugins.plugins().get(index);
    return labels.map(known -> OutputMemory.get(known.own(), plugin.id()));
  }

  /** softmax(z / temperature) of one row that was run, read in the label space of its task. */
  double[] opinion(int index, int row) {
    double[] own = ownOpinion(index, row);
    return mapping(index).map(join -> join.apply(own)).orElse(own);
  }

  /** The same in the plugin's own label space. */
  double[] ownOpinion(int index, int row) {
    Run run = get(index);
    return softmax(run.outputs(), run.place()[row], temperature(index));
  }

  private double temperature(int index) {
    return index == plugins.size() ? 1 : temperatures[index];
  }

  private Optional<LabelMapping> mapping(int index) {
    return index == plugins.size()
        ? Optional.empty()
        : labels.flatMap(known -> known.mapping(plugins.plugins().get(index).id()));
  }

  /** log p_c of one row that was run; of a joined space at least {@link #LEAST_JOINED}. */
  double[] logOpinion(int index, int row) {
    Run run = get(index);
    Optional<LabelMapping> mapping = mapping(index);
    Optional<int[]> indices = mapping.map(LabelMapping::indices);
    int classes = mapping.map(join -> join.to().size()).orElseGet(() -> run.outputs().classes());
    double[] logs = new double[classes];
    for (int c = 0; c < classes; c++) {
      double log =
          Answers.logProbability(run.outputs(), run.place()[row], c, indices, temperature(index));
      logs[c] = mapping.isPresent() ? Math.max(log, LEAST_JOINED) : log;
    }
    return logs;
  }

  static double[] softmax(Outputs outputs, int row, double temperature) {
    if (temperature == 1) {
      return outputs.probabilities(row);
    }
    double highest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < outputs.classes(); c++) {
      highest = Math.max(highest, outputs.logit(row, c) / temperature);
    }
    double[] probabilities = new double[outputs.classes()];
    double sum = 0;
    for (int c = 0; c < probabilities.length; c++) {
      probabilities[c] = StrictMath.exp(outputs.logit(row, c) / temperature - highest);
      sum += probabilities[c];
    }
    for (int c = 0; c < probabilities.length; c++) {
      probabilities[c] /= sum;
    }
    return probabilities;
  }
}
