package io.medforge.cli.data;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.imageio.IIOException;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;

/** Images: one folder per class, or a folder of images without classes. */
final class ImageFolder {
  private static final List<String> ENDINGS = List.of(".png", ".jpg", ".jpeg");
  private static final float BRIGHTEST = 255;
  private static final int LARGEST_SIDE = 4096;

  private final Path folder;
  private final List<String> classNames;

  ImageFolder(Path folder, List<String> classNames) {
    this.folder = folder;
    this.classNames = classNames;
  }

  Examples read() throws IOException {
    List<Path> images = new ArrayList<>();
    List<String> labels = new ArrayList<>();
    List<Path> classFolders = sorted(folder, Files::isDirectory);
    List<Path> loose = sorted(folder, ImageFolder::isImage);
    if (classFolders.isEmpty() == loose.isEmpty()) {
      throw MalformedDataException.of(
          "either one folder of images per class or images",
          classFolders.isEmpty() ? "neither" : "both",
          folder.toString());
    }
    images.addAll(loose);
    for (Path one : classFolders) {
      for (Path image : sorted(one, ImageFolder::isImage)) {
        images.add(image);
        labels.add(name(one));
      }
    }
    if (images.isEmpty()) {
      throw MalformedDataException.of("at least one image", "none", folder.toString());
    }
    Optional<Examples.Classes> classes =
        classFolders.isEmpty()
            ? Optional.empty()
            : Optional.of(ClassIndex.of(labels, classNames, row -> images.get(row).toString()));
    List<String> names = images.stream().map(each -> relative(each)).toList();
    return new Examples(pixels(images), names, List.of(), classes);
  }

  private String relative(Path image) {
    return folder.relativize(image).toString().replace('\\', '/');
  }

  private static Tensor pixels(List<Path> images) throws IOException {
    Format first = format(images.get(0));
    int each = Math.multiplyExact(first.channels(), first.height() * first.width());
    float[] flat = new float[Math.multiplyExact(images.size(), each)];
    for (int i = 0; i < images.size(); i++) {
      Path image = images.get(i);
      Format format = format(image);
      if (!format.equals(first)) {
        throw MalformedDataException.of(
            "every image " + first + " like " + images.get(0), format.toString(), image.toString());
      }
      copy(decode(image), flat, i * each, format);
    }
    return Tensor.of(
        Shape.of(images.size(), first.channels(), first.height(), first.width()), flat);
  }

  private static void copy(BufferedImage image, float[] flat, int from, Format format) {
    Raster raster = image.getRaster();
    int area = format.width() * format.height();
    for (int y = 0; y < format.height(); y++) {
      for (int x = 0; x < format.width(); x++) {
        int at = from + y * format.width() + x;
        if (format.channels() == 1) {
          flat[at] = raster.getSample(x, y, 0) / BRIGHTEST;
        } else {
          int rgb = image.getRGB(x, y);
          flat[at] = (rgb >> 16 & 0xff) / BRIGHTEST;
          flat[at + area] = (rgb >> 8 & 0xff) / BRIGHTEST;
          flat[at + 2 * area] = (rgb & 0xff) / BRIGHTEST;
        }
      }
    }
  }

  /** An image's size, from its header alone: nothing is decoded before it is known. */
  private static Format format(Path image) throws IOException {
    try (ImageInputStream in = ImageIO.createImageInputStream(image.toFile())) {
      Iterator<ImageReader> readers = in == null ? null : ImageIO.getImageReaders(in);
      if (readers == null || !readers.hasNext()) {
        throw MalformedDataException.of("a PNG or JPEG image", "another", image.toString());
      }
      ImageReader reader = readers.next();
      try {
        reader.setInput(in);
        int width = reader.getWidth(0);
        int height = reader.getHeight(0);
        if (width > LARGEST_SIDE || height > LARGEST_SIDE) {
          throw MalformedDataException.of(
              "at most " + LARGEST_SIDE + " pixels a side",
              width + " x " + height,
              image.toString());
        }
        var type = reader.getRawImageType(0);
        boolean grey = type != null && type.getNumBands() == 1 && isGrey(type);
        if (grey && type.getSampleModel().getSampleSize(0) != 8) {
          throw MalformedDataException.of(
              "8 bits per grey pixel",
              Integer.toString(type.getSampleModel().getSampleSize(0)),
              image.toString());
        }
        return new Format(grey ? 1 : 3, height, width);
      } finally {
        reader.dispose();
      }
    } catch (IIOException e) {
      throw MalformedDataException.of("a PNG or JPEG image", "a damaged one", image.toString(), e);
    }
  }

  private static boolean isGrey(ImageTypeSpecifier type) {
    return type.getColorModel().getColorSpace().getType() == ColorSpace.TYPE_GRAY;
  }

  private static BufferedImage decode(Path image) throws IOException {
    BufferedImage decoded;
    try {
      decoded = ImageIO.read(image.toFile());
    } catch (IIOException | IndexOutOfBoundsException e) {
      throw MalformedDataException.of("a PNG or JPEG image", "a damaged one", image.toString(), e);
    }
    if (decoded == null) {
      throw MalformedDataException.of("a PNG or JPEG image", "another", image.toString());
    }
    return decoded;
  }

  private static boolean isImage(Path file) {
    String name = name(file).toLowerCase(Locale.ROOT);
    return Files.isRegularFile(file) && ENDINGS.stream().anyMatch(name::endsWith);
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  private static List<Path> sorted(Path folder, Predicate<Path> kept) throws IOException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.filter(kept).sorted(Comparator.comparing(ImageFolder::name)).toList();
    }
  }

  private record Format(int channels, int height, int width) {
    @Override
    public String toString() {
      return channels + " x " + height + " x " + width;
    }
  }
}
