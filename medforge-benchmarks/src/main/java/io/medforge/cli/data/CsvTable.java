package io.medforge.cli.data;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MappingIterator;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvParser;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/** A table with a header. */
final class CsvTable {
  private static final ObjectReader ROWS =
      CsvMapper.builder()
          .enable(CsvParser.Feature.WRAP_AS_ARRAY)
          .enable(CsvParser.Feature.TRIM_SPACES)
          .enable(CsvParser.Feature.SKIP_EMPTY_LINES)
          .build()
          .readerFor(String[].class)
          .with(CsvSchema.emptySchema());
  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private final Path path;
  private final String labelColumn;
  private final Optional<String> idColumn;
  private final List<String> ignored;
  private final List<String> classNames;
  private final boolean skipsMissing;

  CsvTable(
      Path path,
      String labelColumn,
      Optional<String> idColumn,
      List<String> ignored,
      List<String> classNames,
      boolean skipsMissing) {
    this.path = path;
    this.labelColumn = labelColumn;
    this.idColumn = idColumn;
    this.ignored = ignored;
    this.classNames = classNames;
    this.skipsMissing = skipsMissing;
  }

  Examples read() throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(path, StandardCharsets.UTF_8);
        MappingIterator<String[]> rows = ROWS.readValues(reader)) {
      if (!rows.hasNextValue()) {
        throw MalformedDataException.of("a header", "an empty file", path.toString());
      }
      Columns columns = columns(rows.nextValue());
      List<float[]> values = new ArrayList<>();
      List<String> labels = new ArrayList<>();
      List<String> names = new ArrayList<>();
      List<Integer> places = new ArrayList<>();
      int row = 0;
      for (; rows.hasNextValue(); row++) {
        String[] fields = rows.nextValue();
        checkWidth(fields, columns, row);
        Optional<String> missing = missing(fields, columns);
        if (missing.isPresent()) {
          if (skipsMissing) {
            continue;
          }
          boolean label = columns.label().map(at -> columns.header().get(at)).equals(missing);
          throw MalformedDataException.of(
              label ? "a label" : "a number",
              "a missing value",
              place(row, missing.get()) + " (--skip-missing leaves such rows out)");
        }
        values.add(numbers(fields, columns, row));
        columns.label().ifPresent(at -> labels.add(fields[at]));
        names.add(columns.id().map(at -> fields[at]).orElse(Integer.toString(row)));
        places.add(row);
      }
      return examples(columns, new Rows(values, labels, names, places, row - places.size()));
    } catch (JsonProcessingException e) {
      // Its text would repeat the line.
      throw MalformedDataException.of(
          "comma-separated fields with quotes in pairs", "another form", place(e));
    } catch (CharacterCodingException e) {
      throw MalformedDataException.of("UTF-8", "other bytes", path.toString());
    }
  }

  /** The first column of a row that misses its value. */
  private static Optional<String> missing(String[] fields, Columns columns) {
    for (int at = 0; at < fields.length; at++) {
      boolean used = columns.features().contains(at) || columns.label().equals(Optional.of(at));
      if (used && isMissing(fields[at])) {
        return Optional.of(columns.header().get(at));
      }
    }
    return Optional.empty();
  }

  private static boolean isMissing(String field) {
    return field.isBlank() || field.equals("?") || field.equalsIgnoreCase("na");
  }

  private Examples examples(Columns columns, Rows rows) {
    List<float[]> values = rows.values();
    if (values.isEmpty()) {
      throw MalformedDataException.of(
          "at least one row",
          rows.skipped() == 0
              ? "a header alone"
              : rows.skipped() + " rows, all with missing values",
          path.toString());
    }
    int width = columns.features().size();
    float[] flat = new float[Math.multiplyExact(values.size(), width)];
    for (int row = 0; row < values.size(); row++) {
      System.arraycopy(values.get(row), 0, flat, row * width, width);
    }
    Optional<Examples.Classes> classes =
        columns.label().isPresent()
            ? Optional.of(
                ClassIndex.of(
                    rows.labels(), classNames, row -> place(rows.places().get(row), labelColumn)))
            : Optional.empty();
    return new Examples(
        Tensor.of(Shape.of(values.size(), width), flat),
        rows.names(),
        columns.names(),
        classes,
        rows.skipped());
  }

  private Columns columns(String[] header) {
    if (header.length > 0 && !header[0].isEmpty() && header[0].charAt(0) == BYTE_ORDER_MARK) {
      header[0] = header[0].substring(1);
    }
    List<String> all = Arrays.asList(header);
    if (new TreeSet<>(all).size() != all.size() || all.contains("")) {
      throw MalformedDataException.of(
          "a header with a name of its own for each column", all.toString(), path.toString());
    }
    idColumn.ifPresent(name -> checkKnown(name, all));
    ignored.forEach(name -> checkKnown(name, all));
    List<Integer> features = new ArrayList<>();
    for (int i = 0; i < header.length; i++) {
      String name = header[i];
      if (!name.equals(labelColumn)
          && !name.equals(idColumn.orElse(null))
          && !ignored.contains(name)) {
        features.add(i);
      }
    }
    if (features.isEmpty()) {
      throw MalformedDataException.of(
          "at least one column of numbers", "the columns " + all, path.toString());
    }
    return new Columns(
        all,
        features,
        all.contains(labelColumn) ? Optional.of(all.indexOf(labelColumn)) : Optional.empty(),
        idColumn.map(all::indexOf));
  }

  private void checkKnown(String name, List<String> columns) {
    if (!columns.contains(name)) {
      throw MalformedDataException.of(
          "the column " + name, "only the columns " + columns, path.toString());
    }
  }

  private void checkWidth(String[] fields, Columns columns, int row) {
    if (fields.length != columns.header().size()) {
      throw MalformedDataException.of(
          columns.header().size() + " fields", Integer.toString(fields.length), place(row));
    }
  }

  private float[] numbers(String[] fields, Columns columns, int row) {
    float[] numbers = new float[columns.features().size()];
    for (int f = 0; f < numbers.length; f++) {
      int at = columns.features().get(f);
      numbers[f] = number(fields[at], row, columns.header().get(at));
    }
    return numbers;
  }

  private float number(String field, int row, String column) {
    float value;
    try {
      value = Float.parseFloat(field);
    } catch (NumberFormatException e) {
      // Its text would repeat the value.
      throw MalformedDataException.of("a number", "something else", place(row, column));
    }
    if (!Float.isFinite(value)) {
      throw MalformedDataException.of("a finite number", "another", place(row, column));
    }
    return value;
  }

  private String place(int row) {
    return path + ", row " + row + " (from 0)";
  }

  private String place(int row, String column) {
    return place(row) + ", column " + column;
  }

  private String place(JsonProcessingException failure) {
    return failure.getLocation() == null
        ? path.toString()
        : path + ", line " + failure.getLocation().getLineNr();
  }

  private record Columns(
      List<String> header, List<Integer> features, Optional<Integer> label, Optional<Integer> id) {
    List<String> names() {
      return features.stream().map(header::get).toList();
    }
  }

  /** What was read: values, labels and names of the rows kept, and where each stood. */
  private record Rows(
      List<float[]> values,
      List<String> labels,
      List<String> names,
      List<Integer> places,
      int skipped) {}
}
