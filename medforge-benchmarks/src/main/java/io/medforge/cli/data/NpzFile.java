package io.medforge.cli.data;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** A NumPy archive: a ZIP of {@code .npy} arrays. */
final class NpzFile implements AutoCloseable {
  private static final String SUFFIX = ".npy";

  /** Deflate's best: what is stated to unpack to more than this cannot be true. */
  private static final long MOST_EXPANSION = 1100;

  private static final int LARGEST_HEADER = 1 << 16;

  private final Path path;
  private final ZipFile zip;

  private NpzFile(Path path, ZipFile zip) {
    this.path = path;
    this.zip = zip;
  }

  static NpzFile open(Path path) throws IOException {
    try {
      return new NpzFile(path, new ZipFile(path.toFile()));
    } catch (ZipException | EOFException e) {
      throw MalformedDataException.of("a NumPy archive (ZIP)", "another form", path.toString(), e);
    }
  }

  /** The arrays' names. */
  SortedSet<String> names() {
    SortedSet<String> names = new TreeSet<>();
    zip.stream()
        .map(ZipEntry::getName)
        .filter(name -> name.endsWith(SUFFIX))
        .forEach(name -> names.add(name.substring(0, name.length() - SUFFIX.length())));
    return names;
  }

  /**
   * Reads one array.
   *
   * @throws MalformedDataException if there is none of that name, or it has another form than its
   *     header says; nothing large is allocated before that is known
   */
  NpyArray array(String name) throws IOException {
    ZipEntry entry = zip.getEntry(name + SUFFIX);
    String place = path + ", entry " + name;
    if (entry == null) {
      throw MalformedDataException.of("the array " + name, "only " + names(), path.toString());
    }
    if (entry.getSize() > (entry.getCompressedSize() + 64) * MOST_EXPANSION) {
      throw MalformedDataException.of("a size that can be", "a false one", place);
    }
    try (InputStream in = zip.getInputStream(entry)) {
      NpyHeader header = header(in, place);
      long expected = header.bytes();
      if (entry.getSize() != header.length() + expected) {
        throw MalformedDataException.of(
            header.length() + expected + " bytes", Long.toString(entry.getSize()), place);
      }
      byte[] data = in.readNBytes(Math.toIntExact(expected));
      if (data.length != expected) {
        throw MalformedDataException.of(expected + " bytes of values", data.length + "", place);
      }
      return new NpyArray(header, data);
    } catch (ZipException | EOFException e) {
      throw MalformedDataException.of("a NumPy archive (ZIP)", "a damaged one", place, e);
    }
  }

  private static NpyHeader header(InputStream in, String place) throws IOException {
    byte[] start = in.readNBytes(NpyHeader.PREFIX);
    int length = NpyHeader.textLength(start, place);
    if (length > LARGEST_HEADER) {
      throw MalformedDataException.of(
          "a header of at most " + LARGEST_HEADER + " bytes", length + "", place);
    }
    byte[] text = in.readNBytes(length + NpyHeader.lengthBytes(start) - NpyHeader.LENGTH_READ);
    return NpyHeader.parse(start, text, place);
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
