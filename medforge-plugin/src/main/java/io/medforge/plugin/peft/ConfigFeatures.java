package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which keys of {@code adapter_config.json} may say what. Every key is either read, known to change
 * nothing at inference, or refused by name as soon as it says something; so is every key nobody
 * here has heard of. As of peft 0.21.2, {@code tuners/lora/config.py}.
 */
final class ConfigFeatures {
  /** Keys that {@link AdapterConfig} reads. */
  private static final Set<String> READ =
      Set.of(
          "alpha_pattern",
          "auto_mapping",
          "base_model_name_or_path",
          "bias",
          "fan_in_fan_out",
          "init_lora_weights",
          "lora_alpha",
          "lora_bias",
          "modules_to_save",
          "peft_type",
          "peft_version",
          "r",
          "rank_pattern",
          "revision",
          "task_type",
          "use_rslora");

  /**
   * Keys that change nothing at inference: how training went, where PEFT put the layers (the
   * tensors say it themselves), and options of features that another key switches on.
   */
  private static final Set<String> HARMLESS =
      Set.of(
          "corda_config",
          "eva_config",
          "exclude_modules",
          "inference_mode",
          "layers_pattern",
          "layers_to_transform",
          "loftq_config",
          "lora_dropout",
          "lora_ga_config",
          "megatron_core",
          "qalora_group_size",
          "runtime_config",
          "target_modules");

  /** What else PEFT's LoRA can do, by the key that switches it on. */
  private static final Map<String, String> REFUSED =
      Map.ofEntries(
          Map.entry("alora_invocation_tokens", "aLoRA, which adapts some tokens only"),
          Map.entry("arrow_config", "Arrow, which routes between adapters"),
          Map.entry("ensure_weight_tying", "adapters on tied weights"),
          Map.entry("kasa_config", "KaSA, which changes the base"),
          Map.entry("layer_replication", "layer replication, which changes the base"),
          Map.entry("megatron_config", "Megatron's parallel layers"),
          Map.entry("monteclora_config", "MonteCLoRA"),
          Map.entry("target_parameters", "LoRA on bare parameters"),
          Map.entry("trainable_token_indices", "trainable tokens"),
          Map.entry("use_bdlora", "BD-LoRA"),
          Map.entry("use_dora", "DoRA"),
          Map.entry("use_qalora", "QALoRA, which is quantised"),
          Map.entry("velora_config", "VeLoRA"));

  /** Initialisations that leave the base as it is, so that only A and B count afterwards. */
  private static final Set<String> INITIALISATIONS =
      Set.of("true", "false", "gaussian", "eva", "orthogonal", "mica");

  private ConfigFeatures() {}

  /**
   * Refuses what would change the meaning of A and B.
   *
   * @throws io.medforge.plugin.MalformedPluginException naming the feature and the file
   */
  static void check(JsonObject config) {
    Optional<String> type = config.text("peft_type");
    if (!type.equals(Optional.of("LORA"))) {
      throw malformed("peft_type \"LORA\"", type.map(Refusal::quote).orElse("none"), config.at());
    }
    for (String key : config.keys()) {
      if (READ.contains(key) || HARMLESS.contains(key) || config.saysNothing(key)) {
        continue;
      }
      String feature = REFUSED.get(key);
      throw malformed(
          "plain LoRA",
          feature == null
              ? "an unknown option, " + quote(key) + " = " + config.describe(key)
              : feature + " (" + key + ")",
          config.at());
    }
    checkInitialisation(config);
  }

  private static void checkInitialisation(JsonObject config) {
    String way = config.scalar("init_lora_weights", "true");
    if (!INITIALISATIONS.contains(way)) {
      throw malformed(
          "an initialisation that leaves the base as it is",
          "init_lora_weights = "
              + quote(way)
              + " (PiSSA, OLoRA, CorDA, LoRA-GA and LoftQ change the base; let PEFT convert the"
              + " adapter when saving it: path_initial_model_for_weight_conversion)",
          config.at());
    }
  }
}
