package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

import io.medforge.plugin.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of an adapter file, sorted by what they are to PEFT. Every tensor is understood or
 * refused by name.
 *
 * @param factors the parts of low-rank updates, by module
 * @param wholes parameters trained whole, by parameter name
 */
record AdapterTensors(SortedMap<String, Factors> factors, SortedMap<String, Tensor> wholes) {
  static final String PREFIX = "base_model.model.";
  static final String LORA_A = ".lora_A.weight";
  static final String LORA_B = ".lora_B.weight";
  static final String LORA_BIAS = ".lora_B.bias";
  static final String BIAS = ".bias";
  // PEFT wraps an adapted layer, so the layer's own parameters move one level down.
  static final String BASE_BIAS = ".base_layer.bias";

  private static final String SAVED_BIAS = ".modules_to_save.bias";
  private static final String ORIGINAL_BIAS = ".original_module.bias";

  /** Parts of names that give away what is not plain LoRA. */
  private static final Map<String, String> FEATURES =
      Map.ofEntries(
          Map.entry("lora_embedding_A", "LoRA on an embedding"),
          Map.entry("lora_embedding_B", "LoRA on an embedding"),
          Map.entry("lora_magnitude_vector", "DoRA"),
          Map.entry("lora_E", "AdaLoRA"),
          Map.entry("ranknum", "AdaLoRA"),
          Map.entry("lora_diag", "KaSA"),
          Map.entry("trainable_tokens_delta", "trainable tokens"),
          Map.entry("token_adapter", "trainable tokens"),
          Map.entry("hada_w1_a", "LoHa"),
          Map.entry("lokr_w1", "LoKr"),
          Map.entry("ia3_l", "IA3"),
          Map.entry("prompt_embeddings", "prompt tuning"));

  /** Wrappers whose names are no part of the base's. */
  private static final Set<String> WRAPPERS =
      Set.of(
          "base_layer", "original_module", "modules_to_save", "_orig_mod", "_fsdp_wrapped_module");

  /** What a file has of one module's update: A, B and B's bias. */
  record Factors(@Nullable Tensor a, @Nullable Tensor b, @Nullable Tensor bias) {
    private static final Factors NONE = new Factors(null, null, null);
  }

  /**
   * Sorts a file's tensors.
   *
   * @param tensors by name
   * @param file the file, for messages
   * @throws io.medforge.plugin.MalformedPluginException if a tensor is not understood
   */
  static AdapterTensors sort(SortedMap<String, Tensor> tensors, AdapterConfig config, String file) {
    AdapterTensors sorted = new AdapterTensors(new TreeMap<>(), new TreeMap<>());
    tensors.forEach((name, tensor) -> sorted.add(name, tensor, tensors, config, file));
    if (config.biases() == AdapterConfig.Biases.LORA_ONLY) {
      sorted.checkLoraBiasesOnly(config, file);
    }
    return sorted;
  }

  private void add(
      String key,
      Tensor tensor,
      SortedMap<String, Tensor> tensors,
      AdapterConfig config,
      String file) {
    String at = file + ", tensor " + quote(key);
    if (!key.startsWith(PREFIX)) {
      throw malformed("a name that begins with " + PREFIX, "another", at);
    }
    String name = key.substring(PREFIX.length());
    checkFeatures(name, at);
    if (name.endsWith(LORA_A)) {
      Factors old = factorsOf(moduleOf(name, LORA_A, at));
      factors.put(moduleOf(name, LORA_A, at), new Factors(tensor, old.b(), old.bias()));
    } else if (name.endsWith(LORA_B)) {
      Factors old = factorsOf(moduleOf(name, LORA_B, at));
      factors.put(moduleOf(name, LORA_B, at), new Factors(old.a(), tensor, old.bias()));
    } else if (name.endsWith(LORA_BIAS)) {
      Factors old = factorsOf(moduleOf(name, LORA_BIAS, at));
      factors.put(moduleOf(name, LORA_BIAS, at), new Factors(old.a(), old.b(), tensor));
    } else if (!isEchoOfBias(name, tensor, tensors, config, at)) {
      addWhole(name, tensor, config, at);
    }
  }

