package io.medforge.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file of JSON in a folder of results.
 *
 * @param path where it is, or will be
 */
record ResultFile(Path path) {
  void write(JsonNode json) throws IOException {
    Files.writeString(path, json.toPrettyString() + "\n");
  }

  /** Writes a list, or appends it to the list that is there. */
  void write(JsonNode rows, boolean appending) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    ArrayNode all = mapper.createArrayNode();
    if (appending) {
      mapper.readTree(path.toFile()).forEach(all::add);
    }
    rows.forEach(all::add);
    write(all);
  }
}
