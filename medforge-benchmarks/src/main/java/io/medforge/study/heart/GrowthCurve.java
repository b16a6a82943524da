package io.medforge.study.heart;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.mixture.FittedWeights;
import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.Mixture;
import io.medforge.plugin.PluginModule;
import io.medforge.study.Answers;
import io.medforge.study.Seeds;
import io.medforge.study.evidence.CentreClassifier;
import io.medforge.study.evidence.Cost;
import io.medforge.study.evidence.EvidenceJson;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How merging grows: 2 to 64 simulated hospitals in the heart suite's form. All share one logistic
 * truth; each drifts from it in its weights and has a prevalence of its own, as the four real ones
 * do. Nobody's patients: what it shows is the trend, not medicine. Immutable.
 *
 * @param points one per number of hospitals
 */
public record GrowthCurve(List<Point> points) {
  private static final List<Integer> HOSPITALS = List.of(2, 4, 8, 16, 32, 64);
  private static final int REPEATS = 3;
  private static final int TRAINING = 60;
  private static final int TEST = 200;
  private static final double DRIFT = 0.35;
  private static final double PREVALENCE = 1.2;

  /** Copies the list. */
  public GrowthCurve {
    points = List.copyOf(points);
  }

  /**
   * What so many hospitals reach, means of hospitals over the repeats, and what it takes.
   *
   * @param hospitals n
   * @param local each hospital's own plugin
   * @param pooled all patients in one place
   * @param fusion the plain average
   * @param mixture each hospital's own weights
   * @param fusionCost bytes of Fusion
   * @param mixtureCost bytes of Mixture
   * @param mergeSeconds of one Fusion; differs from run to run
   * @param gateSeconds of one hospital's fit of its weights, folds included; differs too
   */
  public record Point(
      int hospitals,
      double local,
      double pooled,
      double fusion,
      double mixture,
      Cost fusionCost,
      Cost mixtureCost,
      double mergeSeconds,
      double gateSeconds) {}

  /**
   * Simulates.
   *
   * @return the curve; but for the seconds the same in every run
   */
  public static GrowthCurve simulate() {
    return simulate(HOSPITALS, REPEATS);
  }

  static GrowthCurve simulate(List<Integer> hospitals, int repeats) {
    return new GrowthCurve(hospitals.stream().map(n -> point(n, repeats)).toList());
  }

  private static Point point(int n, int repeats) {
    LogisticFamily family = new LogisticFamily(HeartPlan.STUDY.ridge(), HeartData.FEATURES);
    double[] accuracy = new double[4];
    double mergeSeconds = 0;
    double gateSeconds = 0;
    for (int repeat = 0; repeat < repeats; repeat++) {
      int seed = repeat;
      SortedMap<String, HospitalBranch> branches = new TreeMap<>();
      SortedMap<String, CentreRows> test = new TreeMap<>();
      deal(n, repeat, family, branches, test);
      SortedMap<String, PluginModule> modules = new TreeMap<>();
      branches.forEach((centre, branch) -> modules.put(centre, branch.plugin(seed)));
      PluginSet plugins = PluginSet.of(modules.values());
      long start = System.nanoTime();
      PluginModule fused = Fusion.average().rank(1).build().merge(plugins).value();
      long merged = System.nanoTime();
      SortedMap<String, FittedWeights> own = new TreeMap<>();

      branches.forEach((centre, branch) -> own.put(centre, branch.ownWeights(plugins, seed)));
      gateSeconds += (System.nanoTime() - merged) / 1e9 / n / repeats;
      mergeSeconds += (merged - start) / 1e9 / repeats;
      CentreRows everybody =
          CentreRows.pooled(branches.values().stream().map(HospitalBranch::patients).toList());
      SortedMap<String, CentreClassifier> mixtures = new TreeMap<>();
      SortedMap<String, CentreClassifier> alone = new TreeMap<>();
      modules.forEach(
          (centre, module) -> alone.put(centre, Classifiers.plugin(family.runtime(), module)));
      own.forEach(
          (centre, fit) ->
              mixtures.put(
                  centre,
                  Classifiers.mixture(
                      family.runtime(),
                      Mixture.gatedBy(Gate.fitted(fit)).build().merge(plugins).value())));
      accuracy[0] += mean(Classifiers.byCentre(alone), test) / repeats;
      accuracy[1] += mean(family.pooled(everybody, repeat), test) / repeats;
      accuracy[2] += mean(Classifiers.plugin(family.runtime(), fused), test) / repeats;
      accuracy[3] += mean(Classifiers.byCentre(mixtures), test) / repeats;
    }
    HeartCosts costs = new HeartCosts(n, 2L * (HeartData.FEATURES + 1), family.modelBytes());
    return new Point(
        n,
        accuracy[0],
        accuracy[1],
        accuracy[2],
        accuracy[3],
        costs.fusion(costs.module()),
        costs.mixture(),
        mergeSeconds,
        gateSeconds);
  }

