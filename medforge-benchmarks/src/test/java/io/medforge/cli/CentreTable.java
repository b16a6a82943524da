package io.medforge.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** A table of invented patients: two columns that tell, one that does not, one of few values. */
final class CentreTable {
  private CentreTable() {}

  static List<String> lines(int patients, long seed) {
    Random random = new Random(seed);
    List<String> lines = new ArrayList<>(List.of("age,pressure,noise,smoker,finding"));
    for (int i = 0; i < patients; i++) {
      double ill = i % 2 == 0 ? 1 : -1;
      lines.add(
          String.format(
              Locale.ROOT,
              "%.2f,%.2f,%.3f,%d,%s",
              60 + 6 * ill + 5 * random.nextGaussian(),
              140 + 12 * ill + 9 * random.nextGaussian(),
              random.nextGaussian(),
              random.nextInt(2),
              ill > 0 ? "present" : "absent"));
    }
    return lines;
  }

  static Path write(Path file, int patients, long seed) throws IOException {
    return Files.write(file, lines(patients, seed));
  }
}
