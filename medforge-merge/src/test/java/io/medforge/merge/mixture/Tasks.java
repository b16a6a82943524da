package io.medforge.merge.mixture;

import io.medforge.forge.Contribution;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Centres that do different tasks on one base: each has a linear head of its own label space, and
 * its patients lie elsewhere. Class c of centre i lies about a point of its own; the head scores by
 * nearness to the points.
 */
final class Tasks {
  static final int WIDTH = 4;
  static final String HEAD = "head";
  static final LabelSpace BREAST = LabelSpace.of("breast", "benign", "malignant");
  static final LabelSpace LUNG = LabelSpace.of("lung", "none", "nodule", "mass");

  /** A base that knows nothing (logits 0) but sees the input itself before its last layer. */
  static final class TaskRuntime implements ModelRuntime {
    static final BaseModel BASE = BaseModel.named("heads");
    private final List<String> runs = Collections.synchronizedList(new ArrayList<>());

    List<String> runs() {
      return List.copyOf(runs);
    }

    @Override
    public BaseModel base() {
      return BASE;
    }

    @Override
    public Outputs run(PluginModule plugin, ModelInput batch) {
      runs.add(plugin.id().centre() + "/" + batch.size());
      Replacement head = (Replacement) plugin.update(HEAD).orElseThrow();
      double[] w = head.tensor().toDoubles();
      float[] x = batch.values().toFloats();
      int classes = w.length / (WIDTH + 1);
      float[] logits = new float[batch.size() * classes];
      for (int row = 0; row < batch.size(); row++) {
        for (int c = 0; c < classes; c++) {
          double sum = w[c * (WIDTH + 1) + WIDTH];
          for (int k = 0; k < WIDTH; k++) {
            sum += w[c * (WIDTH + 1) + k] * x[row * WIDTH + k];
          }
          logits[row * classes + c] = (float) sum;
        }
      }
      return Outputs.ofLogits(batch.size(), classes, logits);
    }

    @Override
    public Outputs runBase(ModelInput batch) {
      runs.add("base/" + batch.size());
      return Outputs.ofLogits(batch.size(), 2, new float[2 * batch.size()]);
    }

    @Override
    public Features features(ModelInput batch) {
      return Features.of(batch.size(), WIDTH, batch.values().toFloats());
    }

    @Override
    public void close() {}
  }

  private final double[][][] points;
  private final List<Contribution> contributions = new ArrayList<>();
  private final List<LabelSpace> spaces;

  /** One centre per label space given. */
  Tasks(long seed, int perClass, LabelSpace... spaces) {
    this.spaces = List.of(spaces);
    Random random = new Random(seed);
    this.points = new double[spaces.length][][];
    for (int i = 0; i < spaces.length; i++) {
      points[i] = new double[spaces[i].size()][WIDTH];
      double[] home = new double[WIDTH];
      for (int k = 0; k < WIDTH; k++) {
        home[k] = 6 * random.nextGaussian();
      }
      for (double[] point : points[i]) {
        for (int k = 0; k < WIDTH; k++) {
          point[k] = home[k] + 1.5 * random.nextGaussian();
        }
      }
      contributions.add(new Contribution(module(i, spaces[i]), set(random, i, perClass)));
    }
  }

  private PluginModule module(int i, LabelSpace space) {
    float[] head = new float[space.size() * (WIDTH + 1)];
    for (int c = 0; c < space.size(); c++) {
      double square = 0;
      for (int k = 0; k < WIDTH; k++) {
        head[c * (WIDTH + 1) + k] = (float) points[i][c][k];
        square += points[i][c][k] * points[i][c][k];
      }
      head[c * (WIDTH + 1) + WIDTH] = (float) (-square / 2);
    }
    return PluginModule.of(
        new PluginId("centre-" + i, space.name(), "1"),
        TaskRuntime.BASE,
        Map.of(HEAD, new Replacement(Tensor.of(Shape.of(space.size(), WIDTH + 1), head), space)),
        Provenance.unknown());
  }

  DistilledSet set(Random random, int centre, int perClass) {
    int classes = spaces.get(centre).size();
    float[][] rows = new float[classes * perClass][];
    int[] labels = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      labels[i] = i % classes;
      rows[i] = new float[WIDTH];
      for (int k = 0; k < WIDTH; k++) {
        rows[i][k] = (float) (points[centre][labels[i]][k] + random.nextGaussian());
      }
    }
    return DistilledSet.of(spaces.get(centre), ModelInput.ofRows(rows), labels);
  }

  List<Contribution> contributions() {
    return List.copyOf(contributions);
  }

  PluginModule plugin(int i) {
    return contributions.get(i).module();
  }

  OutputMemory memory(TaskRuntime runtime) {
    return OutputMemory.record(contributions, runtime);
  }
}
