package io.medforge.study.evidence;

import io.medforge.study.Answers;
import io.medforge.study.Seeds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Patients drawn again within hospital and class (the stratified bootstrap; Efron, Tibshirani,
 * 1993): every resample has the table's case mix. All methods see the same ones, so differences are
 * paired. Immutable.
 */
final class Resamples {
  /** How often patients are drawn again. */
  static final int COUNT = 2000;

  private final int[][][] drawn;

  private Resamples(int[][][] drawn) {
    this.drawn = drawn;
  }

  /**
   * Draws.
   *
   * @param centres any method's answers, centre by centre: only their classes count
   * @param seed of the draws
   */
  static Resamples of(List<Answers> centres, long seed) {
    Random random = Seeds.random(seed, "resamples");
    List<List<int[]>> strata = centres.stream().map(Resamples::strata).toList();
    int[][][] drawn = new int[COUNT][centres.size()][];
    for (int[][] resample : drawn) {
      for (int c = 0; c < resample.length; c++) {
        resample[c] = draw(strata.get(c), random);
      }
    }
    return new Resamples(drawn);
  }

  /** One resample: indices by centre. */
  int[][] get(int index) {
    return drawn[index];
  }

  private static List<int[]> strata(Answers answers) {
    List<int[]> strata = new ArrayList<>();
    for (int diagnosis = 0; diagnosis < 2; diagnosis++) {
      int[] patients = new int[answers.size()];
      int count = 0;
      for (int i = 0; i < answers.size(); i++) {
        if (answers.diagnosis(i) == diagnosis) {
          patients[count++] = i;
        }
      }
      if (count > 0) {
        strata.add(Arrays.copyOf(patients, count));
      }
    }
    return strata;
  }

  private static int[] draw(List<int[]> strata, Random random) {
    int[] drawn = new int[strata.stream().mapToInt(stratum -> stratum.length).sum()];
    int at = 0;
    for (int[] stratum : strata) {
      for (int i = 0; i < stratum.length; i++) {
        drawn[at++] = stratum[random.nextInt(stratum.length)];
      }
    }
    return drawn;
  }
}
