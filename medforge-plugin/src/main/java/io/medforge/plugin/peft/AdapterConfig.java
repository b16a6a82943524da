package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What an {@code adapter_config.json} says about inference. Defaults are those of PEFT's {@code
 * LoraConfig}.
 *
 * @param at the file, for messages
 * @param rank r where no pattern says otherwise
 * @param alpha lora_alpha where no pattern says otherwise
 * @param rankStabilised whether s = alpha / sqrt(r) (rsLoRA) rather than alpha / r
 * @param fanInFanOut whether the base stores linear weights {@code [k, d]}
 * @param biases which biases of the base were trained whole
 * @param loraBias whether every B has a bias
 * @param modulesToSave ends of the names of modules that were trained whole
 * @param baseName the base's name, if stated
 * @param unnamedBase what to call the base if it is not
 * @param facts what is recorded but has no effect
 */
record AdapterConfig(
    String at,
    int rank,
    double alpha,
    PatternRules<Integer> ranks,
    PatternRules<Double> alphas,
    boolean rankStabilised,
    boolean fanInFanOut,
    Biases biases,
    boolean loraBias,
    List<String> modulesToSave,
    Optional<String> baseName,
    String unnamedBase,
    SortedMap<String, String> facts) {
  static final int MAX_BYTES = 4 << 20;

  private static final String UNNAMED = "unnamed";
  private static final int DEFAULT_RANK = 8;
  private static final double DEFAULT_ALPHA = 8;

  /** Which biases of the base were trained whole. */
  enum Biases {
    NONE,
    ALL,
    LORA_ONLY;

    private static Biases of(JsonObject config) {
      String bias = config.text("bias").orElse("none");
      return switch (bias) {
        case "none" -> NONE;
        case "all" -> ALL;
        case "lora_only" -> LORA_ONLY;
        default ->
            throw malformed("bias \"none\", \"all\" or \"lora_only\"", quote(bias), config.at());
      };
    }
  }

  /**
   * Reads the file.
   *
   * @throws io.medforge.plugin.MalformedPluginException if it is no configuration of plain LoRA
   * @throws UncheckedIOException if it cannot be read
   */
  static AdapterConfig read(Path file) {
    return parse(text(file), file.toString());
  }

  static AdapterConfig parse(String json, String at) {
    if (json.length() > MAX_BYTES) {
      throw malformed("at most " + MAX_BYTES + " characters", json.length(), at);
    }
    JsonObject config = JsonObject.parse(json, at);
    ConfigFeatures.check(config);
    return new AdapterConfig(
        at,
        config.rank("r", DEFAULT_RANK),
        config.number("lora_alpha", DEFAULT_ALPHA),
        PatternRules.of(config.ranks("rank_pattern"), at + ", key \"rank_pattern\""),
        PatternRules.of(config.numbers("alpha_pattern"), at + ", key \"alpha_pattern\""),
        config.flag("use_rslora"),
        config.flag("fan_in_fan_out"),
        Biases.of(config),
        config.flag("lora_bias"),
        modulesToSave(config),
        config.text("base_model_name_or_path").filter(name -> !name.isEmpty()),
        unnamedBase(config),
        facts(config));
  }

  /** The rank of a module's factors. */
  int rankOf(String module) {
    return ranks.valueFor(module, rank);
  }

  /** The scaling of a module's product, computed as Python computes it. */
  double scalingOf(String module) {
    double r = rankOf(module);
    double moduleAlpha = alphas.valueFor(module, alpha);
    return moduleAlpha / (rankStabilised ? Math.sqrt(r) : r);
  }

  /** Whether a module, or one that contains it, was trained whole: PEFT matches the name's end. */
  boolean savesWhole(String module) {
    for (int end = module.length(); end > 0; end = module.lastIndexOf('.', end - 1)) {
      String enclosing = module.substring(0, end);
      if (modulesToSave.stream().anyMatch(enclosing::endsWith)) {
        return true;
      }
    }
    return false;
  }

  private static List<String> modulesToSave(JsonObject config) {
    List<String> modules = new ArrayList<>(config.texts("modules_to_save"));
    if (modules.contains("")) {
      throw malformed(
          "names of modules", "an empty one", config.at() + ", key \"modules_to_save\"");
    }
    // The model classes that PEFT picks by task add these heads themselves (peft_model.py).
    String task = config.text("task_type").orElse("");
    switch (task) {
      case "SEQ_CLS", "TOKEN_CLS" -> modules.addAll(List.of("classifier", "score"));
      case "QUESTION_ANS" -> modules.add("qa_outputs");
      case "", "CAUSAL_LM", "SEQ_2_SEQ_LM", "FEATURE_EXTRACTION" -> {}
      default -> throw malformed("a task type of PEFT", quote(task), config.at());
    }
    return List.copyOf(modules);
  }

  /** The base's class where PEFT recorded it, as it does for models built in code. */
  private static String unnamedBase(JsonObject config) {
    return config
        .textWithin("auto_mapping", "base_model_class")
        .map(
            type ->
                config
                    .textWithin("auto_mapping", "parent_library")
                    .map(library -> UNNAMED + ":" + library + "." + type)
                    .orElse(UNNAMED + ":" + type))
        .orElse(UNNAMED);
  }

  private static SortedMap<String, String> facts(JsonObject config) {
    SortedMap<String, String> facts = new TreeMap<>();
    config.text("task_type").ifPresent(type -> facts.put(Facts.TASK_TYPE, type));
    config.text("revision").ifPresent(revision -> facts.put(Facts.REVISION, revision));
    config.text("peft_version").ifPresent(version -> facts.put(Facts.PEFT_VERSION, version));
    return facts;
  }

  private static String text(Path file) {
    if (!Files.isRegularFile(file)) {
      throw malformed("a PEFT adapter's " + file.getFileName(), "none", file.toString());
    }
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    } catch (IOException e) {
      throw new UncheckedIOException(Refusal.message("a readable file", e, file.toString()), e);
    }
    if (bytes.length > MAX_BYTES) {
      throw malformed("at most " + MAX_BYTES + " bytes", "more", file.toString());
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw malformed("UTF-8 text", "other bytes", file.toString(), e);
    }
  }
}