  private Factors factorsOf(String module) {
    return factors.getOrDefault(module, Factors.NONE);
  }

  /** The module of a LoRA tensor; a wrapper in its name means LoRA within LoRA. */
  private static String moduleOf(String name, String suffix, String at) {
    String module = name.substring(0, name.length() - suffix.length());
    if (components(module).contains("base_layer")) {
      throw malformed(
          "LoRA on plain layers", "LoRA within a layer (nn.MultiheadAttention, for one)", at);
    }
    checkWrappers(module, at);
    return module;
  }

  private void addWhole(String name, Tensor tensor, AdapterConfig config, String at) {
    boolean wrapped = name.endsWith(BASE_BIAS);
    String parameter =
        wrapped ? name.substring(0, name.length() - BASE_BIAS.length()) + BIAS : name;
    checkWrappers(parameter, at);
    boolean bias =
        config.biases() != AdapterConfig.Biases.NONE
            && (parameter.endsWith(BIAS) || parameter.equals("bias"));
    if (!bias && (wrapped || !config.savesWhole(moduleOf(parameter)))) {
      throw malformed(
          "a tensor of LoRA, of modules_to_save "
              + config.modulesToSave()
              + " or a bias where the configuration's bias is not \"none\"",
          "another (of a resized embedding, for one)",
          at);
    }
    if (wholes.put(parameter, tensor) != null) {
      throw malformed("one value for parameter " + quote(parameter), "two", at);
    }
  }

  /**
   * Whether a tensor repeats what another says. With bias "all", PEFT writes the bias of a saved
   * module three times: as the module's, under its wrapper, and the base's unused original.
   */
  private static boolean isEchoOfBias(
      String name,
      Tensor tensor,
      SortedMap<String, Tensor> tensors,
      AdapterConfig config,
      String at) {
    boolean saved = name.endsWith(SAVED_BIAS);
    if (config.biases() != AdapterConfig.Biases.ALL || !(saved || name.endsWith(ORIGINAL_BIAS))) {
      return false;
    }
    String module =
        name.substring(0, name.length() - (saved ? SAVED_BIAS : ORIGINAL_BIAS).length());
    Tensor own = tensors.get(PREFIX + module + BIAS);
    if (!config.savesWhole(module) || own == null) {
      return false;
    }
    if (saved && !TensorContent.equal(own, tensor)) {
      throw malformed("the values of " + quote(module + BIAS) + ", which it repeats", "others", at);
    }
    return true;
  }

  private void checkLoraBiasesOnly(AdapterConfig config, String file) {
    for (String parameter : wholes.keySet()) {
      String module = moduleOf(parameter);
      if (!config.savesWhole(module) && !factors.containsKey(module)) {
        throw malformed(
            "biases of adapted modules only, as bias = \"lora_only\" says",
            "another",
            file + ", tensor " + quote(PREFIX + parameter));
      }
    }
  }

  /** The module that a parameter belongs to. */
  static String moduleOf(String parameter) {
    return parameter.substring(0, Math.max(0, parameter.lastIndexOf('.')));
  }

  private static void checkFeatures(String name, String at) {
    for (String component : components(name)) {
      String feature = FEATURES.get(component);
      if (feature != null) {
        throw malformed("plain LoRA", feature, at);
      }
    }
  }

  private static void checkWrappers(String name, String at) {
    for (String component : components(name)) {
      if (component.isEmpty() || WRAPPERS.contains(component) || component.startsWith("lora_")) {
        throw malformed(
            "a name of the base's own parts", "part " + quote(component) + " of a wrapper", at);
      }
    }
  }

  private static List<String> components(String name) {
    return Arrays.asList(name.split("\\.", -1));
  }
}
