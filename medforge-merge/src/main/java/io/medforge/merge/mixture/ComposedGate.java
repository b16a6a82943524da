package io.medforge.merge.mixture;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.runtime.GateParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One gate after another.
 *
 * @param first weighs first
 * @param next goes on from the first's weights
 */
record ComposedGate(Gate first, Gate next) implements Gate {
  @Override
  public GateWeights weigh(GateQuery query) {
    return next.weigh(query.after(first.weigh(query)));
  }

  @Override
  public GateDescription describe(PluginSet plugins) {
    GateDescription one = first.describe(plugins);
    GateDescription two = next.describe(plugins);
    SortedMap<String, String> parameters = new TreeMap<>();
    one.parameters().forEach((key, value) -> parameters.put(one.name() + "." + key, value));
    two.parameters().forEach((key, value) -> parameters.put(two.name() + "." + key, value));
    List<String> remarks = new ArrayList<>(one.remarks());
    remarks.addAll(two.remarks());
    return new GateDescription(
        one.name() + ", " + two.name(),
        parameters,
        agreed("label spaces", one.labels(), two.labels()),
        Optional.empty(),
        one.numbers()
            .flatMap(
                before ->
                    two.numbers()
                        .map(after -> new GateParameters.Sequence(List.of(before, after)))),
        agreed("temperatures", one.temperatures(), two.temperatures()),
        remarks);
  }

  private static <T> Optional<T> agreed(String what, Optional<T> one, Optional<T> two) {
    if (one.isPresent() && two.isPresent() && !one.equals(two)) {
      throw new IncompatiblePluginsException(
          "expected gates of the same " + what + ", found " + one.get() + " and " + two.get());
    }
    return one.or(() -> two);
  }
}
