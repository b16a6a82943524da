package io.medforge.plugin.audit;

import io.medforge.runtime.Outputs;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;

/**
 * What models answer to a pool of patients: the audited plugin, its base, and shadow plugins that
 * were each trained on a known part of the pool. Rows 0 to m - 1 are the members, the rest are
 * strangers. Immutable.
 *
 * <p>Of each answer only the scaled confidence is kept: {@code phi = log p_y - log(1 - p_y)}, which
 * is {@code z_y - log sum over y' != y of exp(z_y')} of the logits z.
 */
public final class MembershipEvidence {
  private final int members;
  private final int[] classes;
  private final double[] plugin;
  private final double[] base;
  private final List<Shadow> shadows;

  private MembershipEvidence(
      int members, int[] classes, double[] plugin, double[] base, List<Shadow> shadows) {
    this.members = members;
    this.classes = classes;
    this.plugin = plugin;
    this.base = base;
    this.shadows = shadows;
  }

  /** A plugin trained on the rows of the pool whose bit is set. */
  private static final class Shadow {
    private final double[] confidences;
    private final BitSet in;

    Shadow(double[] confidences, BitSet in) {
      this.confidences = confidences;
      this.in = in;
    }
  }

  /**
   * Evidence without shadows.
   *
   * @param plugin the audited plugin's answers to the pool
   * @param base the base's answers to the pool
   * @param classes each row's true class
   * @param members m: how many of the first rows are members; the rest, at least one, are strangers
   * @return the evidence
   * @throws IllegalArgumentException if the numbers of rows differ, there are fewer than two
   *     classes, a row's class is none of the outputs, or a group is empty
   */
  public static MembershipEvidence of(Outputs plugin, Outputs base, int[] classes, int members) {
    if (members < 1 || members >= classes.length) {
      throw new IllegalArgumentException(
          "expected members and strangers among "
              + classes.length
              + " rows, found "
              + members
              + " members");
    }
    return new MembershipEvidence(
        members,
        classes.clone(),
        confidences("the plugin", plugin, classes),
        confidences("the base", base, classes),
        List.of());
  }

  /**
   * This evidence and one more shadow plugin.
   *
   * @param answers its answers to the pool
   * @param in the rows of the pool that it was trained on; copied
   * @return new evidence
   * @throws IllegalArgumentException as {@link #of} does
   */
  public MembershipEvidence withShadow(Outputs answers, BitSet in) {
    List<Shadow> more = new ArrayList<>(shadows);
    String name = "shadow plugin " + shadows.size();
    more.add(new Shadow(confidences(name, answers, classes), (BitSet) in.clone()));
    return new MembershipEvidence(
        members, classes, plugin, base, Collections.unmodifiableList(more));
  }

  /**
   * The number of members.
   *
   * @return m, at least 1
   */
  public int members() {
    return members;
  }

  /**
   * The number of rows.
   *
   * @return m + n, at least 2
   */
  public int size() {
    return classes.length;
  }

  /**
   * The number of shadow plugins.
   *
   * @return at least 0
   */
  public int shadows() {
    return shadows.size();
  }

  /**
   * The audited plugin's scaled confidence in a row's true class.
   *
   * @param row 0 to m + n - 1
   * @return phi
   */
  public double pluginConfidence(int row) {
    return plugin[row];
  }

  /**
   * The base's scaled confidence in a row's true class.
   *
   * @param row 0 to m + n - 1
   * @return phi
   */
  public double baseConfidence(int row) {
    return base[row];
  }

  /**
   * A shadow plugin's scaled confidence in a row's true class.
   *
   * @param shadow 0 to shadows() - 1
   * @param row 0 to m + n - 1
   * @return phi
   */
  public double shadowConfidence(int shadow, int row) {
    return shadows.get(shadow).confidences[row];
  }

  /**
   * Whether a shadow plugin was trained on a row.
   *
   * @param shadow 0 to shadows() - 1
   * @param row 0 to m + n - 1
   * @return true if it was
   */
  public boolean isIn(int shadow, int row) {
    return shadows.get(shadow).in.get(row);
  }

  /**
   * The logarithm of a probability given by its scaled confidence: {@code -log(1 + exp(-phi))}.
   *
   * @param phi a scaled confidence
   * @return at most 0
   */
  public static double logProbability(double phi) {
    return phi > 0
        ? 0.0 - StrictMath.log1p(StrictMath.exp(-phi))
        : phi - StrictMath.log1p(StrictMath.exp(phi));
  }

  static double[] confidences(String model, Outputs outputs, int[] classes) {
    if (outputs.size() != classes.length || outputs.classes() < 2) {
      throw new IllegalArgumentException(
          "expected answers to "
              + classes.length
              + " rows of at least 2 classes, found "
              + outputs.size()
              + " rows of "
              + outputs.classes()
              + ", at "
              + model);
    }
    double[] confidences = new double[classes.length];
    for (int row = 0; row < classes.length; row++) {
      if (classes[row] < 0 || classes[row] >= outputs.classes()) {
        throw new IllegalArgumentException(
            "expected a class of 0 to "
                + (outputs.classes() - 1)
                + ", found "
                + classes[row]
                + ", at row "
                + row);
      }
      confidences[row] = confidence(outputs.logits(row), classes[row]);
    }
    return confidences;
  }

  private static double confidence(float[] logits, int label) {
    double greatest = Double.NEGATIVE_INFINITY;
    for (int c = 0; c < logits.length; c++) {
      greatest = c == label ? greatest : Math.max(greatest, logits[c]);
    }
    double sum = 0;
    for (int c = 0; c < logits.length; c++) {
      sum += c == label ? 0 : StrictMath.exp(logits[c] - greatest);
    }
    return logits[label] - greatest - StrictMath.log(sum);
  }

  /** How much there is; no value. */
  @Override
  public String toString() {
    return "MembershipEvidence["
        + members
        + " members, "
        + (size() - members)
        + " strangers, "
        + shadows.size()
        + " shadows]";
  }
}
