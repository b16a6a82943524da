package io.medforge.forge.mainline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.merge.Coefficients;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.SortedMap;
import org.junit.jupiter.api.Test;

class StalenessTest {
  private static List<Contribution> trainedFrom(int... versions) {
    List<Contribution> all = new ArrayList<>();
    for (int i = 0; i < versions.length; i++) {
      all.add(Offers.one("centre-" + i + "/lung:1", i).trainedFrom(versions[i]));
    }
    return all;
  }

  /** FedBuff's weights for staleness 0, 1 and 3, and their effective sample size. */
  @Test
  void goldenWeights() {
    Staleness rule = Staleness.inverseRoot();
    SortedMap<PluginId, Double> shares = rule.shares(trainedFrom(3, 2, 0));
    double sum = 1 + Math.sqrt(0.5) + 0.5;
    assertThat(shares.get(PluginId.parse("centre-0/lung:1"))).isCloseTo(1 / sum, within(1e-12));
    assertThat(shares.get(PluginId.parse("centre-1/lung:1")))
        .isCloseTo(Math.sqrt(0.5) / sum, within(1e-12));
    assertThat(Staleness.effectiveSize(shares)).isCloseTo(2.783612, within(1e-6));
    double weighted = 0;
    int i = 1;
    for (double share : shares.values()) {
      weighted += share * i++;
    }
    assertThat(weighted).isCloseTo(1.773459, within(1e-6));
  }

  @Test
  void rules() {
    assertThat(Staleness.constant().weight(9)).isEqualTo(1);
    Staleness hinge = Staleness.hinge(10, 4);
    assertThat(hinge.weight(4)).isEqualTo(1);
    assertThat(hinge.weight(5)).isCloseTo(1 / 11.0, within(1e-15));
    assertThat(hinge).hasToString("hinge(10.0, 4)");
    assertThatThrownBy(() -> hinge.weight(-1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Staleness.hinge(0, 4)).isInstanceOf(IllegalArgumentException.class);
    SortedMap<PluginId, Double> unstated =
        Staleness.hinge(1, 0).shares(List.of(Offers.one("a/x:1", 1), Offers.one("b/x:1", 2)));
    assertThat(unstated.values()).containsOnly(0.5);
  }

  @Test
  void theOrderOfArrivalStillDoesNotMatter() {
    List<Contribution> some = new ArrayList<>(trainedFrom(0, 1, 1, 4));
    Set<Digest> digests = new HashSet<>();
    for (int seed = 0; seed < 10; seed++) {
      Collections.shuffle(some, new Random(seed));
      Mainline<PluginModule> mainline =
          Mainline.ofSource(
                  Staleness.inverseRoot()
                      .<PluginModule>source(
                          shares ->
                              Fusion.average()
                                  .coefficients(Coefficients.perPlugin(shares))
                                  .build()))
              .build();
      some.forEach(each -> assertThat(mainline.offer(each)).isInstanceOf(Admission.Admitted.class));
      digests.add(mainline.head().value().digest());
    }
    assertThat(digests).hasSize(1);
  }
}