  /** Draws hospitals: the first ones are the same whatever their number. */
  private static void deal(
      int n,
      int repeat,
      LogisticFamily family,
      SortedMap<String, HospitalBranch> branches,
      SortedMap<String, CentreRows> test) {
    double[] truth = gaussian(Seeds.random(repeat, "growth/truth"), HeartData.FEATURES + 1, 0.6);
    for (int h = 0; h < n; h++) {
      String centre = String.format(Locale.ROOT, "simulated-%02d", h);
      Random random = Seeds.random(repeat, "growth/" + centre);
      double[] own = truth.clone();
      double[] drift = gaussian(random, own.length, DRIFT);
      for (int f = 0; f < own.length; f++) {
        own[f] += drift[f];
      }
      own[HeartData.FEATURES] = PREVALENCE * random.nextGaussian();
      branches.put(
          centre,
          new HospitalBranch(
              centre, patients(own, TRAINING, random), HeartPlan.STUDY.folds(), family));
      test.put(centre, patients(own, TEST, random));
    }
  }

  private static double[] gaussian(Random random, int size, double deviation) {
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      values[i] = deviation * random.nextGaussian();
    }
    return values;
  }

  private static CentreRows patients(double[] truth, int size, Random random) {
    float[][] rows = new float[size][HeartData.FEATURES];
    int[] classes = new int[size];
    for (int i = 0; i < size; i++) {
      for (int f = 0; f < rows[i].length; f++) {
        rows[i][f] = (float) random.nextGaussian();
      }
      double probability = LogisticModel.sigmoid(LogisticModel.logit(truth, rows[i]));
      classes[i] = random.nextDouble() < probability ? CentreRows.DISEASED : CentreRows.HEALTHY;
    }
    return CentreRows.of(rows, classes);
  }

  private static double mean(CentreClassifier classifier, SortedMap<String, CentreRows> test) {
    List<Double> accuracies = new ArrayList<>();
    test.forEach(
        (centre, rows) ->
            accuracies.add(
                Answers.of(rows.classes(), classifier.finding(centre, rows.inputs())).accuracy()));
    return accuracies.stream().mapToDouble(Double::doubleValue).sum() / accuracies.size();
  }

  /**
   * What repeats to the last digit.
   *
   * @return one object per point; a new tree
   */
  public ArrayNode toJson() {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (Point point : points) {
      json.addObject()
          .put("hospitals", point.hospitals())
          .put("local", EvidenceJson.rounded(point.local()))
          .put("pooled", EvidenceJson.rounded(point.pooled()))
          .put("fusion", EvidenceJson.rounded(point.fusion()))
          .put("mixture", EvidenceJson.rounded(point.mixture()))
          .put("fusionBytes", point.fusionCost().total())
          .put("mixtureBytes", point.mixtureCost().total());
    }
    return json;
  }

  /**
   * What does not.
   *
   * @return seconds by number of hospitals; a new tree
   */
  public ArrayNode seconds() {
    ArrayNode json = JsonNodeFactory.instance.arrayNode();
    for (Point point : points) {
      json.addObject()
          .put("hospitals", point.hospitals())
          .put("merge", EvidenceJson.rounded(point.mergeSeconds()))
          .put("gate", EvidenceJson.rounded(point.gateSeconds()));
    }
    return json;
  }
}
