package io.medforge.study.heart;

import io.medforge.study.Seeds;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Random;

/**
 * Federated learning of the logistic model with FLamby's schedule: in each round every hospital
 * takes the common model, makes a number of plain gradient steps on small batches of its patients,
 * and sends its change; the changes' mean, weighted by numbers of patients, moves the common model.
 *
 * @param rounds of exchange
 * @param updates gradient steps per hospital and round
 * @param batch patients per step
 * @param learningRate of the hospitals' steps
 * @param proximal mu of FedProx (Li et al., MLSys 2020), 0 for none
 * @param server how the common model moves
 */
record FederatedTraining(
    int rounds, int updates, int batch, double learningRate, double proximal, Server server) {
  /** How the mean change moves the common model. */
  enum Server {
    /** Added as it is: McMahan et al., AISTATS 2017. */
    AVERAGE,
    /** Adam's step: Reddi et al., Adaptive Federated Optimization, ICLR 2021. */
    ADAM
  }

  private static final double SERVER_RATE = 0.01;
  private static final double FIRST = 0.9;
  private static final double SECOND = 0.999;
  private static final double ADAPTIVITY = 1e-8;

  /**
   * Trains.
   *
   * @param hospitals each one's patients
   * @param seed of the start and the batches
   * @return the common model
   */
  LogisticModel train(Collection<CentreRows> hospitals, long seed) {
    List<Batches> batches = new ArrayList<>();
    int all = 0;
    int width = 0;
    for (CentreRows rows : hospitals) {
      batches.add(new Batches(rows, Seeds.random(seed, "batches/" + batches.size())));
      all += rows.size();
      width = rows.width();
    }
    double[] common = start(width, seed);
    double[] momentum = new double[common.length];
    double[] second = new double[common.length];
    for (int round = 0; round < rounds; round++) {
      double[] change = new double[common.length];
      for (Batches hospital : batches) {
        double[] local = local(common, hospital);
        double share = (double) hospital.rows.size() / all;
        for (int i = 0; i < change.length; i++) {
          change[i] += share * (local[i] - common[i]);
        }
      }
      move(common, change, momentum, second);
    }
    return new LogisticModel(common);
  }

  /** As PyTorch starts a linear layer: uniform up to 1 / sqrt(inputs), either side. */
  private static double[] start(int width, long seed) {
    Random random = Seeds.random(seed, "start");
    double[] parameters = new double[width + 1];
    for (int i = 0; i < parameters.length; i++) {
      parameters[i] = (2 * random.nextDouble() - 1) / Math.sqrt(width);
    }
    return parameters;
  }

  private double[] local(double[] common, Batches hospital) {
    double[] theta = common.clone();
    for (int step = 0; step < updates; step++) {
      double[] gradient = hospital.gradient(theta, batch);
      for (int i = 0; i < theta.length; i++) {
        theta[i] -= learningRate * (gradient[i] + proximal * (theta[i] - common[i]));
      }
    }
    return theta;
  }

  private void move(double[] common, double[] change, double[] momentum, double[] second) {
    for (int i = 0; i < common.length; i++) {
      momentum[i] = FIRST * momentum[i] + (1 - FIRST) * change[i];
      second[i] = SECOND * second[i] + (1 - SECOND) * change[i] * change[i];
      common[i] +=
          server == Server.ADAM
              ? SERVER_RATE * momentum[i] / (Math.sqrt(second[i]) + ADAPTIVITY)
              : change[i];
    }
  }

  /** A hospital's patients, pass after pass, each pass in a new order. For one thread. */
  private static final class Batches {
    private final CentreRows rows;
    private final Random random;
    private final int[] order;
    private int next;

    Batches(CentreRows rows, Random random) {
      this.rows = rows;
      this.random = random;
      this.order = new int[rows.size()];
      for (int i = 0; i < order.length; i++) {
        order[i] = i;
      }
      this.next = order.length;
    }

    /** The mean cross-entropy's gradient over the next batch, shorter at the end of a pass. */
    double[] gradient(double[] theta, int batch) {
      if (next == order.length) {
        shuffle();
      }
      int end = Math.min(next + batch, order.length);
      double[] gradient = new double[theta.length];
      for (int at = next; at < end; at++) {
        float[] row = rows.row(order[at]);
        double p = LogisticModel.sigmoid(LogisticModel.logit(theta, row));
        double error =
            (p - (rows.classOf(order[at]) == CentreRows.DISEASED ? 1 : 0)) / (end - next);
        for (int f = 0; f < row.length; f++) {
          gradient[f] += error * row[f];
        }
        gradient[row.length] += error;
      }
      next = end;
      return gradient;
    }

    private void shuffle() {
      for (int i = order.length - 1; i > 0; i--) {
        int j = random.nextInt(i + 1);
        int swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
      }
      next = 0;
    }
  }
}
