package io.medforge.merge.mixture;

import io.medforge.merge.PluginSet;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.TensorBundle;
import io.medforge.runtime.GateParameters;
import io.medforge.runtime.MixtureParameters;
import io.medforge.runtime.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A mixture's saved form, version 1: text {@code pool}, {@code gate.name}, plugins by id and
 * digest, {@code labels.i} and {@code joins} where somebody said what outputs mean, {@code
 * temperature.i}; and the gate's numbers, see {@link GateBundle}.
 */
final class MixtureBundle {
  private static final String FORMAT = "medforge-mixture";
  private static final String VERSION = "1";

  private MixtureBundle() {}

  static TensorBundle write(
      MixtureModel model, MixtureParameters parameters, GateDescription description) {
    BundleWriter writer = new BundleWriter(FORMAT, VERSION);
    writer.plugins(model.plugins());
    writer.text("pool", parameters.pool().name());
    writer.text("gate.name", description.name());
    writer.text("labels", parameters.labels().size());
    for (int i = 0; i < parameters.labels().size(); i++) {
      writer.labels("labels." + i, parameters.labels().get(i));
    }
    writer.joins(parameters.joins());
    for (int i = 0; i < parameters.temperatures().size(); i++) {
      writer.text("temperature." + i, parameters.temperatures().get(i));
    }
    GateBundle.write(writer, "gate", parameters.gate());
    return writer.build(model.digest());
  }

  static MixtureModel read(TensorBundle bundle, PluginSet branches) {
    BundleReader reader = new BundleReader(bundle, FORMAT, VERSION);
    List<PluginId> ids = reader.plugins(branches);
    Optional<LabelSpaces> labels = labels(reader, ids);
    List<Double> temperatures = new ArrayList<>();
    for (int i = 0; i < ids.size(); i++) {
      temperatures.add(reader.real("temperature." + i));
    }
    GateParameters numbers = GateBundle.read(reader, "gate");
    Pool pool = reader.parsed("pool", () -> pool(reader.text("pool")));
    // The api's own checks, of the temperatures among others.
    MixtureParameters parameters =
        reader.parsed(
            "temperature",
            () ->
                new MixtureParameters(
                    branches.plugins(), List.of(), List.of(), numbers, pool, temperatures));
    GateBundle.checkPlugins(numbers, ids.size());
    boolean calibrated = parameters.temperatures().stream().anyMatch(value -> value != 1);
    ParametricGate gate =
        ParametricGate.of(reader.text("gate.name"), numbers)
            .madeFor(branches, labels)
            .calibrated(
                calibrated
                    ? Optional.of(
                        parameters.temperatures().stream()
                            .mapToDouble(Double::doubleValue)
                            .toArray())
                    : Optional.empty());
    MixtureModel model = new MixtureModel(branches, gate, gate.describe(branches), labels, pool);
    MemoryBundle.checkDigest(reader.digest("digest"), model.digest());
    return model;
  }

  private static Optional<LabelSpaces> labels(BundleReader reader, List<PluginId> ids) {
    int count = reader.number("labels", 0);
    if (count == 0) {
      return Optional.empty();
    }
    SortedMap<PluginId, LabelSpace> own = new TreeMap<>();
    for (int i = 0; i < ids.size(); i++) {
      own.put(ids.get(i), reader.labels("labels." + i));
    }
    return Optional.of(reader.parsed("joins", () -> LabelSpaces.of(own, reader.joins())));
  }

  private static Pool pool(String name) {
    for (Pool pool : Pool.values()) {
      if (pool.name().equals(name)) {
        return pool;
      }
    }
    throw new IllegalArgumentException("expected the pool LINEAR or LOG, found another");
  }
}
