package io.medforge.study.xray;

import io.medforge.merge.mixture.Gate;
import io.medforge.merge.mixture.MixedPrediction;
import io.medforge.merge.mixture.MixtureModel;
import io.medforge.study.evidence.WeightPath;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the report says beside the table, of the first seed unless stated: no test image takes part.
 *
 * @param arrivals the same hospitals in several orders, of every seed
 * @param late a hospital with an outdated version
 * @param honest what the checks make of everybody's honest modules, of every seed
 * @param attacks the poisoned hospital, by what it sends, of every seed
 * @param shares how much each plugin counts in Mixture on public images, as each hospital's scanner
 *     would have taken them
 * @param fitted Mixture's fitted weights as hospitals join
 * @param searched Fusion's searched weights as hospitals join
 * @param leakage attacks on what leaves; none where privacy is left out
 */
record XrayFacts(
    List<Arrivals> arrivals,
    LateHospital late,
    List<PoisonedHospital> honest,
    SortedMap<PoisonedHospital.Poison, List<PoisonedHospital>> attacks,
    SortedMap<String, SortedMap<String, Double>> shares,
    WeightPath fitted,
    WeightPath searched,
    List<XrayLeakage.Audited> leakage) {
  private static final int LOOKED_AT = 60;

  /** How much each plugin counts, by scanner. */
  static SortedMap<String, SortedMap<String, Double>> shares(XrayRun run, XrayHospitals hospitals) {
    MixtureModel model = run.behind(Gate.memory(run.memory()));
    SortedMap<String, SortedMap<String, Double>> shares = new TreeMap<>();
    for (String centre : hospitals.scanners().keySet()) {
      List<MixedPrediction> predictions =
          model.predictAll(run.runtime(), hospitals.publicly(centre, LOOKED_AT).inputs());
      SortedMap<String, Double> mean = new TreeMap<>();
      for (MixedPrediction prediction : predictions) {
        prediction
            .weights()
            .forEach(
                (plugin, weight) ->
                    mean.merge(plugin.centre(), weight / predictions.size(), Double::sum));
      }
      shares.put(centre, mean);
    }
    return shares;
  }
}
