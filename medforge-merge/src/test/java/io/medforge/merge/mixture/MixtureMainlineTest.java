package io.medforge.merge.mixture;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.mainline.Mainline;
import io.medforge.merge.MergeRecord;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A main branch whose strategy is fitted anew to whatever is admitted. */
class MixtureMainlineTest {
  private static Mainline<MixtureModel> open(LinearRuntime runtime) {
    return Mainline.<MixtureModel>ofSource(
            contributions ->
                Mixture.gatedBy(Gate.fitted(OutputMemory.record(contributions, runtime))).build())
        .build();
  }

  private static List<Contribution> contributions(Centres centres) {
    List<Contribution> all = new ArrayList<>();
    for (int i = 0; i < centres.modules().size(); i++) {
      all.add(new Contribution(centres.modules().get(i), centres.sets().get(i)));
    }
    return all;
  }

  private static MergeRecord headAfter(Centres centres, List<Contribution> offers) {
    Mainline<MixtureModel> mainline = open(centres.runtime());
    offers.forEach(each -> assertThat(mainline.offer(each)).isInstanceOf(Admission.Admitted.class));
    return mainline.head().merged().orElseThrow().record();
  }

  @Property(tries = 25)
  void orderNeverMattersAndLeavingLeavesNothing(
      @ForAll long seed, @ForAll @IntRange(min = 2, max = 4) int n) {
    Centres centres = Centres.random(seed, n, 2, 8);
    List<Contribution> all = contributions(centres);
    MergeRecord expected = headAfter(centres, all);
    List<Contribution> shuffled = new ArrayList<>(all);
    Collections.shuffle(shuffled, new Random(seed));
    assertThat(headAfter(centres, shuffled)).isEqualTo(expected);

    Mainline<MixtureModel> mainline = open(centres.runtime());
    shuffled.forEach(mainline::offer);
    Contribution leaving = all.get(0);
    MergeRecord left =
        mainline.withdraw(leaving.module().id(), "left").merged().orElseThrow().record();
    assertThat(left).isEqualTo(headAfter(centres, all.subList(1, n)));
  }

  @Example
  void aContributionThatTheMemoryCannotHoldIsRefused() {
    Centres centres = Centres.random(2, 2, 2, 8);
    Mainline<MixtureModel> mainline = open(centres.runtime());
    mainline.offer(contributions(centres).get(0));
    Contribution ternary =
        new Contribution(centres.modules().get(1), Centres.set(new Random(1), 3, 4, 2));
    Admission<MixtureModel> answer = mainline.offer(ternary);
    assertThat(answer).isInstanceOf(Admission.Refused.class);
    assertThat(((Admission.Refused<MixtureModel>) answer).findings())
        .singleElement()
        .satisfies(
            finding ->
                assertThat(finding.message()).contains("expected 3 classes", "grade", "found 2"));
    assertThat(mainline.history()).hasSize(2);
  }
}
