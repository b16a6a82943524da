package io.medforge.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.StreamSupport;

/** What scikit-learn and scipy say; {@code statistics.py} beside the file wrote it. */
final class GoldenStatistics {
  private GoldenStatistics() {}

  static JsonNode read(String field) throws IOException {
    try (InputStream stream = GoldenStatistics.class.getResourceAsStream("statistics.json")) {
      return new ObjectMapper().readTree(stream).path(field);
    }
  }

  static double[] doubles(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false)
        .mapToDouble(JsonNode::doubleValue)
        .toArray();
  }

  static int[] ints(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
  }
}
