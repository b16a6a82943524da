package io.medforge.study.xray;

import io.medforge.study.Progress;
import io.medforge.study.evidence.ComputeTimes;
import io.medforge.study.evidence.Cost;
import io.medforge.study.evidence.Entrant;
import io.medforge.study.evidence.EvidenceSuite;
import io.medforge.study.evidence.EvidenceTable;
import io.medforge.study.evidence.WeightPath;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The X-ray suites: deals out, trains, merges, and only then opens the test. */
public final class XraySuite {
  /** The suite of eight hospitals and a ninth, unseen one. */
  public static final String NAME = "xray";

  /** How many hospitals train in the larger suite. */
  public static final int LARGE = 8;

  /** How many hospitals train in the smaller suite, in every order of arrival. */
  public static final int SMALL = 3;

  private static final long DEAL_SEED = 42;

  private XraySuite() {}

  /**
   * Runs a suite.
   *
   * @param data a folder that holds {@code pneumonia/pneumoniamnist.npz}
   * @param hospitals how many train, {@value #SMALL} or {@value #LARGE}
   * @param times gets each hospital's seconds, all seeds together
   * @param progress is told each step
   * @return the table and what it shows; equal for equal data
   * @throws IllegalArgumentException if the file is missing or has another form
   * @throws IllegalStateException if training diverges
   */
  public static EvidenceSuite run(Path data, int hospitals, ComputeTimes times, Progress progress) {
    return run(data, XrayPlan.of(hospitals), times, progress);
  }

  /** The name of a suite of so many hospitals. */
  static String name(int hospitals) {
    return hospitals == LARGE ? NAME : NAME + hospitals;
  }

  static EvidenceSuite run(Path data, XrayPlan plan, ComputeTimes times, Progress progress) {
    XrayHospitals hospitals = XrayHospitals.in(data, plan.hospitals(), DEAL_SEED);
    int steps = plan.seeds().size() + 4;
    String what = plan.hospitals() + " hospitals: ";
    List<XrayRun> runs = new ArrayList<>();
    try {
      for (long seed : plan.seeds()) {
        progress.at(runs.size(), steps, what + "training, seed " + seed);
        runs.add(XrayRun.of(plan, hospitals, seed, times));
      }
      progress.at(steps - 4, steps, what + "merging");
      List<Entrant> entrants = new ArrayList<>(new XrayMethods(plan, hospitals, runs).entrants());
      progress.at(steps - 3, steps, what + "privacy and leakage");
      List<XrayLeakage.Audited> leakage = privacy(plan, hospitals, runs, entrants);
      progress.at(steps - 2, steps, what + "late and poisoned hospitals");
      XrayFacts facts = special(plan, hospitals, runs, entrants, leakage);
      progress.at(steps - 1, steps, what + "the final table");
      EvidenceTable table = EvidenceTable.open(entrants, hospitals.test(), DEAL_SEED);
      return XrayReport.of(plan, hospitals, table, facts);
    } finally {
      runs.forEach(XrayRun::close);
    }
  }

  /** Adds the entrants that keep a guarantee, and attacks what leaves. */
  private static List<XrayLeakage.Audited> privacy(
      XrayPlan plan, XrayHospitals hospitals, List<XrayRun> runs, List<Entrant> entrants) {
    entrants.addAll(
        new PrivateMethods(
                plan,
                hospitals,
                runs,
                cost(entrants, XrayMethods.FUSION),
                cost(entrants, XrayMethods.MIXTURE))
            .entrants());
    return new XrayLeakage(plan, hospitals, runs.get(0)).audits();
  }

  /** Adds the entrants that something is wrong with. */
  private static XrayFacts special(
      XrayPlan plan,
      XrayHospitals hospitals,
      List<XrayRun> runs,
      List<Entrant> entrants,
      List<XrayLeakage.Audited> leakage) {
    XrayMethods methods = new XrayMethods(plan, hospitals, runs);
    Cost fusion = cost(entrants, "Fusion");
    Cost mixture = cost(entrants, "Mixture");
    XrayRun first = runs.get(0);
    List<Arrivals> arrivals = runs.stream().map(Arrivals::of).toList();
    entrants.addAll(methods.references(arrivals));
    List<LateHospital> late =
        runs.stream().map(run -> LateHospital.of(plan, run, hospitals)).toList();
    entrants.add(methods.late(late));
    SortedMap<PoisonedHospital.Poison, List<PoisonedHospital>> attacks = new TreeMap<>();
    for (PoisonedHospital.Poison poison : PoisonedHospital.Poison.values()) {
      PoisonedMethods poisoned = new PoisonedMethods(runs, hospitals, poison, fusion, mixture);
      entrants.addAll(poisoned.entrants());
      attacks.put(poison, poisoned.attacks());
    }
    return new XrayFacts(
        arrivals,
        late.get(0),
        runs.stream().map(PoisonedHospital::honest).toList(),
        attacks,
        XrayFacts.shares(first, hospitals),
        WeightPath.fitted(first.contributions(), first.runtime()),
        WeightPath.searched(
            first.contributions(), first.runtime(), plan.evaluations(), first.seed()),
        leakage);
  }

  private static Cost cost(List<Entrant> entrants, String name) {
    return entrants.stream()
        .filter(entrant -> entrant.name().equals(name))
        .findFirst()
        .map(Entrant::cost)
        .orElseThrow();
  }
}
