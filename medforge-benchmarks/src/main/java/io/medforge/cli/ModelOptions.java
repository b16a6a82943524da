package io.medforge.cli;

import io.medforge.plugin.DType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options of {@code fuse} that are about whole models. */
final class ModelOptions {
  @Option(
      names = "--base-model",
      paramLabel = "MODEL",
      description =
          "Whole models only: the model that they were trained from, for --method task-arithmetic"
              + " and ties.")
  @Nullable Path base;

  @Option(
      names = "--into",
      paramLabel = "MODEL",
      description = "Add the ADAPTERs to this model, and write the model.")
  @Nullable Path into;

  @Option(
      names = "--out-of",
      paramLabel = "MODEL",
      description = "Take the ADAPTERs off this model, which they were added to.")
  @Nullable Path outOf;

  @Option(
      names = "--dtype",
      paramLabel = "F32|BF16|F16",
      description = "Whole models only: the type to write. Default: each tensor's own.")
  @Nullable DType dtype;

  @Option(
      names = "--memory",
      paramLabel = "BYTES",
      converter = Size.class,
      description = "Whole models only: the most memory that tiles may take, such as 64m.")
  @Nullable Long memory;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Whole models only: how many tiles at a time. Default: one per processor.")
  @Nullable Integer threads;

  @Option(
      names = "--plan",
      description = "Whole models only: say what it will take, and write nothing.")
  boolean plan;

  @Option(
      names = "--resume",
      description = "Whole models only: go on where a killed run of the same stopped.")
  boolean resume;

  @Option(
      names = "--no-record",
      description =
          "Whole models only: write no record, recipe and card, for which every model, and OUT, is"
              + " hashed as it goes by, which takes longer than the merge.")
  boolean noRecord;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  ModelOptions() {}

  /** Whether anything was said that a recipe says. */
  boolean areGiven() {
    return Stream.of(base, into, outOf, dtype).anyMatch(Objects::nonNull);
  }

  /** Throws if anything was said though adapters are fused, as a recipe may say. */
  void refuse() {
    if (apply(List.of())) {
      throw new IllegalArgumentException(
          "expected no option for whole models where adapters are fused, found one");
    }
  }

  /**
   * What was said.
   *
   * @throws IllegalArgumentException if the options do not go together
   */
  ModelRecipe recipe(RecipeOptions options, List<Path> inputs) {
    if (into == null && outOf == null) {
      return options.modelRecipe(ModelRecipe.Kind.FUSE, base, inputs, dtype);
    }
    if ((into != null && outOf != null) || base != null) {
      throw new IllegalArgumentException(
          "expected --into, --out-of or --base-model, found more than one of them");
    }
    return into != null
        ? options.modelRecipe(ModelRecipe.Kind.INTO, into, inputs, dtype)
        : options.modelRecipe(ModelRecipe.Kind.OUT_OF, outOf, inputs, dtype);
  }

  /** Whether whole models are meant: by an option that says so, or by the first input. */
  boolean apply(List<Path> inputs) {
    return plan
        || resume
        || noRecord
        || Stream.of(base, into, outOf, dtype, memory, threads).anyMatch(Objects::nonNull)
        || (!inputs.isEmpty() && isModel(inputs.get(0)));
  }

  private static boolean isModel(Path input) {
    if (!Files.isDirectory(input)) {
      return input.toString().endsWith(".safetensors") || input.toString().endsWith(".index.json");
    }
    return !Files.exists(input.resolve("adapter_config.json"))
        && !Files.exists(input.resolve("adapter_model.safetensors"))
        && Files.exists(input.resolve("config.json"));
  }

  /** Reads a number of bytes with an optional k, m or g. */
  static final class Size implements ITypeConverter<Long> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,12})([kmg]?)b?");

    @Override
    public Long convert(String text) {
      Matcher form = FORM.matcher(text.toLowerCase(Locale.ROOT));
      if (!form.matches()) {
        throw new TypeConversionException(
            "expected a number of bytes such as 64m, found \"" + text + "\"");
      }
      int shift = form.group(2).isEmpty() ? 0 : 10 * (1 + "kmg".indexOf(form.group(2)));
      return Long.parseLong(form.group(1)) << shift;
    }
  }
}
