package io.medforge.merge.alignment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** What SciPy answers; see golden/NOTES.md. */
public final class Golden {
  private Golden() {}

  /** The cases of one function. */
  public static JsonNode cases(String function) {
    try (InputStream in = Golden.class.getResourceAsStream("golden/alignment.json")) {
      return new ObjectMapper().readTree(in).get(function);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A matrix as its rows. */
  public static double[][] rows(JsonNode matrix) {
    double[][] rows = new double[matrix.size()][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = vector(matrix.get(i));
    }
    return rows;
  }

  /** A matrix as its columns. */
  public static double[][] columns(JsonNode matrix) {
    double[][] rows = rows(matrix);
    double[][] columns = new double[rows[0].length][rows.length];
    for (int i = 0; i < rows.length; i++) {
      for (int j = 0; j < columns.length; j++) {
        columns[j][i] = rows[i][j];
      }
    }
    return columns;
  }

  /** A list of numbers. */
  public static double[] vector(JsonNode list) {
    double[] vector = new double[list.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = list.get(i).asDouble();
    }
    return vector;
  }
}
