package io.medforge.study;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The memory gate against another way to use the same plugins, in log-loss on the same test
 * patients, over several seeds. Immutable.
 *
 * <p>Patients are drawn again within seed, hospital and diagnosis, for both methods alike. As every
 * seed deals out the same people, the seeds are not independent: the interval is somewhat too
 * narrow, and the sign test counts whole seeds.
 *
 * @param rival the other method
 * @param difference mean over all patients of all seeds of the memory gate's log-loss minus the
 *     rival's, nats; negative where the memory gate is better
 * @param interval its 95 % paired bootstrap interval
 * @param lowerIn in how many seeds the memory gate's was lower
 * @param higherIn in how many it was higher
 */
record GateComparison(
    String rival, double difference, Bootstrap.Interval interval, int lowerIn, int higherIn) {
  private static final long SEED = 1;

  /** Methods that the memory gate is to beat and that occur once in a table. */
  private static final List<Method.Kind> RIVALS =
      List.of(
          Method.Kind.UNIFORM_MIXTURE, Method.Kind.FITTED_MIXTURE, Method.Kind.PUBLISHED_MIXTURE);

  /** Over the tables of some seeds: each other gate, and each seed's best plugin by log-loss. */
  static List<GateComparison> of(List<FinalTable> tables) {
    List<FinalTable.Row> memory =
        tables.stream().map(table -> table.only(Method.Kind.MIXTURE)).toList();
    List<GateComparison> all = new ArrayList<>();
    for (Method.Kind kind : RIVALS) {
      List<FinalTable.Row> rival = tables.stream().map(table -> table.only(kind)).toList();
      all.add(of(rival.get(0).method().name(), memory, rival));
    }
    all.add(
        of(
            "best single plugin, chosen by the test",
            memory,
            tables.stream().map(GateComparison::bestPlugin).toList()));
    return all;
  }

  private static FinalTable.Row bestPlugin(FinalTable table) {
    return table.rows().stream()
        .filter(row -> row.method().kind() == Method.Kind.PLUGIN)
        .min(Comparator.comparingDouble(row -> row.overall().logLoss()))
        .orElseThrow();
  }

  static GateComparison of(String rival, List<FinalTable.Row> memory, List<FinalTable.Row> others) {
    SortedMap<String, Answers> first = new TreeMap<>();
    SortedMap<String, Answers> second = new TreeMap<>();
    int lower = 0;
    int higher = 0;
    for (int i = 0; i < memory.size(); i++) {
      String prefix = String.format(Locale.ROOT, "%04d/", i);
      memory.get(i).answers().forEach((hospital, part) -> first.put(prefix + hospital, part));
      others.get(i).answers().forEach((hospital, part) -> second.put(prefix + hospital, part));
      double difference = memory.get(i).overall().logLoss() - others.get(i).overall().logLoss();
      lower += difference < 0 ? 1 : 0;
      higher += difference > 0 ? 1 : 0;
    }
    return new GateComparison(
        rival,
        Answers.pooled(first.values()).logLoss() - Answers.pooled(second.values()).logLoss(),
        new Bootstrap(SEED)
            .difference(first, second, (one, other) -> one.logLoss() - other.logLoss()),
        lower,
        higher);
  }

  /**
   * The exact two-sided sign test over seeds; ties are left out.
   *
   * @return p, 0 to 1
   */
  double signTest() {
    return new McNemarTest(lowerIn, higherIn).pValue();
  }
}
