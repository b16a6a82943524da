package io.medforge.study.xray;

import io.medforge.cli.data.TestNpz;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Images as the real file holds them: pneumonia (1) brightens the middle. */
final class SyntheticXrays {
  private SyntheticXrays() {}

  /** Writes the file; {@code turned} turns every test image's class round. */
  static void write(Path data, boolean turned) throws IOException {
    Map<String, byte[]> entries = new TreeMap<>();
    add("train", 480, false, entries);
    add("val", 24, turned, entries);
    add("test", 48, turned, entries);
    Path file = data.resolve(XrayHospitals.FILE);
    Files.createDirectories(file.resolveSibling("."));
    TestNpz.write(file, entries);
  }

  private static void add(String split, int count, boolean turned, Map<String, byte[]> entries) {
    Random random = new Random(split.length());
    byte[] pixels = new byte[count * Images.SIDE * Images.SIDE];
    byte[] labels = new byte[count];
    for (int i = 0; i < count; i++) {
      boolean ill = i % 3 != 0;
      labels[i] = (byte) (ill == turned ? 0 : 1);
      for (int p = 0; p < Images.SIDE * Images.SIDE; p++) {
        int row = p / Images.SIDE;
        boolean middle = row >= 8 && row < 20 && p % Images.SIDE >= 8 && p % Images.SIDE < 20;
        int value = 70 + random.nextInt(60) + (ill && middle ? 60 : 0);
        pixels[i * Images.SIDE * Images.SIDE + p] = (byte) value;
      }
    }
    String shape = "(" + count + ", " + Images.SIDE + ", " + Images.SIDE + ")";
    entries.put(split + "_images", TestNpz.npy("|u1", shape, pixels));
    entries.put(split + "_labels", TestNpz.npy("|u1", "(" + count + ", 1)", labels));
  }
}
