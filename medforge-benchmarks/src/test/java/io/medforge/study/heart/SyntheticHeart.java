package io.medforge.study.heart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** A folder in the form of the real one, of people who do not exist. */
final class SyntheticHeart {
  private SyntheticHeart() {}

  /**
   * Writes it: some 60 patients a centre, every seventh with a missing value, every third a test.
   */
  static Path write(Path data) throws IOException {
    Path folder = Files.createDirectories(data.resolve(HeartData.FOLDER));
    List<String> split = new ArrayList<>(List.of("center,row,set"));
    for (String centre : HeartData.CENTRES) {
      Random random = new Random(centre.hashCode());
      List<String> lines = new ArrayList<>();
      int size = centre.equals("switzerland") ? 30 : 60;
      for (int i = 0; i < size; i++) {
        boolean test = i % 3 == 0;
        boolean diseased =
            centre.equals("switzerland") ? !test || random.nextBoolean() : random.nextBoolean();
        lines.add(patient(diseased, i % 7 == 6, random));
        if (i % 7 != 6) {
          split.add(centre + "," + i + "," + (test ? "test" : "train"));
        }
      }
      Files.write(folder.resolve("processed." + centre + ".data"), lines);
    }
    Files.write(folder.resolve("split.csv"), split);
    return data;
  }

  private static String patient(boolean diseased, boolean incomplete, Random random) {
    return String.format(
        Locale.ROOT,
        "%.1f,%d,%d,%s,%.0f,%d,%d,%.0f,%d,%.1f,?,0.0,?,%d",
        50 + 10 * random.nextGaussian() + (diseased ? 6 : 0),
        random.nextInt(2),
        1 + random.nextInt(4),
        incomplete ? "?" : String.format(Locale.ROOT, "%.0f", 130 + 15 * random.nextGaussian()),
        240 + 40 * random.nextGaussian(),
        random.nextInt(2),
        random.nextInt(3),
        150 + 20 * random.nextGaussian() - (diseased ? 15 : 0),
        random.nextInt(2),
        1.5 + random.nextDouble() + (diseased ? 1 : 0),
        diseased ? 1 + random.nextInt(4) : 0);
  }
}
