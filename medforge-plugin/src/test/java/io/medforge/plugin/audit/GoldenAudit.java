package io.medforge.plugin.audit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.stream.StreamSupport;

/** What scipy and numpy say; {@code write_audit_golden.py} beside the file wrote it. */
final class GoldenAudit {
  private GoldenAudit() {}

  static JsonNode read(String field) throws IOException {
    try (InputStream stream = GoldenAudit.class.getResourceAsStream("golden/audit.json")) {
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
