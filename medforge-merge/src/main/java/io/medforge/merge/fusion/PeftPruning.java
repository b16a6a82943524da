package io.medforge.merge.fusion;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.kernel.CounterRandom;
import io.medforge.merge.kernel.SignElection;
import io.medforge.plugin.DType;
import io.medforge.plugin.Digest;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What PEFT's {@code merge_utils} does to a list of tensors: prune each, perhaps elect signs, sum.
 *
 * @param name of the combination type, without svd
 * @param density the part that is kept
 * @param vote how signs are elected, if they are
 * @param seed if elements are dropped at random, else by magnitude
 */
record PeftPruning(String name, double density, Optional<SignVote> vote, OptionalLong seed) {
  private static final int TILE = 1 << 14;

  PeftPruning {
    if (seed.isPresent() ? !(density > 0) : !(density >= 0)) {
      throw new IllegalArgumentException(
          "expected a density "
              + (seed.isPresent() ? "above 0, by which PEFT divides" : "of at least 0")
              + ", found "
              + density);
    }
    if (vote.isPresent() && vote.get() == SignVote.WEIGHTED) {
      throw new IllegalArgumentException(
          "expected UNWEIGHTED (PEFT's total) or FREQUENCY, found WEIGHTED, which PEFT does not"
              + " know");
    }
  }

  SortedMap<String, String> parameters() {
    SortedMap<String, String> parameters = new TreeMap<>();
    parameters.put("density", Double.toString(density));
    vote.ifPresent(
        v ->
            parameters.put(
                "majority-sign-method", v == SignVote.FREQUENCY ? "frequency" : "total"));
    seed.ifPresent(value -> parameters.put("seed", Long.toString(value)));
    return parameters;
  }

  /**
   * The merged tensor, in float, computed when it is read.
   *
   * @param where names the tensors, for random numbers
   * @param weights as PEFT puts them into a float tensor
   */
  Tensor merge(String where, List<Tensor> tensors, List<Float> weights) {
    List<Tensor> pruned = new ArrayList<>();
    for (Tensor tensor : tensors) {
      pruned.add(new ComputedTensor(tensor.shape(), pruned(where, tensor)));
    }
    ComputedTensor.Elements merged =
        vote.isPresent()
            ? new ElectedElements(pruned, weights, vote.get().vote(), SignElection.Divisor.COUNT)
            : new FloatSummedElements(pruned, weights);
    return new ComputedTensor(tensors.get(0).shape(), merged);
  }

  /** Only the types in which PEFT's own sums are float. */
  static void checkType(String layer, DType type) {
    if (type == DType.F64) {
      throw new IncompatiblePluginsException(
          "expected factors of F32, F16 or BF16 for PEFT's pruning, found F64, at layer " + layer);
    }
  }

  private ComputedTensor.Elements pruned(String where, Tensor tensor) {
    if (density >= 1) {
      return tensor::read;
    }
    if (seed.isPresent()) {
      return new RandomMask(tensor, stream(where, tensor), density, true);
    }
    long kept = (long) (density * tensor.shape().elements());
    return MagnitudeBand.withRanks(tensor, kept, 0, TILE);
  }

  /** By content, so that it depends on neither the order nor the names of the adapters. */
  private CounterRandom stream(String where, Tensor tensor) {
    String hash = Digest.builder().add(seed.orElseThrow()).add(where).add(tensor).build().hex();
    return new CounterRandom(Long.parseUnsignedLong(hash.substring(0, 16), 16));
  }
}
