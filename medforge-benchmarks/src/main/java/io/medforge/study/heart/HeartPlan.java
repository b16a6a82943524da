package io.medforge.study.heart;

import java.util.List;

/**
 * What was chosen before the test was opened, and how. Immutable.
 *
 * <p>All choices were made on the 486 training rows: five folds, stratified by centre and class,
 * five draws of them, every method fitted to four fifths and asked about the fifth. Means of
 * centres in accuracy, then log-loss:
 *
 * <pre>
 * ridge                              0.1     1       3       10      30      100
 * local                              0.826   0.826   0.831   0.825   0.824   0.814
 *   log-loss                         0.430   0.415   0.425   0.469   0.516   0.579
 * pooled                             0.705   0.705   0.702   0.700   0.701   0.694
 * Fusion, equal weights              0.707   0.720   0.707   0.699   0.693   0.690
 * Fusion, by numbers of patients     0.691   0.691   0.690   0.686   0.681   0.683
 * Fusion, RegMean on distilled sets          0.698   0.692   0.695
 * Fusion, coordinate median                  0.690   0.689   0.695
 * Fusion, searched on distilled sets         0.724   0.721   0.728
 * Mixture, equal weights                     0.716   0.707   0.702
 * Mixture, fitted to distilled sets          0.719   0.720   0.719
 * Mixture, own gate, out of fold             0.836   0.836   0.827
 *   log-loss                                 0.389   0.422   0.456
 *   ... held near equal by 10 patients       0.826   0.813   0.770
 * Mixture, own gate, own distilled set       0.834   0.834   0.818
 * </pre>
 *
 * <p>So: a ridge of 1; Mixture's own gate, fitted out of fold without a prior, stands for Mixture;
 * equal weights stand for Fusion, since the search gains less than a point, which is noise, and
 * needs the distilled sets, which are 40 times as large as the modules.
 *
 * @param ridge of every logistic regression, in patients
 * @param folds of a hospital's own cross-validation
 * @param distilledRows synthetic patients per hospital, shared out as its classes are
 * @param searchEvaluations of Fusion's coefficient search
 * @param seeds of what is drawn: batches, folds, synthetic rows
 */
record HeartPlan(
    double ridge, int folds, int distilledRows, int searchEvaluations, List<Long> seeds) {
  /** FLamby's seeds. */
  static final HeartPlan STUDY = new HeartPlan(1, 5, 40, 200, List.of(42L, 43L, 44L, 45L, 46L));

  /** FLamby's rounds. */
  static final int ROUNDS = 15;

  /** FLamby's local updates per round. */
  static final int UPDATES = 100;

  /** FLamby's batch. */
  static final int BATCH = 4;

  /** Copies the list. */
  HeartPlan {
    seeds = List.copyOf(seeds);
  }
}
