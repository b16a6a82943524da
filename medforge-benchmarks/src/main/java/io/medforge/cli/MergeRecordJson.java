package io.medforge.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.plugin.BaseModel;
import java.util.SortedMap;

/**
 * A merge record as JSON, complete. Everything but {@code environment} is the same on every
 * machine.
 */
public final class MergeRecordJson {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private MergeRecordJson() {}

  /**
   * A record as a tree.
   *
   * @param record any
   * @return a new tree with every component of the record under its name
   */
  public static ObjectNode of(MergeRecord record) {
    ObjectNode json = JSON.objectNode();
    json.put("strategy", record.strategy());
    json.set("parameters", texts(record.parameters()));
    json.set("base", base(record.base()));
    ArrayNode parents = json.putArray("parents");
    record
        .parents()
        .forEach(
            parent ->
                parents
                    .addObject()
                    .put("id", parent.id().toString())
                    .put("digest", parent.digest().toString()));
    record.coefficients().ifPresent(used -> json.set("coefficients", coefficients(used)));
    record.seed().ifPresent(seed -> json.put("seed", seed));
    json.set("layers", layers(record.layers()));
    ObjectNode keptApart = json.putObject("keptApart");
    record
        .keptApart()
        .forEach(
            (layer, owners) -> {
              ArrayNode names = keptApart.putArray(layer);
              owners.forEach(owner -> names.add(owner.toString()));
            });
    ArrayNode remarks = json.putArray("remarks");
    record.remarks().forEach(remarks::add);
    json.set("environment", environment(record.environment()));
    json.put("result", record.result().toString());
    return json;
  }

  /** A base's name, and its digest where it is known. */
  static ObjectNode base(BaseModel base) {
    ObjectNode json = JSON.objectNode().put("name", base.name());
    base.digest().ifPresent(digest -> json.put("digest", digest.toString()));
    return json;
  }

  /** What a merge ran on. */
  static ObjectNode environment(MergeRecord.Environment environment) {
    return JSON.objectNode()
        .put("library", environment.library())
        .put("jvm", environment.jvm())
        .put("os", environment.os())
        .put("arch", environment.arch());
  }

  private static ObjectNode coefficients(Coefficients coefficients) {
    ObjectNode json = JSON.objectNode();
    if (coefficients instanceof Coefficients.PerPlugin weights) {
      json.set("perPlugin", perPlugin(weights));
    } else if (coefficients instanceof Coefficients.PerLayer layers) {
      ObjectNode perLayer = json.putObject("perLayer");
      layers.layers().forEach((layer, weights) -> perLayer.set(layer, perPlugin(weights)));
    }
    return json;
  }

  private static ObjectNode perPlugin(Coefficients.PerPlugin weights) {
    ObjectNode json = JSON.objectNode();
    weights.weights().forEach((plugin, weight) -> json.put(plugin.toString(), weight));
    return json;
  }

  private static ObjectNode layers(SortedMap<String, MergeRecord.Layer> layers) {
    ObjectNode json = JSON.objectNode();
    layers.forEach(
        (name, layer) ->
            json.putObject(name)
                .put("rank", layer.rank())
                .put("energy", layer.energy())
                .put("discardedEnergy", layer.discardedEnergy()));
    return json;
  }

  private static ObjectNode texts(SortedMap<String, String> texts) {
    ObjectNode json = JSON.objectNode();
    texts.forEach(json::put);
    return json;
  }
}
