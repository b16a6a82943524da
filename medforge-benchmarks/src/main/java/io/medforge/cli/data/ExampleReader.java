package io.medforge.cli.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Reads examples from a {@code .csv} table with a header, a {@code .npz} archive, or a folder of
 * PNG and JPEG images. Not thread-safe.
 *
 * <ul>
 *   <li><b>Table.</b> Comma-separated with a header; every column but those of label and id is a
 *       finite number. A column stated as ignored is left out. A blank field, {@code ?} or {@code
 *       NA} is a missing value: its row is refused, or left out if so stated.
 *   <li><b>NumPy archive.</b> {@code <split>_images} and {@code <split>_labels} as MedMNIST names
 *       them, or {@code inputs} and {@code labels} where no split is asked for. Unsigned bytes are
 *       pixels. {@code [n, h, w]} becomes {@code [n, 1, h, w]}, {@code [n, h, w, c]} of bytes
 *       becomes {@code [n, c, h, w]}.
 *   <li><b>Images.</b> One folder per class, or images without classes; all of one size. Grey
 *       images give one channel, others three.
 * </ul>
 */
public final class ExampleReader {
  /** The label column's name if none is stated. */
  public static final String LABEL = "label";

  private final Path path;
  private String labelColumn = LABEL;
  private Optional<String> idColumn = Optional.empty();
  private List<String> ignoredColumns = Collections.emptyList();
  private Optional<String> split = Optional.empty();
  private List<String> classNames = Collections.emptyList();
  private boolean skipsMissing;

  private ExampleReader(Path path) {
    this.path = path;
  }

  /**
   * A reader of one file or folder.
   *
   * @param path a table, an archive or a folder
   * @return a reader
   */
  public static ExampleReader of(Path path) {
    return new ExampleReader(path);
  }

  /**
   * Names a table's label column; a table without it is unlabelled.
   *
   * @param name by default {@value #LABEL}
   * @return this
   */
  public ExampleReader labelColumn(String name) {
    this.labelColumn = name;
    return this;
  }

  /**
   * Names a table's column that tells rows apart; by default rows are numbered.
   *
   * @param name a column
   * @return this
   */
  public ExampleReader idColumn(String name) {
    this.idColumn = Optional.of(name);
    return this;
  }

  /**
   * Names columns to leave out.
   *
   * @param names columns
   * @return this
   */
  public ExampleReader ignore(List<String> names) {
    this.ignoredColumns = List.copyOf(names);
    return this;
  }

  /**
   * Chooses a part of an archive.
   *
   * @param name for example {@code train}, {@code val} or {@code test}
   * @return this
   */
  public ExampleReader split(String name) {
    this.split = Optional.of(name);
    return this;
  }

  /**
   * States the classes and their order; by default those found, whole numbers by value, other names
   * by their characters.
   *
   * @param names every name that a label may have
   * @return this
   */
  public ExampleReader classes(List<String> names) {
    this.classNames = List.copyOf(names);
    return this;
  }

  /**
   * Leaves out the rows of a table that miss a number or the label; by default they are refused.
   *
   * @return this
   */
  public ExampleReader skipMissing() {
    this.skipsMissing = true;
    return this;
  }

  /**
   * Reads.
   *
   * @return at least one example
   * @throws MalformedDataException if the data has another form; the message names file, line or
   *     entry, and column
   * @throws UncheckedIOException if it cannot be read
   */
  public Examples read() {
    String name = path.toString().toLowerCase(Locale.ROOT);
    try {
      if (Files.isDirectory(path)) {
        return new ImageFolder(path, classNames).read();
      }
      if (name.endsWith(".npz")) {
        return new NpzExamples(path, split, classNames).read();
      }
      if (name.endsWith(".csv")) {
        return new CsvTable(path, labelColumn, idColumn, ignoredColumns, classNames, skipsMissing)
            .read();
      }
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + path, e);
    }
    throw MalformedDataException.of(
        "a .csv table, a .npz archive or a folder of images", "another file", path.toString());
  }
}
