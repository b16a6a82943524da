package io.medforge.merge.fusion;

import io.medforge.plugin.LowRankUpdate;
import java.util.Arrays;
import java.util.List;

/** {@code sum w_i Delta_i = U S V^T} becomes {@code mean(S) U V^T}. */
record IsoC() implements SpectralRule.Step {
  @Override
  public SingularTerms merge(LayerUpdates layer, List<WeightedUpdate<LowRankUpdate>> parts) {
    SingularTerms sum =
        SingularTerms.of(ProductSpaceRule.decompose(layer.layer(), parts), Integer.MAX_VALUE);
    double mean = 0;
    for (double value : sum.values()) {
      mean += value / sum.size();
    }
    double[] flat = new double[sum.size()];
    Arrays.fill(flat, mean);
    return sum.withValues(flat);
  }
}
