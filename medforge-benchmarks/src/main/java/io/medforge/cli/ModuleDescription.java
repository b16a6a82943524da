package io.medforge.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.study.Grid;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What there is to say of a plugin module: as text for people or as JSON for programs. */
final class ModuleDescription {
  private final PluginModule module;

  ModuleDescription(PluginModule module) {
    this.module = module;
  }

  /** For people. */
  String toText() {
    StringBuilder text = new StringBuilder();
    text.append("plugin  ").append(module.id()).append('\n');
    text.append("base    ").append(module.base()).append('\n');
    text.append("digest  ").append(module.digest()).append('\n');
    module
        .provenance()
        .facts()
        .forEach(
            (fact, value) ->
                text.append("  ").append(fact).append(": ").append(value).append('\n'));
    text.append('\n');
    List<List<String>> rows = new ArrayList<>();
    module.updates().forEach((layer, update) -> rows.add(row(layer, update)));
    text.append(
        new Grid(List.of("layer", "kind", "shape", "rank", "scaling", "dtype", "norm"), rows)
            .toText());
    double total =
        UpdateNorm.combine(
            module.updates().values().stream()
                .filter(update -> !(update instanceof Replacement))
                .mapToDouble(UpdateNorm::of)
                .toArray());
    text.append(
        String.format(
            Locale.ROOT,
            "%n%d layers, %d values, norm of all changes %.6g%n",
            module.updates().size(),
            module.updates().values().stream().mapToLong(ModuleDescription::values).sum(),
            total));
    return text.toString().replace(System.lineSeparator(), "\n");
  }

  private static List<String> row(String layer, Update update) {
    String norm = String.format(Locale.ROOT, "%.6g", UpdateNorm.of(update));
    if (update instanceof LowRankUpdate low) {
      String shape = low.out() + " x " + low.in();
      return List.of(
          layer,
          "low-rank",
          low.layout() == LowRankUpdate.Layout.OUT_IN ? shape : shape + " (stored transposed)",
          Long.toString(low.rank()),
          Double.toString(low.scaling()),
          low.a().dtype() == low.b().dtype()
              ? low.a().dtype().toString()
              : low.a().dtype() + "/" + low.b().dtype(),
          norm);
    }
    Tensor whole = whole(update);
    return List.of(
        layer,
        update instanceof DenseUpdate ? "dense" : "replacement",
        whole.shape().toString(),
        "-",
        "-",
        whole.dtype().toString(),
        norm);
  }

  /** For programs. */
  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", module.id().toString());
    json.set("base", MergeRecordJson.base(module.base()));
    json.put("digest", module.digest().toString());
    ObjectNode provenance = json.putObject("provenance");
    module.provenance().facts().forEach(provenance::put);
    ObjectNode layers = json.putObject("layers");
    module.updates().forEach((layer, update) -> describe(update, layers.putObject(layer)));
    return json;
  }

  private static void describe(Update update, ObjectNode json) {
    if (update instanceof LowRankUpdate low) {
      json.put("kind", "low-rank")
          .put("out", low.out())
          .put("in", low.in())
          .put("rank", low.rank())
          .put("scaling", low.scaling())
          .put("layout", low.layout().name());
      tensor(low.a(), json.putObject("a"));
      tensor(low.b(), json.putObject("b"));
    } else if (update instanceof DenseUpdate dense) {
      json.put("kind", "dense");
      tensor(dense.delta(), json.putObject("delta"));
    } else if (update instanceof Replacement replacement) {
      json.put("kind", "replacement").put("labelSpace", replacement.labels().name());
      replacement.labels().classes().forEach(json.putArray("classes")::add);
      tensor(replacement.tensor(), json.putObject("tensor"));
    }
    double norm = UpdateNorm.of(update);
    if (Double.isFinite(norm)) {
      json.put("norm", norm);
    }
  }

  /** A tensor's type and shape. */
  static void tensor(Tensor tensor, ObjectNode json) {
    json.put("dtype", tensor.dtype().toString());
    ArrayNode shape = json.putArray("shape");
    for (long dimension : tensor.shape().toArray()) {
      shape.add(dimension);
    }
  }

  private static Tensor whole(Update update) {
    return update instanceof DenseUpdate dense ? dense.delta() : ((Replacement) update).tensor();
  }

  private static long values(Update update) {
    if (update instanceof LowRankUpdate low) {
      return low.a().shape().elements() + low.b().shape().elements();
    }
    return whole(update).shape().elements();
  }
}
