package io.medforge.cli;

import io.medforge.merge.MergeRecord;
import io.medforge.merge.mixture.GateWeights;
import io.medforge.merge.mixture.OutputMemory;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/** What a mixture is, for people. */
final class MixtureSummary {
  private MixtureSummary() {}

  /**
   * A few lines.
   *
   * @param stored the mixture
   * @param record how it came to be
   */
  static String of(StoredMixture stored, MergeRecord record) {
    OutputMemory memory = stored.memory();
    StringBuilder text = new StringBuilder();
    text.append("mixture of ").append(memory.plugins().size()).append(" plugins, ");
    text.append(memory.examples()).append(" remembered examples, base ");
    text.append(record.base()).append('\n');
    SortedMap<String, String> parameters = new TreeMap<>(record.parameters());
    parameters.forEach((name, value) -> line(text, name, value));
    record.remarks().forEach(remark -> line(text, "note", remark));
    int n = memory.plugins().size();
    for (int j = 0; j < n; j++) {
      PluginModule plugin = memory.plugins().plugins().get(j);
      LabelSpace labels = memory.distilledSet(plugin.id()).labels();
      text.append("  ").append(plugin.id()).append(": ");
      text.append(memory.distilledSet(plugin.id()).size()).append(" examples of ");
      text.append(labels.name()).append(' ').append(labels.classes()).append('\n');
    }
    text.append(
        String.format(
            Locale.ROOT,
            "log-loss on the memory with equal weights: %.4f nats per example\n",
            -memory.logLikelihood(GateWeights.uniform(n))));
    return text.append("digest ").append(stored.model().digest()).append('\n').toString();
  }

  private static void line(StringBuilder text, String name, String value) {
    text.append("  ").append(name).append(": ").append(value).append('\n');
  }
}
