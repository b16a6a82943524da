package io.medforge.cli;

import io.medforge.cli.data.ExampleReader;
import io.medforge.cli.data.Examples;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command that answers reads its inputs: a table, an archive or a folder of images. */
final class InputOptions {
  /** What may be read. */
  static final String FORMS =
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

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  InputOptions() {}

  /** Reads them from a file or folder. */
  Examples read(Path input) {
    ExampleReader reader = ExampleReader.of(input).labelColumn(labelColumn).ignore(ignored);
    if (idColumn != null) {
      reader.idColumn(idColumn);
    }
    if (split != null) {
      reader.split(split);
    }
    return reader.read();
  }
}
