package io.medforge.cli;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.medforge.merge.checkpoint.AdapterExtraction;
import io.medforge.merge.fusion.FusionSpace;
import io.medforge.plugin.DType;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;

/**
 * Reads a recipe. Strict: one document of at most 1 MiB, every key known and given once, every
 * value of its type, neither aliases nor tags. Every refusal names the file and the line.
 */
final class RecipeReader {
  /** The version of the format, which every recipe states. */
  static final int FORMAT = 1;

  private static final int MAX_BYTES = 1 << 20;
  private static final Pattern LINE = Pattern.compile("line (\\d+)");

  private final Path file;
  private final YAMLParser parser;

  private RecipeReader(Path file, YAMLParser parser) {
    this.file = file;
    this.parser = parser;
  }

  /**
   * Reads a file.
   *
   * @param file a recipe; its paths are taken from its folder
   * @return the recipe
   * @throws IllegalArgumentException if it is no recipe; "expected X, found Y, at FILE, line N"
   * @throws IOException if it cannot be read
   */
  static Recipe any(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    }
    return parse(file, bytes);
  }

  /** The same for bytes that were read. */
  static Recipe parse(Path file, byte[] bytes) {
    if (bytes.length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "expected a recipe of at most " + MAX_BYTES + " bytes, found more, at " + file);
    }
    LoaderOptions limits = new LoaderOptions();
    limits.setMaxAliasesForCollections(0);
    limits.setNestingDepthLimit(8);
    YAMLFactory yaml = YAMLFactory.builder().loaderOptions(limits).build();
    try (YAMLParser parser = yaml.createParser(text(file, bytes))) {
      return new RecipeReader(file, parser).document();
    } catch (IOException e) {
      throw malformed(file, e);
    }
  }

  /** A recipe is UTF-8: bytes that are not would otherwise become other file names. */
  private static String text(Path file, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("expected UTF-8, found other bytes, at " + file, e);
    }
  }

  private static IllegalArgumentException malformed(Path file, IOException e) {
    String message = String.valueOf(e.getMessage());
    Matcher said = LINE.matcher(message);
    String line = said.find() ? said.group(1) : "";
    if (e instanceof JsonProcessingException failure && failure.getLocation() != null) {
      line = Integer.toString(failure.getLocation().getLineNr());
    }
    return new IllegalArgumentException(
        "expected a recipe in YAML, found "
            + message.lines().findFirst().orElse("").strip()
            + ", at "
            + file
            + (line.isEmpty() ? "" : ", line " + line),
        e);
  }

  private Recipe document() throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw expected("a recipe, which begins with \"medforge: " + FORMAT + "\"", found());
    }
    RecipeDraft draft = new RecipeDraft();
    fields("a recipe", name -> top(name, draft));
    if (parser.nextToken() != null) {
      throw expected("one document", "another");
    }
    if (!draft.versioned) {
      throw new IllegalArgumentException(
          "expected \"medforge: " + FORMAT + "\", found no version, at " + file);
    }
    try {
      return draft.recipe();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + ", at " + file, e);
    }
  }

  private boolean top(String name, RecipeDraft draft) throws IOException {
    switch (name) {
      case "medforge" -> {
        if (whole() != FORMAT) {
          throw expected("a recipe of format " + FORMAT, "format " + parser.getText());
        }
        draft.versioned = true;
      }
      case "method" -> draft.method = choice(FusionMethod::of);
      case "settings" -> object(setting -> draft.settings.put(setting, real()) == null);
      case "base" -> draft.base = text();
      case "space" -> draft.space = choice(t -> Named.find("space", t, FusionSpace.values()));
      case "rank" -> draft.rank = choice(RankOption::of);
      case "align" -> draft.alignment = choice(AlignmentChoice::of);
      case "seed" -> draft.seed = OptionalLong.of(whole());
      case "heads" -> draft.heads = choice(HeadChoice::of);
      case "adapters" -> sources(draft.adapters);
      case "models" -> sources(draft.models);
      case "dtype" -> draft.dtype = choice(DType::valueOf);
      case "base-model", "into", "out-of" -> draft.model(name, source(false));
      case "extract" -> draft.extraction = extraction();
      default -> {
        return false;
      }
    }
    return true;
  }

  private RecipeDraft.OfExtraction extraction() throws IOException {
    RecipeDraft.OfExtraction draft = new RecipeDraft.OfExtraction();
    object(
        name -> {
          switch (name) {
            case "rank" -> draft.rank = choice(Integer::valueOf);
            case "energy" -> draft.energy = OptionalDouble.of(real());
            case "rest" ->
                draft.rest =
                    choice(t -> AdapterExtraction.Remainder.valueOf(t.toUpperCase(Locale.ROOT)));
            case "layout" ->
                draft.layout =
                    choice(t -> LowRankUpdate.Layout.valueOf(t.toUpperCase(Locale.ROOT)));
            case "dtype" -> draft.dtype = choice(DType::valueOf);
            case "id" -> draft.id = choice(PluginId::parse);
            case "base" -> draft.base = text();
            default -> {
              return false;
            }
          }
          return true;
        });
    return draft;
  }

  private void sources(List<FusionRecipe.Source> sources) throws IOException {
    if (next() != JsonToken.START_ARRAY) {
      throw expected("a list of adapters or models", found());
    }
    while (next() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        throw expected("a model or an adapter with a path", found());
      }
      sources.add(source(true));
    }
  }

  /** A path and what is said of it; one of a list has begun already, and may have a weight. */
  private FusionRecipe.Source source(boolean listed) throws IOException {
    if (!listed && next() != JsonToken.START_OBJECT) {
      throw expected("a model with a path", found());
    }
    int line = line();
    RecipeDraft.OfSource source = new RecipeDraft.OfSource();
    fields(
        listed ? "an adapter" : "a model",
        name -> {
          switch (name) {
            case "path" -> source.path = path(text());
            case "digest" -> source.digest = Optional.of(choice(Digest::parse));
            case "weight" -> {
              if (!listed) {
                return false;
              }
              source.weight = OptionalDouble.of(real());
            }
            default -> {
              return false;
            }
          }
          return true;
        });
    if (source.path == null) {
      throw new IllegalArgumentException(
          "expected a path, found "
              + (listed ? "an adapter" : "a model")
              + " without one, at "
              + file
              + ", line "
              + line);
    }
    return new FusionRecipe.Source(source.path, source.weight, source.digest);
  }

  private Path path(String text) {
    try {
      return file.resolveSibling(text);
    } catch (InvalidPathException e) {
      throw expected("a path", "\"" + text + "\"");
    }
  }

  /** Reads one value for a name, or says that it does not know the name. */
  private interface Field {
    boolean read(String name) throws IOException;
  }

  private void object(Field field) throws IOException {
    if (next() != JsonToken.START_OBJECT) {
      throw expected("names and values", found());
    }
    fields("these settings", field);
  }

  private void fields(String where, Field field) throws IOException {
    Set<String> seen = new HashSet<>();
    while (next() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      if (!seen.add(name)) {
        throw expected("each name once in " + where, "\"" + name + "\" again");
      }
      if (!field.read(name)) {
        throw expected("a name known in " + where, "\"" + name + "\"");
      }
    }
  }

  private JsonToken next() throws IOException {
    JsonToken token = parser.nextToken();
    if (token == null) {
      throw expected("more", "the end");
    }
    if (parser.isCurrentAlias() || parser.getObjectId() != null) {
      throw expected("no anchors and aliases", "one");
    }
    if (parser.getTypeId() != null) {
      throw expected("no tags", "\"" + parser.getTypeId() + "\"");
    }
    return token;
  }

  private String text() throws IOException {
    if (next() != JsonToken.VALUE_STRING || parser.getText().isBlank()) {
      throw expected("a text", found());
    }
    return parser.getText();
  }

  private long whole() throws IOException {
    if (next() != JsonToken.VALUE_NUMBER_INT
        || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
      throw expected("a whole number", found());
    }
    return parser.getLongValue();
  }

  private double real() throws IOException {
    JsonToken token = next();
    if ((token != JsonToken.VALUE_NUMBER_INT && token != JsonToken.VALUE_NUMBER_FLOAT)
        || !Double.isFinite(parser.getDoubleValue())) {
      throw expected("a finite number", found());
    }
    return parser.getDoubleValue();
  }

  /** What a text, or a number such as a rank, stands for. */
  private <T> T choice(Function<String, T> reading) throws IOException {
    JsonToken token = next();
    if (!token.isScalarValue() || token == JsonToken.VALUE_NULL) {
      throw expected("a text", found());
    }
    try {
      return reading.apply(parser.getText());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + ", at " + file + ", line " + line(), e);
    }
  }

  private String found() throws IOException {
    JsonToken token = parser.currentToken();
    if (token == null) {
      return "nothing";
    }
    return switch (token) {
      case START_OBJECT, END_OBJECT, FIELD_NAME -> "names and values";
      case START_ARRAY, END_ARRAY -> "a list";
      case VALUE_NULL -> "nothing";
      default -> "\"" + parser.getText() + "\"";
    };
  }

  private int line() {
    JsonLocation at = parser.currentTokenLocation();
    return at == null ? 1 : Math.max(1, at.getLineNr());
  }

  private IllegalArgumentException expected(String what, String found) {
    return new IllegalArgumentException(
        "expected " + what + ", found " + found + ", at " + file + ", line " + line());
  }
}
