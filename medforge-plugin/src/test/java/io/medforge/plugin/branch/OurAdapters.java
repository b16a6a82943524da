package io.medforge.plugin.branch;

import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** Trains an adapter on each golden base and writes it, for answer_ours.py to load in PEFT. */
final class OurAdapters {
  private OurAdapters() {}

  static PluginModule train(GoldenBases base) {
    TrainingOptions options =
        TrainingOptions.seeded(11)
            .epochs(25)
            .batchSize(8)
            .learningRate(0.02)
            .schedule(Schedule.linear().warmUp(5))
            .build();
    return LoraTraining.of(
            base.network(),
            PluginId.parse("st-anna/" + base.name().toLowerCase(Locale.ROOT) + ":1"),
            GoldenBases.LABELS,
            options)
        .rank(2)
        .alpha(6)
        .dropout(0.1)
        .build()
        .train(base.inputs(), base.classes());
  }

  public static void main(String[] args) throws IOException {
    for (GoldenBases base : GoldenBases.values()) {
      Path folder = Files.createDirectories(base.ours(Path.of(args[0])));
      PeftAdapter.write(train(base), folder.resolve("adapter"));
    }
  }
}
