package io.medforge.cli;

import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SequenceWriter;
import com.fasterxml.jackson.dataformat.csv.CsvMapper;
import com.fasterxml.jackson.dataformat.csv.CsvSchema;
import io.medforge.merge.mixture.MixedPrediction;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import java.io.IOException;
import java.io.Writer;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Predictions as a table: {@code row, task, class, probability, abstained}, then {@code p:CLASS}
 * for each class (with several tasks {@code p:TASK/CLASS}; empty where another task answered),
 * {@code weight:PLUGIN} (how much the gate listened) and {@code share:PLUGIN} (its part in the
 * answer). Numbers have nine significant digits, the same on every JDK. Where the base answered for
 * several tasks, task and class are empty.
 */
final class PredictionTable implements AutoCloseable {
  private static final MathContext DIGITS = new MathContext(9);
  private static final ObjectWriter ROWS =
      CsvMapper.builder().build().writer(CsvSchema.emptySchema().withLineSeparator("\n"));

  private final List<LabelSpace> tasks;
  private final List<PluginId> plugins;
  private final SequenceWriter writer;

  /**
   * Begins a table with its header.
   *
   * @param target where to write; closed with this
   * @param tasks the distinct label spaces, in order
   * @param plugins in canonical order
   */
  PredictionTable(Writer target, List<LabelSpace> tasks, List<PluginId> plugins)
      throws IOException {
    this.tasks = List.copyOf(tasks);
    this.plugins = List.copyOf(plugins);
    this.writer = ROWS.writeValues(target);
    writer.write(header());
  }

  private String[] header() {
    List<String> header =
        new ArrayList<>(List.of("row", "task", "class", "probability", "abstained"));
    for (LabelSpace task : tasks) {
      for (String name : task.classes()) {
        header.add("p:" + (tasks.size() == 1 ? name : task.name() + "/" + name));
      }
    }
    plugins.forEach(plugin -> header.add("weight:" + plugin));
    plugins.forEach(plugin -> header.add("share:" + plugin));
    return header.toArray(String[]::new);
  }

  /** Adds a row. */
  void add(String name, MixedPrediction prediction) throws IOException {
    double[] probabilities = prediction.probabilities();
    int predicted = prediction.predictedClass();
    Optional<LabelSpace> task = prediction.labels().or(this::onlyTask);
    List<String> row = new ArrayList<>();
    row.add(name);
    row.add(task.map(LabelSpace::name).orElse(""));
    row.add(task.map(space -> space.classes().get(predicted)).orElse(""));
    row.add(number(probabilities[predicted]));
    row.add(Boolean.toString(prediction.abstained()));
    for (LabelSpace each : tasks) {
      boolean answered = task.isPresent() && task.get().equals(each);
      for (int c = 0; c < each.size(); c++) {
        row.add(answered ? number(probabilities[c]) : "");
      }
    }
    plugins.forEach(plugin -> row.add(number(prediction.weights().getOrDefault(plugin, 0.0))));
    plugins.forEach(plugin -> row.add(number(prediction.shares().getOrDefault(plugin, 0.0))));
    writer.write(row.toArray(String[]::new));
  }

  private Optional<LabelSpace> onlyTask() {
    return tasks.size() == 1 ? Optional.of(tasks.get(0)) : Optional.empty();
  }

  static String number(double value) {
    BigDecimal rounded = new BigDecimal(value).round(DIGITS);
    return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toString();
  }

  @Override
  public void close() throws IOException {
    writer.close();
  }
}
