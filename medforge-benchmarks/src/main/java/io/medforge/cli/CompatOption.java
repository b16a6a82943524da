package io.medforge.cli;

import io.medforge.merge.MergeStrategy;
import io.medforge.merge.fusion.PeftCompat;
import io.medforge.merge.fusion.PeftSvdOptions;
import io.medforge.plugin.PluginModule;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The values of {@code --compat}: PEFT's combination types. */
enum CompatOption {
  /** Factors scaled by roots of their weights and added. */
  LINEAR("peft-linear"),
  /** Factors stacked. */
  CAT("peft-cat"),
  /** The sum of the products, cut to a rank; as PEFT scales since 0.21.0. */
  SVD("peft-svd");

  private final String text;

  CompatOption(String text) {
    this.text = text;
  }

  /** Whether a rank means something. */
  boolean takesRank() {
    return this == SVD;
  }

  /**
   * The strategy.
   *
   * @param adapters in the order given
   * @param rank for {@link #SVD}
   * @param rsLoraFirst whether the first adapter's configuration says {@code use_rslora}, which
   *     PEFT's merged adapter inherits
   * @return a strategy for exactly these adapters
   */
  MergeStrategy<PluginModule> strategy(
      List<PeftCompat.Adapter> adapters, OptionalInt rank, boolean rsLoraFirst) {
    PeftCompat.Builder builder =
        switch (this) {
          case LINEAR -> PeftCompat.linear(adapters);
          case CAT -> PeftCompat.cat(adapters);
          case SVD -> PeftCompat.svd(adapters, svd(rank));
        };
    return (rsLoraFirst ? builder.rsLoraFirst() : builder).build();
  }

  private static PeftSvdOptions svd(OptionalInt rank) {
    PeftSvdOptions options = PeftSvdOptions.of(PeftSvdOptions.Scaling.ONCE_AS_0_21_2);
    return rank.isPresent() ? options.withRank(rank.getAsInt()) : options;
  }

  @Override
  public String toString() {
    return text;
  }

  /** Reads a combination by its name here. */
  static final class Converter implements ITypeConverter<CompatOption> {
    @Override
    public CompatOption convert(String text) {
      return Arrays.stream(values())
          .filter(combination -> combination.text.equals(text))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "expected one of " + Arrays.toString(values()) + ", found \"" + text + "\""));
    }
  }
}
