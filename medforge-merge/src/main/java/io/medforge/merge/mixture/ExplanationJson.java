package io.medforge.merge.mixture;

import io.medforge.plugin.LabelSpace;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Writes an explanation as JSON: strings, finite numbers, booleans, lists and sorted objects. */
final class ExplanationJson {
  private ExplanationJson() {}

  static String of(Explanation explanation) {
    MixedPrediction prediction = explanation.prediction();
    Map<String, Object> root = new TreeMap<>();
    root.put("abstained", prediction.abstained());
    root.put("baseWeight", prediction.baseWeight());
    root.put("predictedClass", prediction.predictedClass());
    root.put("probabilities", Arrays.stream(prediction.probabilities()).boxed().toList());
    prediction.labels().ifPresent(space -> root.put("labels", labels(space)));
    root.put("tasks", new TreeMap<>(prediction.tasks()));
    root.put("disagreement", explanation.disagreement());
    root.put("opinions", explanation.opinions().stream().map(ExplanationJson::opinion).toList());
    StringBuilder text = new StringBuilder();
    write(text, root);
    return text.toString();
  }

  private static Map<String, Object> labels(LabelSpace space) {
    Map<String, Object> labels = new TreeMap<>();
    labels.put("name", space.name());
    labels.put("classes", space.classes());
    return labels;
  }

  private static Map<String, Object> opinion(Explanation.Opinion opinion) {
    Map<String, Object> object = new TreeMap<>();
    object.put("plugin", opinion.plugin().toString());
    object.put("task", opinion.labels().name());
    object.put("weight", opinion.weight());
    object.put("share", opinion.share());
    object.put("probabilities", opinion.probabilities());
    object.put("agreement", opinion.agreement());
    object.put("agrees", opinion.agrees());
    List<Object> nearest = new ArrayList<>();
    for (Explanation.Neighbour each : opinion.nearest()) {
      Map<String, Object> neighbour = new TreeMap<>();
      neighbour.put("row", each.row());
      neighbour.put("label", each.label());
      neighbour.put("distance", each.distance());
      neighbour.put("probability", each.probability());
      nearest.add(neighbour);
    }
    object.put("nearest", nearest);
    return object;
  }

  private static void write(StringBuilder text, Object value) {
    if (value instanceof Map<?, ?> map) {
      String separator = "{";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        text.append(separator);
        quote(text, entry.getKey().toString());
        text.append(':');
        write(text, entry.getValue());
        separator = ",";
      }
      text.append(map.isEmpty() ? "{}" : "}");
    } else if (value instanceof List<?> list) {
      String separator = "[";
      for (Object each : list) {
        text.append(separator);
        write(text, each);
        separator = ",";
      }
      text.append(list.isEmpty() ? "[]" : "]");
    } else if (value instanceof String string) {
      quote(text, string);
    } else {
      text.append(value);
    }
  }

  private static void quote(StringBuilder text, String string) {
    text.append('"');
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c == '"' || c == '\\') {
        text.append('\\').append(c);
      } else if (c < ' ' || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029') {
        text.append("\\u");
        for (int shift = 12; shift >= 0; shift -= 4) {
          text.append(Character.forDigit(c >> shift & 15, 16));
        }
      } else {
        text.append(c);
      }
    }
    text.append('"');
  }
}
