package io.medforge.benchmarks;

import io.medforge.forge.Contribution;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.repository.FolderRepository;
import io.medforge.forge.repository.GitRepository;
import io.medforge.forge.repository.RecordedRepository;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A forge on the disk, filled with seeded contributions of 20 centres: two layers of 128 x 128,
 * rank 4, and a distilled set of two examples each.
 *
 * @param kind folder or git
 * @param place its own temporary folder
 */
record DrawnLedger(String kind, Path place) {
  private static final BaseModel BASE = BaseModel.named("base");
  private static final LabelSpace LABELS = LabelSpace.of("task", "ill", "well");
  private static final int RANK = 4;
  private static final int WIDTH = 128;

  /** A new one with so many admissions. */
  static DrawnLedger filled(String kind, int entries) throws IOException {
    DrawnLedger ledger = new DrawnLedger(kind, Files.createTempDirectory("medforge-ledger"));
    RecordedRepository repository = ledger.open();
    for (int i = 0; i < entries; i++) {
      repository.append(i, new LedgerEntry.Admit(contribution(i)));
    }
    return ledger;
  }

  RecordedRepository open() {
    return kind.equals("git")
        ? GitRepository.at(place.resolve("forge.git")).open()
        : FolderRepository.open(place.resolve("forge"));
  }

  void delete() throws IOException {
    try (Stream<Path> files = Files.walk(place)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  static Contribution contribution(int number) {
    Random random = new Random(number);
    Map<String, Update> updates = new TreeMap<>();
    for (String layer : new String[] {"key", "query"}) {
      Tensor a = Tensor.of(Shape.of(RANK, WIDTH), gaussian(random, RANK * WIDTH));
      Tensor b = Tensor.of(Shape.of(WIDTH, RANK), gaussian(random, RANK * WIDTH));
      updates.put(layer, new LowRankUpdate(a, b, 1));
    }
    PluginModule module =
        PluginModule.of(
            new PluginId("centre-" + number % 20, "task", "1." + number),
            BASE,
            updates,
            Provenance.unknown());
    float[][] rows = {gaussian(random, WIDTH), gaussian(random, WIDTH)};
    return new Contribution(module, DistilledSet.of(LABELS, ModelInput.ofRows(rows), 0, 1));
  }

  private static float[] gaussian(Random random, int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
