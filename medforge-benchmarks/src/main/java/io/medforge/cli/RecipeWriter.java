package io.medforge.cli;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import com.fasterxml.jackson.core.io.NumberOutput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

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
    sources(yaml, "adapters", recipe.adapters(), folder);
    return yaml.toString();
  }

  /** The same of whole models. */
  static String toYaml(ModelRecipe recipe, Path folder) {
    StringBuilder yaml = new StringBuilder("# medforge fuse --recipe recipe.yaml -o OUT\n");
    line(yaml, "medforge", Integer.toString(RecipeReader.FORMAT));
    boolean fuse = recipe.kind() == ModelRecipe.Kind.FUSE;
    if (fuse) {
      line(yaml, "method", quoted(recipe.method()));
      if (!recipe.settings().values().isEmpty()) {
        yaml.append("settings:\n");
        recipe.settings().values().forEach((name, value) -> line(yaml, "  " + name, number(value)));
      }
      recipe.dtype().ifPresent(dtype -> line(yaml, "dtype", quoted(dtype)));
    }
    String model = fuse ? "base-model" : recipe.kind() == ModelRecipe.Kind.INTO ? "into" : "out-of";
    recipe.model().ifPresent(source -> source(yaml, model, source, folder));
    sources(yaml, fuse ? "models" : "adapters", recipe.inputs(), folder);
    return yaml.toString();
  }

  /** The same of an extraction. */
  static String toYaml(ExtractionRecipe recipe, Path folder) {
    StringBuilder yaml = new StringBuilder("# medforge extract --recipe recipe.yaml -o OUT\n");
    line(yaml, "medforge", Integer.toString(RecipeReader.FORMAT));
    yaml.append("extract:\n");
    line(yaml, "  rank", Integer.toString(recipe.rank()));
    recipe.energy().ifPresent(energy -> line(yaml, "  energy", number(energy)));
    line(yaml, "  rest", quoted(recipe.remainder()));
    line(yaml, "  layout", quoted(recipe.layout()));
    line(yaml, "  dtype", quoted(recipe.dtype()));
    recipe.id().ifPresent(id -> line(yaml, "  id", quoted(id)));
    recipe.baseName().ifPresent(name -> line(yaml, "  base", quoted(name)));
    source(yaml, "base-model", recipe.base(), folder);
    sources(yaml, "models", List.of(recipe.trained()), folder);
    return yaml.toString();
  }

  private static void source(
      StringBuilder yaml, String name, FusionRecipe.Source source, Path folder) {
    yaml.append(name).append(":\n");
    line(yaml, "  path", quoted(relative(source.path(), folder)));
    source.digest().ifPresent(digest -> line(yaml, "  digest", quoted(digest)));
  }

  private static void sources(
      StringBuilder yaml, String name, List<FusionRecipe.Source> sources, Path folder) {
    yaml.append(name).append(":\n");
    for (FusionRecipe.Source source : sources) {
      line(yaml, "  - path", quoted(relative(source.path(), folder)));
      source.weight().ifPresent(weight -> line(yaml, "    weight", number(weight)));
      source.digest().ifPresent(digest -> line(yaml, "    digest", quoted(digest)));
    }
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
