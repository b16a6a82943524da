package io.medforge.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.KnowledgeMerger;
import io.medforge.forge.mainline.Mainline;
import io.medforge.merge.Coefficients;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.merge.fusion.Rank;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The documentation's snippets, word for word, on adapters that PEFT wrote. */
class SnippetsTest {
  private static final Path GOLDEN =
      Path.of("../medforge-plugin/src/test/resources/io/medforge/plugin/peft/golden/peft-0.21.2");

  private final Path lungDir = GOLDEN.resolve("plain");
  private final Path colonDir = GOLDEN.resolve("plain_second");
  private final Path breastDir = GOLDEN.resolve("plain_rank_2");

  @TempDir private Path folder;

  @Test
  void fusesAdapters() {
    Path outDir = folder.resolve("fused");
    PluginSet branches =
        PluginSet.of(
            PeftAdapter.read(lungDir), PeftAdapter.read(colonDir), PeftAdapter.read(breastDir));

    Merged<PluginModule> fused = Fusion.average().rank(16).build().merge(branches);
    PeftAdapter.write(fused.value(), outDir); // PEFT loads it

    assertThat(Files.exists(outDir.resolve("adapter_config.json"))).isTrue();
    assertThat(PeftAdapter.read(outDir).digest()).isEqualTo(fused.value().digest());
  }

  @Test
  void weighsPlugins() {
    PluginModule lung = PeftAdapter.read(lungDir);
    PluginModule colon = PeftAdapter.read(colonDir);

    Merged<PluginModule> fused =
        Fusion.average()
            .coefficients(Coefficients.perPlugin(Map.of(lung.id(), 0.7, colon.id(), 0.3)))
            .rank(Rank.energy(0.99))
            .build()
            .merge(PluginSet.of(lung, colon));
    fused.record().layers().forEach((layer, kept) -> report(layer, kept.discardedEnergy()));

    assertThat(fused.record().layers()).isNotEmpty();
  }

  @Test
  void keepsAMainBranch() {
    LabelSpace labels = LabelSpace.of("tumour", "benign", "malignant");
    DistilledSet lungSet =
        DistilledSet.of(labels, ModelInput.ofRows(new float[] {0, 1}, new float[] {1, 0}), 0, 1);
    DistilledSet colonSet =
        DistilledSet.of(labels, ModelInput.ofRows(new float[] {0, 2}, new float[] {2, 0}), 0, 1);
    PluginModule lung = PeftAdapter.read(lungDir);
    PluginModule colon = PeftAdapter.read(colonDir);

    KnowledgeMerger<PluginModule> main = Mainline.of(Fusion.average().rank(16).build()).build();
    Admission<PluginModule> answer = main.offer(new Contribution(lung, lungSet));
    main.offer(new Contribution(colon, colonSet));

    ForgeItem<PluginModule> before = main.head();
    PluginId leaving = colon.id();
    ForgeItem<PluginModule> after = main.withdraw(leaving, "consent withdrawn");

    assertThat(answer).isInstanceOf(Admission.Admitted.class);
    assertThat(before.version()).isEqualTo(2);
    assertThat(after.value().digest()).isEqualTo(main.history().get(1).value().digest());
  }

  private static void report(String layer, double discarded) {
    assertThat(discarded).as(layer).isBetween(0.0, 1.0);
  }
}
