package io.medforge.study;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How patients are dealt out: a public share, and three hospitals of different case mix whose
 * instruments drift apart. Immutable.
 *
 * <p>Fixed in advance and not tuned: a referral centre that sees mostly malignant masses, a
 * screening unit that sees few, a general hospital between them; equal numbers of patients; the
 * drift of {@link #SPREAD}. Everything else is the seed's.
 *
 * @param seed of every draw
 */
record StudyDesign(long seed) {
  /** The part of the patients whose measurements are public. */
  static final double PUBLIC_SHARE = 0.15;

  /** The part of each hospital's patients that is kept for the final table. */
  static final double TEST_SHARE = 0.4;

  /** Instruments read some 5 % off in gain and 0.3 deviations off in zero, with a little noise. */
  static final CalibrationDrift.Spread SPREAD = new CalibrationDrift.Spread(0.05, 0.3, 0.1);

  /** The hospitals; either column of shares sums to 1. */
  static final List<HospitalProfile> HOSPITALS =
      List.of(
          new HospitalProfile("st-anna", 0.54, 0.21, "referral centre"),
          new HospitalProfile("northgate", 0.13, 0.45, "screening unit"),
          new HospitalProfile("riverside", 0.33, 0.34, "general hospital"));

  private static final int FEWEST_PER_DIAGNOSIS = 60;

  /**
   * Deals out the patients.
   *
   * @param cohort all of them
   * @return the split
   * @throws IllegalArgumentException if there are fewer than 60 of a diagnosis: some hospital would
   *     have too few to train or test on
   */
  StudySplit split(Cohort cohort) {
    List<List<Integer>> pools = List.of(shuffled(cohort, 0), shuffled(cohort, 1));
    List<Integer> open = new ArrayList<>();
    List<List<Integer>> closed = new ArrayList<>();
    for (List<Integer> pool : pools) {
      int n = (int) Math.round(PUBLIC_SHARE * pool.size());
      open.addAll(pool.subList(0, n));
      closed.add(pool.subList(n, pool.size()));
    }
    Cohort publicShare = cohort.select(open);
    Standardization scale = Standardization.of(publicShare);
    List<HospitalCohort> training = new ArrayList<>();
    SortedMap<String, Cohort> tests = new TreeMap<>();
    for (HospitalProfile profile : HOSPITALS) {
      List<Integer> train = new ArrayList<>();
      List<Integer> test = new ArrayList<>();
      deal(closed.get(Cohort.MALIGNANT), profile, true, train, test);
      deal(closed.get(Cohort.BENIGN), profile, false, train, test);
      String stream = "drift/" + profile.name();
      CalibrationDrift drift =
          CalibrationDrift.draw(scale, cohort.measurements(), SPREAD, Seeds.random(seed, stream));
      Random noise = Seeds.random(seed, stream + "/noise");
      training.add(new HospitalCohort(profile, drift.read(cohort.select(train), noise)));
      tests.put(profile.name(), drift.read(cohort.select(test), noise));
    }
    return new StudySplit(publicShare, scale, training, new SealedTest(tests, scale));
  }

  private List<Integer> shuffled(Cohort cohort, int diagnosis) {
    List<Integer> patients = new ArrayList<>();
    for (int i = 0; i < cohort.size(); i++) {
      if (cohort.diagnosis(i) == diagnosis) {
        patients.add(i);
      }
    }
    if (patients.size() < FEWEST_PER_DIAGNOSIS) {
      throw new IllegalArgumentException(
          "expected at least "
              + FEWEST_PER_DIAGNOSIS
              + " patients of either diagnosis, found "
              + patients.size()
              + " of class "
              + diagnosis);
    }
    Collections.shuffle(patients, Seeds.random(seed, "split/" + diagnosis));
    return patients;
  }

  /** One hospital's stretch of a pool; consecutive hospitals take consecutive stretches. */
  private static void deal(
      List<Integer> pool,
      HospitalProfile profile,
      boolean malignant,
      List<Integer> train,
      List<Integer> test) {
    double before = 0;
    for (HospitalProfile other : HOSPITALS.subList(0, HOSPITALS.indexOf(profile))) {
      before += share(other, malignant);
    }
    int from = (int) Math.round(before * pool.size());
    int to = (int) Math.round((before + share(profile, malignant)) * pool.size());
    int tested = (int) Math.round(TEST_SHARE * (to - from));
    test.addAll(pool.subList(from, from + tested));
    train.addAll(pool.subList(from + tested, to));
  }

  private static double share(HospitalProfile profile, boolean malignant) {
    return malignant ? profile.malignantShare() : profile.benignShare();
  }
}
