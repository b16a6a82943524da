package io.medforge.cli.data;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where rows are and how they are read. Immutable.
 *
 * @param path a table, an archive or a folder
 * @param labelColumn a table's label column
 * @param idColumn a table's column that tells patients apart, if any
 * @param ignored a table's columns to leave out
 * @param split the part of an archive, if any
 * @param skipMissing whether a table's rows with missing values are left out instead of refused
 */
public record DataSource(
    String path,
    String labelColumn,
    @Nullable String idColumn,
    List<String> ignored,
    @Nullable String split,
    boolean skipMissing) {
  /**
   * Copies.
   *
   * @param path a table, an archive or a folder
   * @param labelColumn a table's label column
   * @param idColumn a table's column that tells patients apart, if any
   * @param ignored a table's columns to leave out
   * @param split the part of an archive, if any
   * @param skipMissing whether a table's rows with missing values are left out instead of refused
   */
  public DataSource {
    ignored = List.copyOf(ignored);
  }

  /**
   * The same reading of another place.
   *
   * @param other a table, an archive or a folder
   * @return a new source
   */
  public DataSource at(Path other) {
    return new DataSource(
        other.toAbsolutePath().normalize().toString(),
        labelColumn,
        idColumn,
        ignored,
        split,
        skipMissing);
  }

  /**
   * Reads.
   *
   * @param classes every name that a label may have, in order, or none to take those found
   * @return at least one example
   * @throws MalformedDataException if the data has another form
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public Examples read(List<String> classes) {
    ExampleReader reader =
        ExampleReader.of(Path.of(path)).labelColumn(labelColumn).ignore(ignored).classes(classes);
    if (idColumn != null) {
      reader.idColumn(idColumn);
    }
    if (split != null) {
      reader.split(split);
    }
    if (skipMissing) {
      reader.skipMissing();
    }
    return reader.read();
  }
}
