package io.medforge.study.evidence;

import io.medforge.study.Answers;
import java.util.ArrayList;
import java.util.List;

/**
 * Over whom a quantity is taken: each centre, then the mean of the centres, the worst centre, and
 * all patients pooled. Each is the mean over a method's seeds; the worst centre is the one that is
 * worst on that mean. A centre for which the quantity is not defined (an AUC of one class) counts
 * neither in the mean nor as the worst.
 */
final class Scopes {
  private Scopes() {}

  static int mean(int centres) {
    return centres;
  }

  static int worst(int centres) {
    return centres + 1;
  }

  static int pooled(int centres) {
    return centres + 2;
  }

  /**
   * All scopes' values.
   *
   * @param bySeed per seed, each centre's answers and then all of them pooled
   */
  static double[] of(Quantity quantity, List<List<Answers>> bySeed) {
    int centres = bySeed.get(0).size() - 1;
    double[] values = new double[centres + 3];
    for (List<Answers> answers : bySeed) {
      for (int c = 0; c < centres; c++) {
        values[c] += quantity.of(answers.get(c)) / bySeed.size();
      }
      values[pooled(centres)] += quantity.of(answers.get(centres)) / bySeed.size();
    }
    double sum = 0;
    int defined = 0;
    double worst = Double.NaN;
    for (int c = 0; c < centres; c++) {
      if (!Double.isNaN(values[c])) {
        sum += values[c];
        defined++;
        boolean worse = quantity.moreIsBetter() ? values[c] < worst : values[c] > worst;
        worst = Double.isNaN(worst) || worse ? values[c] : worst;
      }
    }
    values[mean(centres)] = sum / defined;
    values[worst(centres)] = worst;
    return values;
  }

  /** Each seed's answers, centre by centre, and then all of them pooled. */
  static List<List<Answers>> withPooled(List<List<Answers>> bySeed) {
    List<List<Answers>> extended = new ArrayList<>();
    for (List<Answers> answers : bySeed) {
      List<Answers> each = new ArrayList<>(answers);
      each.add(Answers.pooled(answers));
      extended.add(each);
    }
    return extended;
  }

  /** The same patients, some of them again, and then all of them pooled. */
  static List<List<Answers>> select(List<List<Answers>> bySeed, int[][] drawn) {
    List<List<Answers>> selected = new ArrayList<>();
    for (List<Answers> answers : bySeed) {
      List<Answers> each = new ArrayList<>();
      for (int c = 0; c < drawn.length; c++) {
        each.add(answers.get(c).select(drawn[c]));
      }
      each.add(Answers.pooled(each));
      selected.add(each);
    }
    return selected;
  }
}
