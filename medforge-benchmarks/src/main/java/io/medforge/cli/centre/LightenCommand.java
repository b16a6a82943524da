package io.medforge.cli.centre;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.cli.AtomicFolder;
import io.medforge.cli.ProgressDisplay;
import io.medforge.cli.forge.Printing;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.Rank;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Update;
import io.medforge.plugin.light.LightModule;
import io.medforge.plugin.light.Lightening;
import io.medforge.plugin.light.Storage;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.djl.DjlRuntime;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Finds the smallest module that is as good. */
@Command(
    name = "lighten",
    description = {
      "Cuts ranks and stores values in fewer bits as far as the validation rows allow:"
          + " BRANCH/light,",
      "which is audited and packed instead of BRANCH/adapter."
    },
    mixinStandardHelpOptions = true)
public final class LightenCommand implements Callable<Integer> {
  @Mixin private BranchOptions place;

  @Option(
      names = "--max-loss",
      defaultValue = "0.01",
      paramLabel = "SHARE",
      description = "How much less of the validation rows may be answered right. Default: 0.01.")
  private double maxLoss;

  @Mixin private Printing printing;

  /** Made by picocli. */
  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private LightenCommand() {}

  /**
   * What was found, as it is kept.
   *
   * @param module its digest
   * @param storage how values are stored, or {@code unchanged}
   * @param energy the share of each layer's energy kept
   * @param bytes of its tensors
   * @param originalBytes of the original's
   * @param accuracy on the validation rows
   * @param originalAccuracy of the original
   * @param errorBounds by layer and tensor, the most that storing put any value off
   */
  record Lightened(
      String module,
      String storage,
      double energy,
      long bytes,
      long originalBytes,
      double accuracy,
      double originalAccuracy,
      SortedMap<String, Double> errorBounds) {
    Lightened {
      errorBounds = Collections.unmodifiableSortedMap(new TreeMap<>(errorBounds));
    }
  }

  @Override
  public Integer call() {
    Branch branch = place.open();
    AtomicFolder.check(branch.file(Branch.LIGHT), place.overwrite());
    PluginModule module = LightFolder.readAdapter(branch.file(Branch.ADAPTER), branch.plugin());
    LightModule light;
    List<Integer> rows = branch.validationFor("the loss");
    ModelInput inputs = branch.inputs(rows);
    int[] truth = branch.classes(rows);
    try (ModelRuntime runtime = DjlRuntime.open(branch.network());
        ProgressDisplay progress = ProgressDisplay.of("lighten")) {
      int[] measured = new int[1];
      light =
          Lightening.of(
                  module,
                  LightenCommand::cut,
                  candidate -> {
                    progress.at(measured[0]++, 50, "measuring");
                    return ModelQuality.of(runtime, candidate, inputs, truth).accuracy();
                  })
              .allowedLoss(maxLoss)
              .build()
              .smallest();
    }
    boolean eightBit = light.storage().equals(Optional.of(Storage.INT8));
    AtomicFolder.write(
        branch.file(Branch.LIGHT),
        place.overwrite(),
        folder -> {
          Files.createDirectories(folder);
          LightFolder.write(light.module(), eightBit, folder);
          PluginModule written = LightFolder.read(folder, branch.plugin(), module.provenance());
          RecordFile.write(folder.resolve(LightFolder.RECORD), record(light, written));
        });
    print(light, branch);
    return CommandLine.ExitCode.OK;
  }

  /** Ranks are cut in low-rank layers; a head trained whole stays as it is. */
  private static PluginModule cut(PluginModule module, double energy) {
    SortedMap<String, Update> lowRank = new TreeMap<>();
    module
        .updates()
        .forEach(
            (layer, update) -> {
              if (update instanceof LowRankUpdate) {
                lowRank.put(layer, update);
              }
            });
    if (lowRank.isEmpty()) {
      return module;
    }
    PluginModule part = PluginModule.of(module.id(), module.base(), lowRank, module.provenance());
    SortedMap<String, Update> all = new TreeMap<>(module.updates());
    all.putAll(
        Fusion.average()
            .rank(Rank.energy(energy))
            .build()
            .merge(PluginSet.of(part))
            .value()
            .updates());
    return PluginModule.of(module.id(), module.base(), all, module.provenance());
  }

  private static String storage(LightModule light) {
    return light.storage().map(each -> each.name().toLowerCase(Locale.ROOT)).orElse("unchanged");
  }

  private static Lightened record(LightModule light, PluginModule written) {
    return new Lightened(
        written.digest().toString(),
        storage(light),
        light.energy(),
        light.bytes(),
        light.originalBytes(),
        light.quality(),
        light.originalQuality(),
        light.errorBounds());
  }

  private void print(LightModule light, Branch branch) {
    List<String> lines = new ArrayList<>();
    lines.add(
        String.format(
            Locale.ROOT,
            "%d bytes instead of %d: stored as %s, %.4g of the energy kept",
            light.bytes(),
            light.originalBytes(),
            storage(light),
            light.energy()));
    double off = light.errorBounds().values().stream().mapToDouble(d -> d).max().orElse(0);
    lines.add(
        String.format(
            Locale.ROOT,
            "answers %.3f of the validation rows right (before: %.3f); storing put no value off by"
                + " more than %.3g",
            light.quality(),
            light.originalQuality(),
            off));
    lines.add("wrote " + branch.file(Branch.LIGHT));
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("bytes", light.bytes()).put("originalBytes", light.originalBytes());
    json.put("storage", storage(light)).put("energy", light.energy());
    json.put("accuracy", light.quality()).put("originalAccuracy", light.originalQuality());
    json.put("errorBound", off).put("out", branch.file(Branch.LIGHT).toString());
    printing.print(lines, json);
  }
}
