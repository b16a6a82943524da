package io.medforge.merge.fusion;

import io.medforge.plugin.LowRankUpdate;
import java.util.ArrayList;
import java.util.List;

/**
 * Of each {@code w_i Delta_i = U_i S_i V_i^T} the first q singular values; U = [U_1 ... U_n] and V
 * likewise are replaced by their polar factors U (U^T U)^(-1/2), the nearest orthonormal vectors,
 * so that no plugin writes into another's directions; the sum is U~ diag(S_1 ... S_n) V~^T.
 */
record TsvM() implements SpectralRule.Step {
  @Override
  public SingularTerms merge(LayerUpdates layer, List<WeightedUpdate<LowRankUpdate>> parts) {
    LowRankUpdate any = parts.get(0).update();
    int share = Math.max(1, (int) (Math.min(any.out(), any.in()) / layer.size()));
    List<SingularTerms> kept = new ArrayList<>();
    for (WeightedUpdate<LowRankUpdate> part : parts) {
      kept.add(SingularTerms.of(ProductSpaceRule.decompose(layer.layer(), List.of(part)), share));
    }
    SingularTerms all = SingularTerms.concatenated(kept);
    return all.size() == 0 ? all : all.orthonormal();
  }
}
