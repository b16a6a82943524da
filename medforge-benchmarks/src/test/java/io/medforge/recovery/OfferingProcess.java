package io.medforge.recovery;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.ForgeRepository;
import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.repository.FolderRepository;
import io.medforge.forge.repository.GitRepository;
import io.medforge.forge.repository.RecordedRepository;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/**
 * One hospital's program in {@link KillTest}, which kills it: offers its contributions one after
 * another, and notes each one that was acknowledged. Started again, it goes on with the rest.
 */
public final class OfferingProcess {
  private OfferingProcess() {}

  /**
   * Runs until every contribution is in.
   *
   * @param arguments kind of repository, its place, this writer's number, how many it offers, and
   *     the file for acknowledgements
   */
  public static void main(String[] arguments) throws IOException {
    int writer = Integer.parseInt(arguments[2]);
    int offers = Integer.parseInt(arguments[3]);
    Path acknowledged = Path.of(arguments[4]);
    Set<String> before = new TreeSet<>();
    if (Files.exists(acknowledged)) {
      before.addAll(Files.readAllLines(acknowledged));
    }
    Mainline<PluginModule> mainline = mainline(open(arguments[0], Path.of(arguments[1])));
    for (int i = 0; i < offers; i++) {
      Contribution contribution = contribution(writer, i);
      String name = contribution.module().id().toString();
      if (before.contains(name)) {
        continue;
      }
      Admission<PluginModule> admission = mainline.offer(contribution);
      if (!(admission instanceof Admission.Admitted || admission instanceof Admission.Duplicate)) {
        throw new IllegalStateException("expected an admission, found " + admission);
      }
      Files.writeString(
          acknowledged, name + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }
  }

  static RecordedRepository open(String kind, Path place) {
    return kind.equals("git") ? GitRepository.at(place).open() : FolderRepository.open(place);
  }

  static Mainline<PluginModule> mainline(ForgeRepository repository) {
    return Mainline.of(Fusion.average().build()).repository(repository).build();
  }

  /** A small contribution, another for every writer and number. */
  static Contribution contribution(int writer, int number) {
    double[] values = new Random(1000L * writer + number).doubles(6, -1, 1).toArray();
    PluginModule module =
        PluginModule.of(
            new PluginId("centre-" + writer, "lung", "1." + number),
            BaseModel.named("base"),
            Map.of("layer", new DenseUpdate(Tensor.of(Shape.of(2, 3), values))),
            Provenance.unknown());
    DistilledSet distilled =
        DistilledSet.of(
            LabelSpace.of("tumour", "benign", "malignant"),
            ModelInput.ofRows(new float[] {writer, number}, new float[] {number, 1}),
            0,
            1);
    return new Contribution(module, distilled);
  }
}
