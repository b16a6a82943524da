package io.medforge.cli;

import io.medforge.cli.data.DataSource;
import io.medforge.cli.data.ExampleReader;
import io.medforge.cli.data.Examples;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command reads its rows: a table, an archive or a folder of images. */
public final class InputOptions {
  /** What may be read. */
  public static final String FORMS =
      "A .csv table with a header, a .npz archive, or a folder of PNG or JPEG images.";

  @Option(
      names = "--label-column",
      paramLabel = "NAME",
      description = "A column of the table that holds the label and is no input. Default: label.")
  private String labelColumn = ExampleReader.LABEL;

  @Option(
      names = "--id-column",
      paramLabel = "NAME",
      description = "A column of the table that tells rows apart and is no input.")
  private @Nullable String idColumn;

  @Option(
      names = "--ignore",
      split = ",",
      paramLabel = "NAME",
      description = "Columns of the table to leave out.")
  private List<String> ignored = List.of();

  @Option(
      names = "--split",
      paramLabel = "NAME",
      description = "The part of the archive, such as test: its arrays test_images, test_labels.")
  private @Nullable String split;

  @Option(
      names = "--skip-missing",
      description =
          "Leave out a table's rows that miss a value (blank, ? or NA). Default: refuse them.")
  private boolean skipMissing;

  /** Made by picocli. */
  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  public InputOptions() {}

  /**
   * Where the rows are and how they are read.
   *
   * @param input a file or folder
   * @return the source
   */
  public DataSource source(Path input) {
    return new DataSource(
        input.toAbsolutePath().normalize().toString(),
        labelColumn,
        idColumn,
        ignored,
        split,
        skipMissing);
  }

  /** Reads them from a file or folder. */
  Examples read(Path input) {
    return source(input).read(List.of());
  }
}
