package io.medforge.plugin.audit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A report as canonical JSON. Numbers go through Jackson's own writer, since {@code
 * Double.toString} changed in Java 19.
 */
final class AuditJson {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamWriteFeature.USE_FAST_DOUBLE_WRITER).build())
          .enable(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
          .build();

  private AuditJson() {}

  static String of(AuditReport report) {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("version", report.version());
    root.put("plugin", report.plugin().toString());
    root.put("base", report.base().toString());
    root.put("module", report.module().toString());
    root.put("distilled", report.distilled().toString());
    root.put("members", report.members());
    root.put("strangers", report.strangers());
    root.put("shadows", report.shadows());
    root.put("seed", report.seed());
    root.put("verdict", report.verdict().name());
    root.put("complete", report.isComplete());
    root.put("level", report.level().name());
    root.set("limits", limits(report.limits()));
    report
        .guarantee()
        .ifPresent(
            claimed ->
                root.putObject("guarantee")
                    .put("epsilon", claimed.epsilon())
                    .put("delta", claimed.delta()));
    ArrayNode safeguards = root.putArray("safeguards");
    report.safeguards().forEach(each -> safeguards.add(each.name()));
    report.noAttribute().ifPresent(reason -> root.put("no-attribute", reason));
    ArrayNode attacks = root.putArray("attacks");
    report.results().forEach(result -> attacks.add(attack(result)));
    ArrayNode limitations = root.putArray("limitations");
    report.limitations().forEach(limitations::add);
    try {
      return MAPPER.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("expected a tree of JSON to be writable", e);
    }
  }

  private static ObjectNode limits(AuditLimits limits) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("auc", limits.auc())
        .put("false-positive-rate", limits.falsePositiveRate())
        .put("true-positive-rate", limits.truePositiveRate())
        .put("distance-ratio", limits.distanceRatio())
        .put("attribute-advantage", limits.attributeAdvantage())
        .put("class-size", limits.classSize());
  }

  private static ObjectNode attack(AttackResult result) {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("attack", result.attack());
    node.put("verdict", result.verdict().name());
    node.put("reason", result.reason());
    ObjectNode figures = node.putObject("figures");
    result
        .figures()
        .forEach(
            (name, each) ->
                figures
                    .putObject(name)
                    .put("value", each.value())
                    .put("lower", each.lower())
                    .put("upper", each.upper()));
    result
        .roc()
        .ifPresent(
            roc -> {
              ObjectNode curve = node.putObject("roc");
              curve.set("false-positive-rates", numbers(roc.falsePositiveRates()));
              curve.set("true-positive-rates", numbers(roc.truePositiveRates()));
            });
    return node;
  }

  private static ArrayNode numbers(List<Double> values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    values.forEach(array::add);
    return array;
  }
}
