package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;

/** Makes updates of the base's parameters out of an adapter's tensors. Exact. */
final class UpdateAssembly {
  private static final String WEIGHT = ".weight";
  private static final int MATRIX = 2;
  // Channels and at most three axes of a kernel.
  private static final int MAX_DIMENSIONS = 5;
  private static final double SCALING_ULPS = 2;

  private final AdapterConfig config;
  private final AdapterMetadata metadata;
  private final String file;
  private final SortedMap<String, Update> updates = new TreeMap<>();

  private UpdateAssembly(AdapterConfig config, AdapterMetadata metadata, String file) {
    this.config = config;
    this.metadata = metadata;
    this.file = file;
  }

  /**
   * The updates by layer name, the base's parameter name.
   *
   * @param labels the label space of a parameter trained whole
   * @param file the tensor file, for messages
   * @throws MalformedPluginException if a part is missing, twice there, or of a wrong shape or type
   */
  static SortedMap<String, Update> assemble(
      AdapterTensors tensors,
      AdapterConfig config,
      AdapterMetadata metadata,
      Function<String, LabelSpace> labels,
      String file) {
    UpdateAssembly assembly = new UpdateAssembly(config, metadata, file);
    tensors.factors().forEach(assembly::addFactors);
    tensors
        .wholes()
        .forEach((name, tensor) -> assembly.add(name, new Replacement(tensor, labels.apply(name))));
    assembly.checkMetadata(tensors);
    return assembly.updates;
  }

  private void addFactors(String module, AdapterTensors.Factors factors) {
    Tensor a = factors.a();
    Tensor b = factors.b();
    if (a == null || b == null) {
      String missing = (a == null ? AdapterTensors.LORA_A : AdapterTensors.LORA_B).substring(1);
      throw malformed("A and B", "no " + missing, at(module));
    }
    checkFactors(module, a, b);
    double scaling = scalingOf(module);
    try {
      add(module + WEIGHT, new LowRankUpdate(a, b, scaling, layoutOf(a)));
    } catch (IllegalArgumentException e) {
      throw malformed("factors of LoRA", quote(String.valueOf(e.getMessage())), at(module), e);
    }
    addBias(module, factors, b, scaling);
  }

  private void checkFactors(String module, Tensor a, Tensor b) {
    int dimensions = a.shape().dimensions();
    if (dimensions < MATRIX
        || dimensions > MAX_DIMENSIONS
        || b.shape().dimensions() != dimensions) {
      throw malformed(
          "A [r, k] and B [d, r], or a convolution's A [r, c, h, w] and B [d, r, 1, 1]",
          "A " + a.shape() + " and B " + b.shape(),
          at(module));
    }
    int rank = config.rankOf(module);
    if (a.shape().dimension(0) != rank) {
      throw malformed(
          "rank " + rank + " as " + config.at() + " says",
          "A " + a.shape() + " of rank " + a.shape().dimension(0),
          at(module));
    }
    long inB = b.shape().dimension(1);
    if (dimensions > MATRIX && inB < rank && inB > 0 && rank % inB == 0) {
      throw malformed(
          "a convolution of one group",
          "a grouped convolution, A " + a.shape() + " and B " + b.shape(),
          at(module));
    }
  }

  private LowRankUpdate.Layout layoutOf(Tensor a) {
    // PEFT heeds fan_in_fan_out for linear layers only.
    return config.fanInFanOut() && a.shape().dimensions() == MATRIX
        ? LowRankUpdate.Layout.IN_OUT
        : LowRankUpdate.Layout.OUT_IN;
  }

  private double scalingOf(String module) {
    double scaling = config.scalingOf(module);
    if (!Double.isFinite(scaling)) {
      throw malformed("a finite scaling", scaling, config.at() + ", module " + quote(module));
    }
    Double exact = metadata.scalings().get(module);
    if (exact == null) {
      return scaling;
    }
    if (Math.abs(exact - scaling) > SCALING_ULPS * Math.ulp(scaling)) {
      throw malformed(
          "scaling " + exact + " as the file's metadata says",
          scaling + " in " + config.at(),
          at(module));
    }
    return exact;
  }

  private void addBias(String module, AdapterTensors.Factors factors, Tensor b, double scaling) {
    Tensor bias = factors.bias();
    if ((bias != null) != config.loraBias()) {
      throw malformed(
          "a bias of B exactly where lora_bias is true",
          "lora_bias = " + config.loraBias() + " and " + (bias == null ? "no bias" : "a bias"),
          at(module));
    }
    if (bias == null) {
      return;
    }
    if (!bias.dtype().isFloatingPoint() || !bias.shape().equals(Shape.of(b.shape().dimension(0)))) {
      throw malformed(
          "a floating-point bias of B of shape [" + b.shape().dimension(0) + "]",
          bias.dtype() + bias.shape().toString(),
          at(module));
    }
    if (!metadata.padding().contains(module)) {
      add(module + AdapterTensors.BIAS, new DenseUpdate(BiasScaling.toDelta(bias, scaling)));
    } else if (!TensorContent.isZero(bias)) {
      throw malformed("zeros, as the file's metadata says", "another bias of B", at(module));
    }
  }

  private void add(String layer, Update update) {
    if (updates.put(layer, update) != null) {
      throw malformed(
          "one update of parameter " + quote(layer),
          "two (LoRA and modules_to_save, or lora_bias and bias)",
          file);
    }
  }

  /** Nothing in the metadata may speak of what is not there. */
  private void checkMetadata(AdapterTensors tensors) {
    for (String module : metadata.scalings().keySet()) {
      checkKnown(tensors.factors().containsKey(module), module);
    }
    for (String module : metadata.padding()) {
      checkKnown(tensors.factors().containsKey(module) && config.loraBias(), module);
    }
    for (String parameter : metadata.labels().keySet()) {
      checkKnown(tensors.wholes().containsKey(parameter), parameter);
    }
  }

  private void checkKnown(boolean known, String name) {
    if (!known) {
      throw malformed("metadata about the file's tensors", quote(name), file);
    }
  }

  private String at(String module) {
    return file + ", module " + quote(module);
  }
}
