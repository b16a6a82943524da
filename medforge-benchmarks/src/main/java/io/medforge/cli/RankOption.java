package io.medforge.cli;

import io.medforge.merge.fusion.Rank;
import java.util.OptionalInt;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The value of {@code --rank}.
 *
 * @param rank for Fusion
 * @param number the rank, if it was given as a number
 */
record RankOption(Rank rank, OptionalInt number) {
  private static final String ENERGY = "energy:";
  private static final String BUDGET = "budget:";

  /**
   * Reads {@code full}, a number, {@code energy:} and the part to keep, or {@code budget:} and a
   * number of parameters.
   *
   * @param text one of these
   * @return the rank
   * @throws IllegalArgumentException if it is none
   */
  static RankOption of(String text) {
    try {
      if (text.equals("full")) {
        return new RankOption(Rank.full(), OptionalInt.empty());
      }
      if (text.startsWith(ENERGY)) {
        double kept = Double.parseDouble(text.substring(ENERGY.length()));
        return new RankOption(Rank.energy(kept), OptionalInt.empty());
      }
      if (text.startsWith(BUDGET)) {
        long parameters = Long.parseLong(text.substring(BUDGET.length()));
        return new RankOption(Rank.budget(parameters), OptionalInt.empty());
      }
      int number = Integer.parseInt(text);
      return new RankOption(Rank.of(number), OptionalInt.of(number));
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "expected a whole number, full, energy: and a part such as energy:0.99, or budget: and a"
              + " number of parameters, found \""
              + text
              + "\"",
          e);
    }
  }

  /** Reads a rank on the command line. */
  static final class Converter implements ITypeConverter<RankOption> {
    @Override
    public RankOption convert(String text) {
      try {
        return of(text);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(e.getMessage());
      }
    }
  }

  @Override
  public String toString() {
    return rank.toString();
  }
}
