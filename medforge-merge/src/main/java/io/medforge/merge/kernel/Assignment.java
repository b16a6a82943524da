package io.medforge.merge.kernel;

import java.util.Arrays;

/**
 * The linear assignment problem: which column each row is matched with, so that the matched costs
 * sum to the least. O(m^2 n) for m rows and n columns. Stateless.
 *
 * <p>Kuhn, The Hungarian method, Naval Research Logistics 1955; by shortest augmenting paths as
 * Jonker and Volgenant, Computing 1987, and Crouse, IEEE TAES 2016, do.
 */
public final class Assignment {
  /*
   * Rows enter one after another. For each, Dijkstra's algorithm over reduced costs
   * cost - rowPrice - columnPrice >= 0 finds the cheapest way of reassigning earlier rows so that one
   * more column is used. Prices keep reduced costs at least zero, so the result is optimal after every
   * row. Of equally short ways the one through the lowest column is taken: deterministic.
   */
  private static final int NONE = -1;

  private final double[][] cost;
  private final double[] rowPrice;
  private final double[] columnPrice;
  private final int[] rowOf;
  private final int[] comesFrom;
  private final double[] distance;
  private final boolean[] reached;

  private Assignment(double[][] cost) {
    this.cost = cost;
    int columns = cost[0].length;
    rowPrice = new double[cost.length];
    columnPrice = new double[columns];
    rowOf = new int[columns];
    Arrays.fill(rowOf, NONE);
    comesFrom = new int[columns];
    distance = new double[columns];
    reached = new boolean[columns];
  }

  /**
   * Finds a cheapest assignment. To maximise, negate the costs.
   *
   * @param cost m rows of n finite numbers, 1 to n rows; only read
   * @return the column of each row, all different
   */
  public static int[] cheapest(double[][] cost) {
    Assignment assignment = new Assignment(cost);
    for (int row = 0; row < cost.length; row++) {
      assignment.add(row);
    }
    int[] columnOf = new int[cost.length];
    for (int column = 0; column < assignment.rowOf.length; column++) {
      if (assignment.rowOf[column] != NONE) {
        columnOf[assignment.rowOf[column]] = column;
      }
    }
    return columnOf;
  }

  private void add(int newRow) {
    Arrays.fill(distance, Double.POSITIVE_INFINITY);
    Arrays.fill(reached, false);
    int row = newRow;
    int column = NONE;
    double length = 0;
    while (true) {
      relax(row, column, length);
      column = nearest();
      length = distance[column];
      reached[column] = true;
      if (rowOf[column] == NONE) {
        break;
      }
      row = rowOf[column];
    }
    adjustPrices(newRow, length);
    augment(newRow, column);
  }

  /** Shortens the ways to columns by going through a row, which was reached by its own column. */
  private void relax(int row, int column, double length) {
    for (int to = 0; to < distance.length; to++) {
      if (!reached[to]) {
        double through = length + cost[row][to] - rowPrice[row] - columnPrice[to];
        if (through < distance[to]) {
          distance[to] = through;
          comesFrom[to] = column;
        }
      }
    }
  }

  private int nearest() {
    int nearest = NONE;
    for (int column = 0; column < distance.length; column++) {
      if (!reached[column] && (nearest == NONE || distance[column] < distance[nearest])) {
        nearest = column;
      }
    }
    return nearest;
  }

  private void adjustPrices(int newRow, double length) {
    rowPrice[newRow] += length;
    for (int column = 0; column < reached.length; column++) {
      if (reached[column]) {
        double slack = length - distance[column];
        columnPrice[column] -= slack;
        if (rowOf[column] != NONE) {
          rowPrice[rowOf[column]] += slack;
        }
      }
    }
  }

  /** Moves every row on the way one column on. */
  private void augment(int newRow, int last) {
    int column = last;
    while (comesFrom[column] != NONE) {
      rowOf[column] = rowOf[comesFrom[column]];
      column = comesFrom[column];
    }
    rowOf[column] = newRow;
  }
}
