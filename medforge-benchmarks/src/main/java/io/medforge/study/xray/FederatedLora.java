package io.medforge.study.xray;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeStrategy;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.djl.Network;
import io.medforge.study.evidence.Cost;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Federated averaging of LoRAs without the error of averaging factors: in each round every hospital
 * trains a LoRA on the common model; all of them, stacked, go to everybody and are added to the
 * model, weighted by numbers of images (FLoRA; Wang et al., NeurIPS 2024, arXiv 2409.05976).
 *
 * @param network the common model after the last round
 * @param cost what was sent
 */
record FederatedLora(Network network, Cost cost) {
  static FederatedLora train(XrayPlan plan, XrayModels start, SortedMap<String, Images> hospitals) {
    XrayModels common = start;
    long up = 0;
    int epochs = Math.max(1, plan.epochs() / plan.rounds());
    for (int round = 0; round < plan.rounds(); round++) {
      List<PluginModule> modules = new ArrayList<>();
      Map<PluginId, Double> images = new TreeMap<>();
      for (var hospital : hospitals.entrySet()) {
        String purpose = "federated/" + round + "/" + hospital.getKey();
        PluginModule module = common.lora(hospital.getKey(), hospital.getValue(), epochs, purpose);
        modules.add(module);
        images.put(module.id(), (double) hospital.getValue().size());
        up += XrayModels.bytes(module);
      }
      MergeStrategy<PluginModule> average =
          Fusion.average().coefficients(Coefficients.perPlugin(images)).normalized().build();
      common = common.with(added(common.base(), average.merge(PluginSet.of(modules)).value()));
    }
    Cost cost = new Cost(up, up * hospitals.size(), plan.rounds(), false);
    return new FederatedLora(common.base(), cost);
  }

  private static SortedMap<String, Tensor> added(Network network, PluginModule change) {
    SortedMap<String, Tensor> parameters = new TreeMap<>(network.parameters());
    change
        .updates()
        .forEach(
            (layer, update) ->
                parameters.computeIfPresent(layer, (name, weight) -> plus(weight, update)));
    return parameters;
  }

  private static Tensor plus(Tensor weight, Update update) {
    if (!(update instanceof LowRankUpdate lowRank)) {
      throw new IllegalArgumentException("expected low-rank updates, found another");
    }
    double[] sum = weight.toDoubles();
    double[] a = lowRank.a().toDoubles();
    double[] b = lowRank.b().toDoubles();
    int rank = Math.toIntExact(lowRank.a().shape().dimension(0));
    int in = a.length / rank;
    for (int row = 0; row < b.length / rank; row++) {
      for (int r = 0; r < rank; r++) {
        double factor = lowRank.scaling() * b[row * rank + r];
        for (int column = 0; column < in; column++) {
          sum[row * in + column] += factor * a[r * in + column];
        }
      }
    }
    return Tensor.encode(weight.dtype(), weight.shape(), sum);
  }
}
