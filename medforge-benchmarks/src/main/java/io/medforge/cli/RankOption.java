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

  /** Reads {@code full}, a number, or {@code energy:} and the part to keep. */
  static final class Converter implements ITypeConverter<RankOption> {
    @Override
    public RankOption convert(String text) {
      try {
        if (text.equals("full")) {
          return new RankOption(Rank.full(), OptionalInt.empty());
        }
        if (text.startsWith(ENERGY)) {
          double kept = Double.parseDouble(text.substring(ENERGY.length()));
          return new RankOption(Rank.energy(kept), OptionalInt.empty());
        }
        int number = Integer.parseInt(text);
        return new RankOption(Rank.of(number), OptionalInt.of(number));
      } catch (NumberFormatException e) {
        throw new TypeConversionException(
            "expected a whole number, full, or energy: and a part such as energy:0.99, found \""
                + text
                + "\"");
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
