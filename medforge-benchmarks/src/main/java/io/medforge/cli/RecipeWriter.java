package io.medforge.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.io.NumberOutput;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a recipe as {@link RecipeReader} reads it: every choice stated, texts in quotes. */
final class RecipeWriter {
  private RecipeWriter() {}

  /**
   * A recipe as YAML.
   *
   * @param recipe any
   * @param folder where the file will be; paths are written as seen from there
   * @return the text, ending in a line's end; the same for the same recipe on every JDK
   */
  static String toYaml(FusionRecipe recipe, Path folder) {
    StringBuilder yaml = new StringBuilder("# medforge fuse --recipe recipe.yaml -o OUT\n");
    line(yaml, "medforge", Integer.toString(RecipeReader.FORMAT));
    line(yaml, "method", quoted(recipe.method()));
    if (!recipe.settings().values().isEmpty()) {
      yaml.append("settings:\n");
      recipe.settings().values().forEach((name, value) -> line(yaml, "  " + name, number(value)));
    }
    recipe.space().ifPresent(space -> line(yaml, "space", quoted(space)));
    recipe.rank().ifPresent(rank -> line(yaml, "rank", quoted(rank)));
    line(yaml, "align", quoted(recipe.alignment()));
    recipe.seed().ifPresent(seed -> line(yaml, "seed", Long.toString(seed)));
    line(yaml, "heads", quoted(recipe.heads()));
    recipe.base().ifPresent(base -> line(yaml, "base", quoted(base)));
    yaml.append("adapters:\n");
    for (FusionRecipe.Source adapter : recipe.adapters()) {
      line(yaml, "  - path", quoted(relative(adapter.path(), folder)));
      adapter.weight().ifPresent(weight -> line(yaml, "    weight", number(weight)));
      adapter.digest().ifPresent(digest -> line(yaml, "    digest", quoted(digest)));
    }
    return yaml.toString();
  }

  /** With slashes, and absolute where no way leads from one to the other, as between drives. */
  private static String relative(Path adapter, Path folder) {
    Path real = OpenAdapters.real(adapter);
    Path from = place(folder.toAbsolutePath().normalize());
    boolean reachable = from.getRoot() != null && from.getRoot().equals(real.getRoot());
    return (reachable ? from.relativize(real) : real).toString().replace('\\', '/');
  }

  /** Where a folder will really be, though it may not be there yet. */
  private static Path place(Path folder) {
    Path parent = folder.getParent();
    if (parent == null || Files.exists(folder)) {
      return OpenAdapters.real(folder);
    }
    return place(parent).resolve(folder.getFileName());
  }

  private static void line(StringBuilder yaml, String name, String value) {
    yaml.append(name).append(": ").append(value).append('\n');
  }

  static String quoted(Object value) {
    return '"' + new String(JsonStringEncoder.getInstance().quoteAsString(value.toString())) + '"';
  }

  /** By Jackson's own algorithm, since {@code Double.toString} changed in Java 19. */
  private static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e9
        ? Long.toString((long) value)
        : NumberOutput.toString(value, true);
  }
}
