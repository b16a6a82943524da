package io.medforge.cli;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.medforge.merge.fusion.FusionSpace;
import io.medforge.plugin.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
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
   * @param file a recipe; its adapters' paths are taken from its folder
   * @return the recipe
   * @throws IllegalArgumentException if it is no recipe; "expected X, found Y, at FILE, line N"
   * @throws IOException if it cannot be read
   */
  static FusionRecipe read(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(MAX_BYTES + 1);
    }
    return parse(file, bytes);
  }

  /** The same for bytes that were read. */
  static FusionRecipe parse(Path file, byte[] bytes) {
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

  private FusionRecipe document() throws IOException {
    if (parser.nextToken() != JsonToken.START_OBJECT) {
      throw expected("a recipe, which begins with \"medforge: " + FORMAT + "\"", found());
    }
    Draft draft = new Draft();
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

  private boolean top(String name, Draft draft) throws IOException {
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
      case "adapters" -> adapters(draft.adapters);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void adapters(List<FusionRecipe.Source> adapters) throws IOException {
    if (next() != JsonToken.START_ARRAY) {
      throw expected("a list of adapters", found());
    }
    while (next() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        throw expected("an adapter with a path", found());
      }
      adapters.add(adapter());
    }
  }

  private FusionRecipe.Source adapter() throws IOException {
    int line = line();
    SourceDraft source = new SourceDraft();
    fields(
        "an adapter",
        name -> {
          switch (name) {
            case "path" -> source.path = path(text());
            case "weight" -> source.weight = OptionalDouble.of(real());
            case "digest" -> source.digest = Optional.of(choice(Digest::parse));
            default -> {
              return false;
            }
          }
          return true;
        });
    if (source.path == null) {
      throw new IllegalArgumentException(
          "expected a path, found an adapter without one, at " + file + ", line " + line);
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

  /** An adapter, as far as it was read. */
  private static final class SourceDraft {
    private @Nullable Path path;
    private OptionalDouble weight = OptionalDouble.empty();
    private Optional<Digest> digest = Optional.empty();
  }

  /** A recipe, as far as it was read. */
  private static final class Draft {
    private final List<FusionRecipe.Source> adapters = new ArrayList<>();
    private final SortedMap<String, Double> settings = new TreeMap<>();
    private FusionMethod method = FusionMethod.MEAN;
    private AlignmentChoice alignment = AlignmentChoice.NONE;
    private HeadChoice heads = HeadChoice.AVERAGE;
    private OptionalLong seed = OptionalLong.empty();
    private @Nullable String base;
    private @Nullable FusionSpace space;
    private @Nullable RankOption rank;
    private boolean versioned;

    private FusionRecipe recipe() {
      return new FusionRecipe(
          adapters,
          Optional.ofNullable(base),
          method,
          new MethodSettings(settings),
          Optional.ofNullable(space),
          Optional.ofNullable(rank),
          alignment,
          seed,
          heads);
    }
  }
}
