package io.medforge.forge.mainline;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.ForgeItem;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Laws 3 and 4 for a main branch that fuses LoRA in product space. */
class FusionMainlineTest {
  private static final String FIVE =
      "sha256:94730bf3155d73106b7745a82cf440823de0a757181229e79abb1ff2a3d1108e";

  private static ForgeItem<PluginModule> headAfter(List<Contribution> offers) {
    return offered(offers).head();
  }

  private static Mainline<PluginModule> offered(List<Contribution> offers) {
    Mainline<PluginModule> mainline = Mainline.of(Fusion.average().rank(2).build()).build();
    offers.forEach(each -> assertThat(mainline.offer(each)).isInstanceOf(Admission.Admitted.class));
    return mainline;
  }

  private static Contribution contribution(Random random, int i) {
    int rank = 1 + random.nextInt(3);
    Tensor a = Tensor.of(Shape.of(rank, 5), random.doubles(5L * rank, -1, 1).toArray());
    Tensor b = Tensor.of(Shape.of(4, rank), random.doubles(4L * rank, -1, 1).toArray());
    PluginModule module =
        PluginModule.of(
            PluginId.parse("centre-" + i + "/lung:1"),
            BaseModel.named("base"),
            Map.of("encoder.q", new LowRankUpdate(a, b, 0.5)),
            Provenance.unknown());
    return new Contribution(module, Offers.distilled(i));
  }

  private static void assertSameModel(
      ForgeItem<PluginModule> found, ForgeItem<PluginModule> expected) {
    assertThat(found.value().digest()).isEqualTo(expected.value().digest());
    assertThat(found.merged().orElseThrow().record())
        .isEqualTo(expected.merged().orElseThrow().record());
    LowRankUpdate one = (LowRankUpdate) found.value().updates().get("encoder.q");
    LowRankUpdate other = (LowRankUpdate) expected.value().updates().get("encoder.q");
    assertThat(one.a().toDoubles()).containsExactly(other.a().toDoubles());
    assertThat(one.b().toDoubles()).containsExactly(other.b().toDoubles());
  }

  /** The same on every JDK and machine: the digest is committed. */
  @Example
  void everyOrderOfFiveGivesTheCommittedModel() {
    Random random = new Random(20261126);
    List<Contribution> five = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      five.add(contribution(random, i));
    }
    Set<String> digests = new TreeSet<>();
    assertThat(permute(five, 0, digests)).isEqualTo(120);
    assertThat(digests).containsExactly(FIVE);
  }

  private static int permute(List<Contribution> order, int from, Set<String> digests) {
    if (from == order.size()) {
      digests.add(headAfter(order).value().digest().toString());
      return 1;
    }
    int count = 0;
    for (int i = from; i < order.size(); i++) {
      Collections.swap(order, from, i);
      count += permute(order, from + 1, digests);
      Collections.swap(order, from, i);
    }
    return count;
  }

  @Property(tries = 40)
  void orderNeverMattersAndLeavingLeavesNothing(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 5) int n) {
    Random random = new Random(seed);
    List<Contribution> all = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      all.add(contribution(random, i));
    }
    List<Contribution> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, random);
    assertSameModel(headAfter(shuffled), headAfter(all));
    Mainline<PluginModule> mainline = offered(shuffled);
    ForgeItem<PluginModule> left = mainline.withdraw(all.get(0).module().id(), "left");
    assertSameModel(left, headAfter(all.subList(1, n)));
  }
}
