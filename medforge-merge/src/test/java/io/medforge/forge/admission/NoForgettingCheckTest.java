package io.medforge.forge.admission;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.Finding.Verdict;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Models that get a chosen number of each task's examples wrong; 200 examples a task. */
class NoForgettingCheckTest {
  private static final int EXAMPLES = 200;

  /** How many of each task's examples it gets wrong, from the first on. */
  private record Wrong(List<Integer> byTask) {}

  private static DistilledSet task(int number) {
    float[][] rows = new float[EXAMPLES][2];
    int[] labels = new int[EXAMPLES];
    for (int i = 0; i < EXAMPLES; i++) {
      rows[i] = new float[] {number, i};
      labels[i] = i % 2;
    }
    return DistilledSet.of(Centre.LABELS, ModelInput.ofRows(rows), labels);
  }

  private static Outputs answer(Optional<Wrong> model, ModelInput batch) {
    double[] x = batch.values().toDoubles();
    float[] logits = new float[2 * batch.size()];
    for (int i = 0; i < batch.size(); i++) {
      int wrong = model.isPresent() ? model.get().byTask().get((int) x[2 * i]) : EXAMPLES;
      int label = i % 2;
      logits[2 * i + (x[2 * i + 1] < wrong ? 1 - label : label)] = 1;
    }
    return Outputs.ofLogits(batch.size(), 2, logits);
  }

  private static Merged<Wrong> merged(List<Integer> wrong) {
    Digest.Builder digest = Digest.builder();
    wrong.forEach(digest::add);
    PluginSet any = PluginSet.of(Centre.honest("a", 1).module());
    return new Merged<>(new Wrong(wrong), MergeRecord.of("none", any).build(digest.build()));
  }

  private static List<Finding> examine(
      NoForgettingCheck<Wrong> check, List<Integer> before, List<Integer> after, int tries) {
    List<Contribution> admitted = new ArrayList<>();
    for (int t = 0; t < before.size(); t++) {
      admitted.add(
          new Contribution(
              Centre.module("centre-" + t + "/x:1", Centre.direction(t), 1, t), task(t)));
    }
    Offer offer = new Offer(Centre.honest("new", 77), admitted, before.size(), tries);
    return check.examine(new Candidate<>(offer, Optional.of(merged(before)), merged(after)));
  }

  private static NoForgettingCheck<Wrong> check() {
    return NoForgettingCheck.<Wrong>of(NoForgettingCheckTest::answer).delta(0.1).build();
  }

  private static Verdict gravest(List<Finding> findings) {
    return findings.stream().map(Finding::verdict).max(Verdict::compareTo).orElseThrow();
  }

  @Example
  void threeAnswers() {
    List<Integer> before = List.of(10, 10, 10);
    assertThat(gravest(examine(check(), before, List.of(10, 12, 10), 0))).isEqualTo(Verdict.NOTE);
    assertThat(gravest(examine(check(), before, List.of(10, 28, 10), 0)))
        .isEqualTo(Verdict.QUARANTINE);
    List<Finding> refused = examine(check(), before, List.of(10, 90, 10), 0);
    assertThat(gravest(refused)).isEqualTo(Verdict.REFUSE);
    assertThat(refused)
        .singleElement()
        .satisfies(f -> assertThat(f.message()).contains("centre-1"));
  }

  @Example
  void noGainBuysOffALoss() {
    List<Finding> findings = examine(check(), List.of(100, 0, 100), List.of(0, 90, 0), 0);
    assertThat(gravest(findings)).isEqualTo(Verdict.REFUSE);
  }

  @Example
  void holmNamesEveryTaskThatIsWorse() {
    List<Finding> findings = examine(check(), List.of(0, 0, 0), List.of(90, 100, 0), 0);
    assertThat(findings).filteredOn(finding -> finding.verdict() == Verdict.REFUSE).hasSize(2);
  }

  @Example
  void tryingAgainAndAgainGetsHarder() {
    List<Integer> before = List.of(10);
    List<Integer> after = List.of(17);
    assertThat(gravest(examine(check(), before, after, 0))).isEqualTo(Verdict.NOTE);
    assertThat(gravest(examine(check(), before, after, 20))).isEqualTo(Verdict.QUARANTINE);
    double sum = 0;
    for (int tries = 0; tries < 2000; tries++) {
      sum += examine(check(), before, before, tries).get(0).numbers().get("alpha of this try");
    }
    assertThat(sum).isBetween(0.0499, 0.05);
  }

  @Example
  void aHoldOutCountsLikeATask() {
    NoForgettingCheck<Wrong> check =
        NoForgettingCheck.<Wrong>of(NoForgettingCheckTest::answer)
            .delta(0.1)
            .holdOut("clinic", task(1))
            .build();
    Offer offer = new Offer(Centre.honest("new", 77), List.of(), 0, 0);
    List<Finding> findings =
        check.examine(
            new Candidate<>(offer, Optional.of(merged(List.of(0, 0))), merged(List.of(0, 90))));
    assertThat(gravest(findings)).isEqualTo(Verdict.REFUSE);
    assertThat(findings.get(0).message()).contains("hold-out clinic");
  }

  @Property(tries = 40)
  void gettingWorseAnywhereNeverTurnsARefusalIntoAdmission(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int tasks) {
    Random random = new Random(seed);
    List<Integer> before = new ArrayList<>();
    List<Integer> after = new ArrayList<>();
    for (int t = 0; t < tasks; t++) {
      before.add(random.nextInt(60));
      after.add(random.nextInt(120));
    }
    List<Integer> worse = new ArrayList<>(after);
    int at = random.nextInt(tasks);
    worse.set(at, worse.get(at) + random.nextInt(60));
    assertThat(gravest(examine(check(), before, worse, 0)))
        .isGreaterThanOrEqualTo(gravest(examine(check(), before, after, 0)));
  }
}
