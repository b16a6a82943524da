package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.SignElection;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Sparsifies each delta, then sums, or elects signs and averages those that agree. */
record SparseRule(String name, Sparsifier sparsifier, Optional<SignVote> election)
    implements AveragingRule {
  @Override
  public RuleDescription description() {
    SortedMap<String, String> parameters = new TreeMap<>(sparsifier.parameters());
    parameters.put("arithmetic", "F32");
    election.ifPresent(vote -> parameters.put("sign-vote", vote.name()));
    return new RuleDescription(
        name,
        parameters,
        List.of(FusionSpace.DENSE, FusionSpace.FACTORS),
        sparsifier.seeded(),
        false);
  }

  @Override
  public LayerAverage average(LayerUpdates layer) {
    election.ifPresent(vote -> checkWeights(layer));
    List<Tensor> deltas = layer.deltas();
    List<Tensor> sparse = new ArrayList<>();
    for (int i = 0; i < deltas.size(); i++) {
      sparse.add(sparsifier.sparsify(layer, layer.members().get(i), deltas.get(i)));
    }
    List<Float> weights = layer.weights().stream().map(Double::floatValue).toList();
    ComputedTensor.Elements merged =
        election.isPresent()
            ? new ElectedElements(
                sparse, weights, election.get().vote(), SignElection.Divisor.WEIGHTS)
            : new SummedElements(sparse, layer.weights());
    return new LayerAverage.Elements(new ComputedTensor(layer.shape(), merged));
  }

  /** With mixed signs the weights that agree may cancel, and their mean explode. */
  private void checkWeights(LayerUpdates layer) {
    for (LayerUpdates.Member member : layer.members()) {
      if (member.weight() < 0) {
        throw new IncompatiblePluginsException(
            "expected coefficients of at least 0 for "
                + name
                + ", which divides by their sum, found "
                + member.weight()
                + ", at plugin "
                + member.plugin()
                + ", layer "
                + layer.layer());
      }
    }
  }
}
