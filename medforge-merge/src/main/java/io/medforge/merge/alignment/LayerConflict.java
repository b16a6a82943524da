package io.medforge.merge.alignment;

import java.util.Arrays;
import java.util.List;

/** How plugins' updates lie to each other at one layer, or over all. Immutable. */
public final class LayerConflict {
  private final LowRankGram gram;
  private final double[][] opposed;
  private final double[][] shared;
  private final double[][] inside;
  private final double[][][] columnAngles;
  private final double[][][] rowAngles;

  /**
   * Takes counts of elements of opposite signs and of elements where both are other than zero, the
   * energy of i inside j's spaces, and principal angles.
   */
  LayerConflict(
      LowRankGram gram,
      double[][] opposed,
      double[][] shared,
      double[][] inside,
      double[][][] columnAngles,
      double[][][] rowAngles) {
    this.gram = gram;
    this.opposed = opposed;
    this.shared = shared;
    this.inside = inside;
    this.columnAngles = columnAngles;
    this.rowAngles = rowAngles;
  }

  /** Over layers. */
  static LayerConflict sum(LowRankGram gram, List<LayerConflict> layers) {
    int n = gram.size();
    double[][] opposed = new double[n][n];
    double[][] shared = new double[n][n];
    double[][] inside = new double[n][n];
    for (LayerConflict layer : layers) {
      for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
          opposed[i][j] += layer.opposed[i][j];
          shared[i][j] += layer.shared[i][j];
          inside[i][j] += layer.inside[i][j];
        }
      }
    }
    double[][][] none = new double[n][n][0];
    return new LayerConflict(gram, opposed, shared, inside, none, none);
  }

  /**
   * Inner products: norms, cosines and distances.
   *
   * @return the Gram matrix
   */
  public LowRankGram gram() {
    return gram;
  }

  /**
   * The cosine of the angle between two updates.
   *
   * @param i the first plugin's index
   * @param j the second plugin's index
   * @return -1 to 1; 0 if one is zero
   */
  public double cosine(int i, int j) {
    return gram.cosine(i, j);
  }

  /**
   * How often two updates pull an element in opposite directions.
   *
   * @param i the first plugin's index
   * @param j the second plugin's index
   * @return the part of the elements where both are other than zero whose signs differ, 0 to 1; 0
   *     if there are none. Unrelated updates have about 0.5. Of low-rank layers of more than 2^18
   *     elements 65536 are looked at, drawn with a fixed key: a standard error of at most 0.002
   */
  public double signConflict(int i, int j) {
    return shared[i][j] == 0 ? 0 : opposed[i][j] / shared[i][j];
  }

  /**
   * How much of an update lies where another one acts.
   *
   * @param i whose energy
   * @param j whose column and row spaces
   * @return {@code |P Delta_i Q|^2 / |Delta_i|^2} with P, Q the projections onto the column and row
   *     space of Delta_j, 0 to 1; the squared cosine for dense updates, each of which spans a line;
   *     0 if one is zero
   */
  public double energyOverlap(int i, int j) {
    double energy = gram.inner(i, i);
    return energy == 0 ? 0 : Math.min(1, inside[i][j] / energy);
  }

  /**
   * The principal angles between the column spaces (outputs) of two low-rank updates.
   *
   * @param i the first plugin's index
   * @param j the second plugin's index
   * @return min of the ranks many angles in radians, 0 to pi/2, ascending; none for dense updates
   *     and over all layers
   */
  public List<Double> columnAngles(int i, int j) {
    return Arrays.stream(columnAngles[i][j]).boxed().toList();
  }

  /**
   * The principal angles between the row spaces (inputs) of two low-rank updates.
   *
   * @param i the first plugin's index
   * @param j the second plugin's index
   * @return min of the ranks many angles in radians, 0 to pi/2, ascending; none for dense updates
   *     and over all layers
   */
  public List<Double> rowAngles(int i, int j) {
    return Arrays.stream(rowAngles[i][j]).boxed().toList();
  }
}
