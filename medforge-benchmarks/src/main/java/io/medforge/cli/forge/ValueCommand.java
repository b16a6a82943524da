package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.Contribution;
import io.medforge.forge.mainline.StrategySource;
import io.medforge.forge.valuation.CoalitionScores;
import io.medforge.forge.valuation.Player;
import io.medforge.forge.valuation.Players;
import io.medforge.forge.valuation.Valuation;
import io.medforge.forge.valuation.Value;
import io.medforge.merge.PluginSet;
import io.medforge.merge.alignment.LowRankGram;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Values the centres. */
@Command(
    name = "value",
    description = {
      "What each centre's part adds to the probability of the right class on the admitted"
          + " distilled",
      "sets: Shapley and leave-one-out values with 95 % intervals."
    },
    mixinStandardHelpOptions = true)
final class ValueCommand implements Callable<Integer> {
  private static final double COPIES_ABOVE = 0.99;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "The seed of resampling. Default: 1.")
  private long seed;

  @Option(
      names = "--pairs",
      paramLabel = "N",
      defaultValue = "200",
      description = "Pairs of orders sampled beyond 12 centres. Default: 200.")
  private int pairs;

  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private ValueCommand() {}

  @Override
  public Integer call() {
    return forge.open(OpenForge.Need.MODEL, this::value);
  }

  private int value(OpenForge.Opened opened) {
    int newest = opened.mainline().versions().size() - 1;
    List<Player> players =
        Players.of(
            List.copyOf(opened.mainline().contributions(newest).values()),
            ValueCommand::cosine,
            COPIES_ABOVE);
    List<Contribution> all =
        players.stream().flatMap(player -> player.contributions().stream()).toList();
    List<DistilledSet> tasks = all.stream().map(Contribution::distilled).toList();
    ModelRuntime runtime = opened.runtime().orElseThrow();
    StrategySource<ForgedModel> source =
        opened.charter().rule().sourceWithin(all, opened.runtime());
    CoalitionScores scores = coalition -> scores(coalition, tasks, source, runtime);
    List<String> lines = new ArrayList<>();
    ObjectNode json = ForgeJson.object();
    ArrayNode array = json.putArray("values");
    for (Value value : Valuation.of(players, scores, seed, pairs).values()) {
      lines.add(
          String.format(
              Locale.ROOT,
              "%-24s Shapley %+.4f [%+.4f, %+.4f]   leave-one-out %+.4f [%+.4f, %+.4f]",
              value.player(),
              value.shapley(),
              value.low(),
              value.high(),
              value.leaveOneOut(),
              value.leaveOneOutLow(),
              value.leaveOneOutHigh()));
      ObjectNode each = array.addObject();
      each.put("player", value.player());
      each.put("shapley", value.shapley()).put("low", value.low()).put("high", value.high());
      each.put("leaveOneOut", value.leaveOneOut());
      each.put("leaveOneOutLow", value.leaveOneOutLow());
      each.put("leaveOneOutHigh", value.leaveOneOutHigh());
      each.put("samplingError", value.samplingError());
      value.byCentre().forEach(each.putObject("byCentre")::put);
    }
    printing.print(lines, json);
    return CommandLine.ExitCode.OK;
  }

  private static double cosine(PluginModule one, PluginModule other) {
    return LowRankGram.of(PluginSet.allowingMissingLayers(List.of(one, other))).cosine(0, 1);
  }

  private static double[][] scores(
      List<Contribution> coalition,
      List<DistilledSet> tasks,
      StrategySource<ForgedModel> source,
      ModelRuntime runtime) {
    Optional<ForgedModel> merged =
        coalition.isEmpty() ? Optional.empty() : Optional.of(merged(coalition, source));
    double[][] scores = new double[tasks.size()][];
    for (int t = 0; t < scores.length; t++) {
      DistilledSet task = tasks.get(t);
      Outputs outputs = ForgedModel.answers(runtime).answer(merged, task.inputs());
      scores[t] = new double[task.size()];
      for (int row = 0; row < scores[t].length; row++) {
        scores[t][row] = outputs.probabilities(row)[task.classOf(row)];
      }
    }
    return scores;
  }

  private static ForgedModel merged(
      List<Contribution> coalition, StrategySource<ForgedModel> source) {
    List<PluginModule> modules = coalition.stream().map(Contribution::module).toList();
    return source
        .forContributions(coalition)
        .merge(PluginSet.allowingMissingLayers(modules))
        .value();
  }
}
