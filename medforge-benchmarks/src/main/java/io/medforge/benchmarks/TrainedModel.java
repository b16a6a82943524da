package io.medforge.benchmarks;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.branch.InitialParameters;
import io.medforge.plugin.branch.TrainingData;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.Network;
import io.medforge.runtime.djl.VisionTransformer;
import java.util.List;
import java.util.Random;

/** What the training benchmarks train: a base of random weights, rows of random numbers. */
public enum TrainedModel {
  /** A perceptron of 30 inputs and two hidden layers of 128. */
  MLP {
    @Override
    Network network() {
      List<String> layers = List.of("fc1", "fc2", "fc3");
      return Network.of(
          "mlp",
          Architecture.mlp("fc1", "fc2", "fc3"),
          InitialParameters.mlp(layers, List.of(30, 128, 128, 2), 1));
    }

    @Override
    Shape shape(int rows) {
      return Shape.of(rows, 30);
    }
  },

  /** A vision transformer for 28 x 28 images: patches of 7, four blocks of width 64, four heads. */
  VIT {
    @Override
    Network network() {
      VisionTransformer architecture = VisionTransformer.of(28, 7, 2).build();
      return Network.of("vit", architecture, InitialParameters.visionTransformer(architecture, 1));
    }

    @Override
    Shape shape(int rows) {
      return Shape.of(rows, 1, 28, 28);
    }
  };

  static final LabelSpace LABELS = LabelSpace.of("finding", "absent", "present");
  static final PluginId PLUGIN = PluginId.parse("centre/finding:1");

  private static final String NATIVES = "jnilib/pytorch.properties";

  /** Refuses to begin where PyTorch cannot start: benchmarks.jar comes without its natives. */
  static void checkNatives(ClassLoader path) {
    if (path.getResource(NATIVES) == null) {
      throw new IllegalStateException(
          "expected PyTorch's native libraries on the class path, found no "
              + NATIVES
              + ": medforge.jar brings them, so run java -Dai.djl.offline=true -cp"
              + " benchmarks.jar:medforge.jar org.openjdk.jmh.Main");
    }
  }

  abstract Network network();

  abstract Shape shape(int rows);

  /** Rows of standard normal numbers, shifted a little by class. */
  ModelInput inputs(int rows) {
    Random random = new Random(1);
    float[] values = new float[Math.toIntExact(shape(rows).elements())];
    int width = values.length / rows;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() + 0.5 * (i / width % 2));
    }
    return new ModelInput(Tensor.of(shape(rows), values));
  }

  TrainingData data(int rows) {
    return TrainingData.of(inputs(rows), classes(rows));
  }

  static int[] classes(int rows) {
    int[] classes = new int[rows];
    for (int row = 0; row < rows; row++) {
      classes[row] = row % 2;
    }
    return classes;
  }
}
