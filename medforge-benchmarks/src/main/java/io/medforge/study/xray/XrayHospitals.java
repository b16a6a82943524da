package io.medforge.study.xray;

import io.medforge.cli.data.ExampleReader;
import io.medforge.cli.data.Examples;
import io.medforge.plugin.Shape;
import io.medforge.study.Seeds;
import io.medforge.study.evidence.SealedCentres;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * The X-rays dealt out: a quarter of the training images is public and pre-trains the base; the
 * rest goes to the hospitals, each with a scanner and a share of pneumonia of its own. Validation
 * and test images, 1,148, are the test: one part for each hospital, as its own scanner takes them,
 * and one for an unseen hospital, whose scanner no training image came from. Immutable.
 *
 * @param publicShare for the base
 * @param training by hospital
 * @param test sealed, the unseen hospital among it
 * @param scanners by hospital
 */
record XrayHospitals(
    Images publicShare,
    SortedMap<String, Images> training,
    SealedCentres test,
    SortedMap<String, Scanner> scanners) {
  /** The file in the data folder. */
  static final String FILE = "pneumonia/pneumoniamnist.npz";

  /** The hospital that trains nothing. */
  static final String UNSEEN = "unseen";

  /** Freezes the maps. */
  XrayHospitals {
    training = Collections.unmodifiableSortedMap(new TreeMap<>(training));
    scanners = Collections.unmodifiableSortedMap(new TreeMap<>(scanners));
  }

  /**
   * Reads and deals out.
   *
   * @param data a folder with {@value #FILE}
   * @param hospitals how many train, at least 2
   * @param seed of the deal and the scanners
   * @throws IllegalArgumentException if the file is missing or has another form
   */
  static XrayHospitals in(Path data, int hospitals, long seed) {
    Path file = data.resolve(FILE);
    Images training = read(file, "train");
    Images test = Images.pooled(List.of(read(file, "val"), read(file, "test")));
    Random random = Seeds.random(seed, "deal/" + hospitals);
    List<Integer> order = shuffled(training.size(), random);
    int open = training.size() / 4;
    Images publicShare = training.select(order.subList(0, open));
    List<List<Integer>> shares =
        skewed(training, order.subList(open, order.size()), hospitals, random);
    List<Integer> tested = shuffled(test.size(), random);
    SortedMap<String, Images> parts = new TreeMap<>();
    SortedMap<String, Scanner> scanners = new TreeMap<>();
    SealedCentres.Builder sealed = SealedCentres.builder();
    for (int h = 0; h <= hospitals; h++) {
      String name = h == hospitals ? UNSEEN : String.format(Locale.ROOT, "hospital-%d", h + 1);
      Scanner scanner = scanner(h, hospitals);
      Random own = Seeds.random(seed, "scanner/" + name);
      scanners.put(name, scanner);
      if (h < hospitals) {
        parts.put(name, scanner.scan(training.select(shares.get(h)), own));
      }
      List<Integer> mine = new ArrayList<>();
      for (int i = h; i < tested.size(); i += hospitals + 1) {
        mine.add(tested.get(i));
      }
      Images seen = scanner.scan(test.select(mine), own);
      sealed.seal(name, seen.inputs(), seen.labels());
    }
    return new XrayHospitals(publicShare, parts, sealed.build(), scanners);
  }

  /** A hospital's training images. */
  Images of(String centre) {
    Images images = training.get(centre);
    if (images == null) {
      throw new IllegalArgumentException(
          "expected a hospital of " + training.keySet() + ", found " + centre);
    }
    return images;
  }

  /** A hospital's scanner, or the unseen one's. */
  Scanner scanner(String centre) {
    Scanner scanner = scanners.get(centre);
    if (scanner == null) {
      throw new IllegalArgumentException(
          "expected a hospital of " + scanners.keySet() + ", found " + centre);
    }
    return scanner;
  }

  /** Public images as a hospital's scanner, or the unseen one, would have taken them. */
  Images publicly(String centre, int count) {
    return scanner(centre)
        .scan(
            publicShare.select(
                IntStream.range(0, Math.min(count, publicShare.size())).boxed().toList()),
            Seeds.random(0, "public/" + centre));
  }

  /** Scanners spread evenly over gamma, contrast alternating; the unseen one in the middle. */
  private static Scanner scanner(int hospital, int hospitals) {
    if (hospital == hospitals) {
      return new Scanner(1.15, 0.3, 0.75, 0.08);
    }
    double place = (double) hospital / (hospitals - 1);
    return new Scanner(
        0.5 + 1.5 * place,
        hospital % 3 == 1 ? 0.6 : 0,
        hospital % 2 == 0 ? 1.0 : 0.6,
        0.03 + 0.05 * place);
  }

  /** Pneumonia's share of a hospital's images runs from little to much. */
  private static List<List<Integer>> skewed(
      Images images, List<Integer> order, int hospitals, Random random) {
    List<List<Integer>> shares = new ArrayList<>();
    double[][] part = new double[2][hospitals];
    for (int h = 0; h < hospitals; h++) {
      shares.add(new ArrayList<>());
      double place = (double) h / (hospitals - 1);
      part[0][h] = 0.4 + 1.2 * place;
      part[1][h] = 1.6 - 1.2 * place;
    }
    for (int image : order) {
      double[] weights = part[images.classes().get(image)];
      double draw = random.nextDouble() * hospitals;
      int h = 0;
      while (h < hospitals - 1 && draw >= weights[h]) {
        draw -= weights[h++];
      }
      shares.get(h).add(image);
    }
    return shares;
  }

  private static List<Integer> shuffled(int size, Random random) {
    List<Integer> order = new ArrayList<>();
    for (int i = 0; i < size; i++) {
      order.add(i);
    }
    Collections.shuffle(order, random);
    return order;
  }

  /** The file's class 1 is pneumonia, ours is 0. */
  private static Images read(Path file, String split) {
    Examples examples = ExampleReader.of(file).split(split).classes(List.of("0", "1")).read();
    Shape shape = examples.inputs().values().shape();
    int area = Images.SIDE * Images.SIDE;
    if (shape.elements() != (long) examples.size() * area) {
      throw new IllegalArgumentException(
          "expected images of 28 x 28, found " + shape + ", at " + file + ", split " + split);
    }
    float[] values = examples.inputs().values().toFloats();
    List<float[]> pixels = new ArrayList<>();
    List<Integer> classes = new ArrayList<>();
    for (int i = 0; i < examples.size(); i++) {
      float[] image = new float[area];
      System.arraycopy(values, i * area, image, 0, area);
      pixels.add(image);
      classes.add(1 - examples.classes()[i]);
    }
    return new Images(pixels, classes);
  }
}
