package io.medforge.plugin.peft;

import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.Arrays;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an adapter's folder is to hold. Values are not read yet, but for biases of B.
 *
 * @param config the text of adapter_config.json
 * @param tensors by the name in the tensor file
 * @param metadata of the tensor file
 */
record AdapterPlan(
    String config, SortedMap<String, Tensor> tensors, SortedMap<String, String> metadata) {
  private static final String WEIGHT = ".weight";

  /**
   * Plans a folder.
   *
   * @param dtype the type to round to, or null to keep every tensor's
   * @throws IllegalArgumentException if PEFT cannot express the module
   */
  static AdapterPlan of(PluginModule module, @Nullable DType dtype) {
    AdapterPlan plan = new Planning(module, dtype).plan();
    plan.checkReadsBackAs(module);
    return plan;
  }

  /** Reads the plan as a reader would, so that nothing is written that this package refuses. */
  private void checkReadsBackAs(PluginModule module) {
    try {
      String at = "the planned adapter";
      AdapterConfig read = AdapterConfig.parse(config, at);
      SortedMap<String, Update> updates =
          UpdateAssembly.assemble(
              AdapterTensors.sort(tensors, read, at),
              read,
              AdapterMetadata.parse(metadata, at),
              parameter -> LabelSpace.unstated(module.id()),
              at);
      if (!updates.keySet().equals(module.updates().keySet())) {
        throw new IllegalArgumentException(
            "expected layers that PEFT can name, found that "
                + module.updates().keySet()
                + " would come back as "
                + updates.keySet());
      }
    } catch (MalformedPluginException e) {
      throw new IllegalArgumentException(
          "expected a module that PEFT can express, found one of which " + e.getMessage(), e);
    }
  }

  /** One module's way into PEFT's names. */
  private static final class Planning {
    private final PluginModule module;
    private final @Nullable DType dtype;
    private final SortedMap<String, LowRankUpdate> adapted = new TreeMap<>();
    private final SortedMap<String, DenseUpdate> changes = new TreeMap<>();
    private final SortedMap<String, Replacement> replaced = new TreeMap<>();
    private final SortedMap<String, Tensor> tensors = new TreeMap<>();

    Planning(PluginModule module, @Nullable DType dtype) {
      this.module = module;
      this.dtype = dtype;
      module.updates().forEach(this::sort);
    }

    AdapterPlan plan() {
      if (adapted.isEmpty()) {
        throw new IllegalArgumentException(
            "expected at least one low-rank update, which PEFT needs, found none, at plugin "
                + module.id());
      }
      changes.keySet().forEach(this::checkIsBiasOfAdapted);
      WholeParameters wholes = WholeParameters.of(replaced.keySet());
      wholes.checkApartFrom(adapted.keySet());
      LoraSettings settings = LoraSettings.of(adapted);
      adapted.forEach(this::addFactors);
      replaced.forEach((parameter, update) -> addWhole(parameter, update, wholes));
      return new AdapterPlan(config(settings, wholes) + "\n", tensors, metadata(settings).toText());
    }

    private void sort(String layer, Update update) {
      if (update instanceof LowRankUpdate lora) {
        if (!layer.endsWith(WEIGHT)) {
          throw new IllegalArgumentException(
              Refusal.message("a module's weight, which PEFT adapts", "another", "layer " + layer));
        }
        adapted.put(layer.substring(0, layer.length() - WEIGHT.length()), lora);
      } else if (update instanceof DenseUpdate dense) {
        changes.put(layer, dense);
      } else if (update instanceof Replacement whole) {
        replaced.put(layer, whole);
      }
    }

    private void checkIsBiasOfAdapted(String layer) {
      LowRankUpdate lora =
          layer.endsWith(AdapterTensors.BIAS) ? adapted.get(AdapterTensors.moduleOf(layer)) : null;
      if (lora == null) {
        throw new IllegalArgumentException(
            Refusal.message(
                "dense updates of adapted modules' biases only, as PEFT stores no other",
                "another",
                "layer " + layer));
      }
    }

    private void addFactors(String name, LowRankUpdate lora) {
      String key = AdapterTensors.PREFIX + name;
      String layer = "layer " + name + WEIGHT;
      tensors.put(key + AdapterTensors.LORA_A, stored(lora.a(), layer));
      tensors.put(
          key + AdapterTensors.LORA_B,
          stored(withDimensions(lora.b(), lora.a().shape().dimensions()), layer));
      if (!changes.isEmpty()) {
        tensors.put(key + AdapterTensors.LORA_BIAS, bias(name, lora));
      }
    }

    private Tensor bias(String name, LowRankUpdate lora) {
      String layer = name + AdapterTensors.BIAS;
      DenseUpdate change = changes.get(layer);
      if (change == null) {
        Shape shape = Shape.of(lora.out());
        return stored(
            Tensor.encode(lora.b().dtype(), shape, new double[Math.toIntExact(lora.out())]), layer);
      }
      if (dtype != null) {
        return stored(BiasScaling.unscaled(change.delta(), lora.scaling()), "layer " + layer);
      }
      return BiasScaling.toBias(change.delta(), lora.scaling())
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      Refusal.message(
                          "a change of the bias that is exactly its module's scaling "
                              + lora.scaling()
                              + " times a "
                              + change.delta().dtype()
                              + " (or a dtype to round to)",
                          "another",
                          "layer " + layer)));
    }

    private void addWhole(String parameter, Replacement update, WholeParameters wholes) {
      String owner = AdapterTensors.moduleOf(parameter);
      boolean wrapped = wholes.biases().contains(parameter) && adapted.containsKey(owner);
      String key = AdapterTensors.PREFIX + (wrapped ? owner + AdapterTensors.BASE_BIAS : parameter);
      tensors.put(key, stored(update.tensor(), "layer " + parameter));
    }

    private Tensor stored(Tensor tensor, String layer) {
      return dtype == null || dtype == tensor.dtype() || !tensor.dtype().isFloatingPoint()
          ? tensor
          : new RoundedTensor(tensor, dtype, layer);
    }

    /** B with as many dimensions as PEFT gives it: those of A. */
    private static Tensor withDimensions(Tensor b, int dimensions) {
      if (b.shape().dimensions() == dimensions) {
        return b;
      }
      long[] shape = new long[dimensions];
      Arrays.fill(shape, 1);
      shape[0] = b.shape().dimension(0);
      shape[1] = b.shape().dimension(1);
      return new ReshapedTensor(b, Shape.of(shape));
    }

    private AdapterMetadata metadata(LoraSettings settings) {
      SortedMap<String, LabelSpace> labels = new TreeMap<>();
      replaced.forEach(
          (parameter, update) -> {
            if (!update.labels().equals(LabelSpace.unstated(module.id()))) {
              labels.put(parameter, update.labels());
            }
          });
      SortedSet<String> padding = new TreeSet<>();
      if (!changes.isEmpty()) {
        padding.addAll(adapted.keySet());
        changes.keySet().forEach(layer -> padding.remove(AdapterTensors.moduleOf(layer)));
      }
      SortedMap<String, String> facts = new TreeMap<>(module.provenance().facts());
      facts.remove(Facts.TASK_TYPE);
      facts.remove(Facts.REVISION);
      return new AdapterMetadata(
          Optional.of(module.id()),
          module.base().digest(),
          labels,
          settings.scalings(),
          padding,
          facts);
    }

    /** As PEFT writes it: sorted keys, two blanks. */
    private String config(LoraSettings settings, WholeParameters wholes) {
      JsonText json = JsonText.indented();
      json.putNumbers("alpha_pattern", settings.alphaPattern());
      json.putNull("auto_mapping");
      json.put("base_model_name_or_path", module.base().name());
      json.put("bias", biases(wholes));
      json.put("fan_in_fan_out", fanInFanOut());
      json.put("inference_mode", true);
      json.put("init_lora_weights", true);
      json.put("lora_alpha", settings.alpha());
      json.put("lora_bias", !changes.isEmpty());
      json.put("lora_dropout", 0.0);
      if (wholes.modules().isEmpty()) {
        json.putNull("modules_to_save");
      } else {
        json.put("modules_to_save", wholes.modules());
      }
      json.put("peft_type", "LORA");
      json.put("r", settings.rank());
      json.putNumbers("rank_pattern", settings.rankPattern());
      putFact(json, "revision", Facts.REVISION);
      json.put("target_modules", targets());
      putFact(json, "task_type", Facts.TASK_TYPE);
      json.put("use_dora", false);
      json.put("use_rslora", false);
      return json.toString();
    }

    /** A pattern, which PEFT matches whole; a list of names it would match by their ends. */
    private String targets() {
      return adapted.keySet().stream().map(PythonRegex::escape).collect(Collectors.joining("|"));
    }

    private void putFact(JsonText json, String key, String fact) {
      String value = module.provenance().facts().get(fact);
      if (value == null) {
        json.putNull(key);
      } else {
        json.put(key, value);
      }
    }

    private String biases(WholeParameters wholes) {
      if (wholes.biases().isEmpty()) {
        return "none";
      }
      boolean adaptedOnly =
          wholes.biases().stream()
              .allMatch(bias -> adapted.containsKey(AdapterTensors.moduleOf(bias)));
      return adaptedOnly ? "lora_only" : "all";
    }

    private boolean fanInFanOut() {
      boolean transposed = false;
      boolean plain = false;
      for (LowRankUpdate lora : adapted.values()) {
        boolean matrix = lora.a().shape().dimensions() == 2;
        boolean inOut = lora.layout() == LowRankUpdate.Layout.IN_OUT;
        if (inOut && !matrix) {
          throw new IllegalArgumentException(
              "expected convolutions stored [d, c, h, w], found layout IN_OUT, at plugin "
                  + module.id());
        }
        transposed |= inOut;
        plain |= matrix && !inOut;
      }
      if (transposed && plain) {
        throw new IllegalArgumentException(
            "expected one layout for all linear layers, as PEFT has one fan_in_fan_out, found both,"
                + " at plugin "
                + module.id());
      }
      return transposed;
    }
  }
}
