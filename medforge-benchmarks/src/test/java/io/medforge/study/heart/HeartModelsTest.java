package io.medforge.study.heart;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Outputs;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class HeartModelsTest {
  private static final PluginId ID = new PluginId("east", "heart", "1");
  private static final int WIDTH = 3;

  private static CentreRows rows(long seed, int size) {
    Random random = new Random(seed);
    float[][] features = new float[size][WIDTH];
    int[] classes = new int[size];
    for (int i = 0; i < size; i++) {
      double logit = 0;
      for (int f = 0; f < WIDTH; f++) {
        features[i][f] = (float) random.nextGaussian();
        logit += (f - 1) * features[i][f];
      }
      classes[i] = random.nextDouble() < LogisticModel.sigmoid(logit) ? 0 : 1;
    }
    return CentreRows.of(features, classes);
  }

  /** The penalised log-likelihood's slope, written out. */
  private static double[] slope(CentreRows rows, double ridge, double[] theta) {
    double[] slope = new double[theta.length];
    for (int i = 0; i < rows.size(); i++) {
      double p = LogisticModel.sigmoid(LogisticModel.logit(theta, rows.row(i)));
      double error = (rows.classOf(i) == CentreRows.DISEASED ? 1 : 0) - p;
      for (int f = 0; f < WIDTH; f++) {
        slope[f] += error * rows.row(i)[f];
      }
      slope[WIDTH] += error;
    }
    for (int f = 0; f < slope.length; f++) {
      slope[f] -= ridge * theta[f];
    }
    return slope;
  }

  @Property(tries = 50)
  void ridgeRegressionEndsWhereTheSlopeIsNone(@ForAll long seed) {
    CentreRows rows = rows(seed, 25);
    double[] theta = new RidgeRegression(0.5).fit(rows).parameters();
    for (double each : slope(rows, 0.5, theta)) {
      assertThat(each).isCloseTo(0, within(1e-8));
    }
  }

  @Test
  void patientsOfOneClassGiveAFiniteModelThatCallsThemAll() {
    CentreRows rows =
        CentreRows.of(new float[][] {{1, 0, 2}, {-1, 1, 0}, {0, -1, -2}}, new int[] {0, 0, 0});
    LogisticModel model = new RidgeRegression(1).fit(rows);
    for (int i = 0; i < rows.size(); i++) {
      assertThat(model.probability(rows.row(i))).isBetween(0.5, 1.0).isNotEqualTo(0.5);
    }
  }

  @Test
  void aPluginAnswersAsItsModelRoundedToF16() {
    LogisticRuntime runtime = new LogisticRuntime(WIDTH);
    LogisticModel model = new LogisticModel(new double[] {0.5, -1.25, 2, 0.75});
    PluginModule plugin = runtime.plugin(ID, model);
    CentreRows rows = rows(7, 20);
    Outputs outputs = runtime.run(plugin, rows.inputs());
    for (int i = 0; i < rows.size(); i++) {
      assertThat(outputs.logit(i, 0)).isEqualTo((float) model.logit(rows.row(i)));
      assertThat(outputs.logit(i, 1)).isZero();
    }
    assertThat(runtime.runBase(rows.inputs()).probabilities(3)).containsExactly(0.5, 0.5);
    assertThatThrownBy(() -> new LogisticRuntime(WIDTH + 1).run(plugin, rows.inputs()))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessageContaining("east/heart:1");
    assertThatThrownBy(() -> runtime.run(plugin, ModelInput.ofRows(new float[] {1})))
        .hasMessageContaining("[n, 3]");
  }

  @Test
  void outOfFoldAHospitalsOwnPluginHasNotSeenThePatient() {
    LogisticRuntime runtime = new LogisticRuntime(WIDTH);
    PluginModule all = runtime.plugin(ID, LogisticModel.zero(WIDTH));
    PluginModule first = runtime.plugin(ID, new LogisticModel(new double[] {0, 0, 0, 1}));
    PluginModule second = runtime.plugin(ID, new LogisticModel(new double[] {0, 0, 0, 2}));
    PluginModule other =
        runtime.plugin(
            new PluginId("west", "heart", "1"), new LogisticModel(new double[] {0, 0, 0, 3}));
    CentreRows rows = rows(3, 4);
    OutOfFoldRuntime outOfFold = new OutOfFoldRuntime(runtime, ID, List.of(first, second));
    ModelInput inputs = OutOfFoldRuntime.inputs(rows, 0, 1, 1, 0);
    Outputs own = outOfFold.run(all, inputs);
    assertThat(List.of(own.logit(0, 0), own.logit(1, 0), own.logit(2, 0), own.logit(3, 0)))
        .containsExactly(1f, 2f, 2f, 1f);
    assertThat(outOfFold.run(other, inputs).logit(2, 0)).isEqualTo(3f);
    assertThat(outOfFold.features(inputs).row(1)).isEqualTo(rows.row(1));
    assertThat(outOfFold.runBase(inputs).logit(0, 0)).isZero();
  }

  @Test
  void oneHospitalsFederationIsItsOwnGradientDescent() {
    CentreRows rows = rows(5, 8);
    FederatedTraining whole =
        new FederatedTraining(1, 6, 4, 0.1, 0, FederatedTraining.Server.AVERAGE);
    FederatedTraining rounds =
        new FederatedTraining(3, 2, 4, 0.1, 0, FederatedTraining.Server.AVERAGE);
    double[] one = whole.train(List.of(rows), 9).parameters();
    double[] several = rounds.train(List.of(rows), 9).parameters();
    for (int i = 0; i < one.length; i++) {
      assertThat(several[i]).isCloseTo(one[i], within(1e-12));
    }
  }

  @Test
  void aStrongProximalTermHoldsHospitalsNearTheCommonModel() {
    CentreRows rows = rows(6, 40);
    FederatedTraining none =
        new FederatedTraining(1, 50, 4, 0.1, 0, FederatedTraining.Server.AVERAGE);
    FederatedTraining strong =
        new FederatedTraining(1, 50, 4, 0.1, 5, FederatedTraining.Server.AVERAGE);
    FederatedTraining still =
        new FederatedTraining(0, 50, 4, 0.1, 0, FederatedTraining.Server.AVERAGE);
    double[] start = still.train(List.of(rows), 2).parameters();
    assertThat(distance(strong.train(List.of(rows), 2).parameters(), start))
        .isLessThan(distance(none.train(List.of(rows), 2).parameters(), start) / 2);
  }

  @Test
  void adamsFirstStepIsTheSameInEveryCoordinate() {
    CentreRows rows = rows(8, 40);
    FederatedTraining adam = new FederatedTraining(1, 5, 4, 0.1, 0, FederatedTraining.Server.ADAM);
    FederatedTraining still = new FederatedTraining(0, 5, 4, 0.1, 0, FederatedTraining.Server.ADAM);
    double[] start = still.train(List.of(rows), 2).parameters();
    double[] moved = adam.train(List.of(rows), 2).parameters();
    // 0.01 * 0.1 c / sqrt(0.001 c^2) for a change c.
    for (int i = 0; i < start.length; i++) {
      assertThat(Math.abs(moved[i] - start[i])).isCloseTo(0.001 / Math.sqrt(0.001), within(1e-5));
    }
  }

  private static double distance(double[] one, double[] other) {
    double sum = 0;
    for (int i = 0; i < one.length; i++) {
      sum += (one[i] - other[i]) * (one[i] - other[i]);
    }
    return Math.sqrt(sum);
  }
}
