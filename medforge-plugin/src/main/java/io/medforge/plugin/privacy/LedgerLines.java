package io.medforge.plugin.privacy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.plugin.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A ledger's text, checked line by line. A line is believed only if it is, character for character,
 * what this class writes for the content read from it. Immutable.
 */
final class LedgerLines {
  private static final String FORMAT = "medforge-privacy-ledger-1";
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private final String centre;
  private final PrivacyLoss budget;
  private final List<PrivacyRelease> releases;
  private final List<String> lines;

  private LedgerLines(
      String centre, PrivacyLoss budget, List<PrivacyRelease> releases, List<String> lines) {
    this.centre = centre;
    this.budget = budget;
    this.releases = Collections.unmodifiableList(releases);
    this.lines = Collections.unmodifiableList(lines);
  }

  static LedgerLines start(String centre, PrivacyLoss budget) {
    return new LedgerLines(centre, budget, List.of(), List.of(firstLine(centre, budget)));
  }

  static LedgerLines parse(String text, String place) {
    if (!text.endsWith("\n")) {
      throw damaged("a line's end", "none", place, text.isEmpty() ? 1 : (int) text.lines().count());
    }
    List<String> lines = List.of(text.substring(0, text.length() - 1).split("\n", -1));
    JsonNode first = tree(lines.get(0), place, 1);
    LedgerLines read;
    try {
      String centre = text(first, "centre");
      PrivacyRelease.checkText("centre", centre);
      JsonNode cap = first.path("budget");
      read = start(centre, new PrivacyLoss(number(cap, "epsilon"), number(cap, "delta")));
    } catch (IllegalArgumentException e) {
      throw damaged("a ledger's first line", "another", place, 1, e);
    }
    checkSame(read, lines, 0, place);
    for (int i = 1; i < lines.size(); i++) {
      JsonNode node = tree(lines.get(i), place, i + 1);
      try {
        read = read.with(release(node));
      } catch (IllegalArgumentException e) {
        throw damaged("a release", "no valid one", place, i + 1, e);
      }
      checkSame(read, lines, i, place);
    }
    return read;
  }

  private static void checkSame(LedgerLines read, List<String> lines, int i, String place) {
    if (!read.lines.get(i).equals(lines.get(i))) {
      throw damaged(
          "the line that its content and the line before it give", "another", place, i + 1);
    }
  }

  LedgerLines with(PrivacyRelease release) {
    List<PrivacyRelease> more = new ArrayList<>(releases);
    more.add(release);
    List<String> longer = new ArrayList<>(lines);
    longer.add(line(release, Digest.of(bytes(lines.get(lines.size() - 1))), more.size()));
    return new LedgerLines(centre, budget, more, longer);
  }

  String centre() {
    return centre;
  }

  PrivacyLoss budget() {
    return budget;
  }

  List<PrivacyRelease> releases() {
    return releases;
  }

  /** The digest of each line, the first one's first. */
  List<Digest> digests() {
    return lines.stream().map(line -> Digest.of(bytes(line))).toList();
  }

  byte[] toBytes() {
    return bytes(String.join("\n", lines) + "\n");
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String firstLine(String centre, PrivacyLoss budget) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("format", FORMAT).put("centre", centre);
    node.putObject("budget").put("epsilon", budget.epsilon()).put("delta", budget.delta());
    return write(node);
  }

  private static String line(PrivacyRelease release, Digest previous, int number) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("number", number).put("previous", previous.toString());
    node.put("release", release.name()).put("cohort", release.cohort());
    node.put("content", release.content().toString());
    ArrayNode mechanisms = node.putArray("mechanisms");
    for (SampledGaussian mechanism : release.mechanisms()) {
      mechanisms
          .addObject()
          .put("sampling-rate", mechanism.samplingRate())
          .put("noise-multiplier", mechanism.noiseMultiplier())
          .put("steps", mechanism.steps());
    }
    return write(node);
  }

  private static PrivacyRelease release(JsonNode node) {
    List<SampledGaussian> mechanisms = new ArrayList<>();
    for (JsonNode each : node.path("mechanisms")) {
      mechanisms.add(
          new SampledGaussian(
              number(each, "sampling-rate"),
              number(each, "noise-multiplier"),
              each.path("steps").longValue()));
    }
    return new PrivacyRelease(
        text(node, "release"),
        text(node, "cohort"),
        Digest.parse(text(node, "content")),
        mechanisms);
  }

  private static String write(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("expected a tree of JSON to be writable", e);
    }
  }

  private static JsonNode tree(String line, String place, int number) {
    try {
      JsonNode node = MAPPER.readTree(line);
      if (node.isObject()) {
        return node;
      }
    } catch (JsonProcessingException e) {
      throw damaged("a JSON object", "none", place, number, e);
    }
    throw damaged("a JSON object", "other JSON", place, number);
  }

  private static String text(JsonNode node, String key) {
    return node.path(key).asText("");
  }

  private static double number(JsonNode node, String key) {
    return node.path(key).asDouble(Double.NaN);
  }

  private static DamagedLedgerException damaged(
      String expected, String found, String place, int line) {
    return new DamagedLedgerException(
        "expected " + expected + ", found " + found + ", at " + place + ", line " + line, null);
  }

  private static DamagedLedgerException damaged(
      String expected, String found, String place, int line, Exception cause) {
    return new DamagedLedgerException(
        "expected " + expected + ", found " + found + ", at " + place + ", line " + line, cause);
  }
}
