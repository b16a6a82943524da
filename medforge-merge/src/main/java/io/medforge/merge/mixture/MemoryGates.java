package io.medforge.merge.mixture;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.GateParameters;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** Gates that need more of a memory than one fit. */
final class MemoryGates {
  private MemoryGates() {}

  static Gate perTask(OutputMemory memory) {
    MemoryPrototypes.checkClasses(memory);
    int n = memory.plugins().size();
    if (memory.labelSpaces().tasks().size() == 1) {
      FittedWeights fit = FittedWeights.fit(memory);
      return ParametricGate.of(
          "per-task",
          new GateParameters.Static(Arrays.stream(fit.weights().toArray()).boxed().toList()),
          memory);
    }
    MemoryTable table = MemoryTable.of(memory);
    double[] rows = new double[n * n];
    for (int owner = 0; owner < n; owner++) {
      int[] task = MemoryGate.sameTask(memory, owner);
      double[] weights =
          table
              .where(each -> Arrays.stream(task).anyMatch(place -> place == each))
              .fitAmong(task, WeightPrior.none());
      System.arraycopy(weights, 0, rows, owner * n, n);
    }
    List<MemoryPrototypes.Example> examples = MemoryPrototypes.examples(memory);
    MemoryPrototypes nearest = MemoryPrototypes.of(examples, 4);
    double tau = SetIdentification.temperature(examples, 4, n);
    return ParametricGate.of(
            "per-task",
            new GateParameters.Prototypes(
                memory.features(),
                nearest.whitening(),
                nearest.centreTensor(),
                Arrays.stream(nearest.groups()).boxed().toList(),
                Collections.nCopies(n, 0.0),
                tau,
                Tensor.of(Shape.of(n, n), rows)),
            memory)
        .with("temperature", ParametricGate.text(tau));
  }

  static Gate nearest(OutputMemory memory, int k) {
    if (k < 1) {
      throw new IllegalArgumentException("expected at least 1 neighbour, found " + k);
    }
    MemoryPrototypes.checkClasses(memory);
    MemoryTable table = MemoryTable.of(memory);
    int n = table.plugins();
    double[] responsibilities = new double[table.rows() * n];
    for (int t = 0; t < table.rows(); t++) {
      double highest = table.rowMaximum(t);
      double sum = 0;
      for (int j = 0; j < n; j++) {
        responsibilities[t * n + j] = StrictMath.exp(table.logs()[t * n + j] - highest);
        sum += responsibilities[t * n + j];
      }
      for (int j = 0; j < n; j++) {
        responsibilities[t * n + j] /= sum;
      }
    }
    List<MemoryPrototypes.Example> examples = MemoryPrototypes.examples(memory);
    MemoryPrototypes all = MemoryPrototypes.of(examples, 1);
    double tau = SetIdentification.temperature(examples, 4, n);
    return ParametricGate.of(
            "nearest",
            new GateParameters.Neighbours(
                memory.features(),
                all.whitening(),
                MemoryPrototypes.matrix(MemoryPrototypes.whitened(all.whitening(), examples)),
                Arrays.stream(table.counts()).boxed().toList(),
                Tensor.of(Shape.of(table.rows(), n), responsibilities),
                Math.min(k, table.rows()),
                tau),
            memory)
        .with("k", Integer.toString(Math.min(k, table.rows())))
        .with("temperature", ParametricGate.text(tau));
  }
}
