package io.medforge.study;

import java.util.Random;

/**
 * How one hospital's instrument reads: x' = gain * x + offset + noise, per measurement. Immutable.
 *
 * <p>Gains are log-normal around 1, offsets and noise are Gaussian in units of the measurement's
 * deviation in the public share. Gain and offset belong to the instrument and are drawn once; noise
 * is drawn anew for each patient.
 */
final class CalibrationDrift {
  private final double[] gains;
  private final double[] offsets;
  private final double[] noises;

  private CalibrationDrift(double[] gains, double[] offsets, double[] noises) {
    this.gains = gains;
    this.offsets = offsets;
    this.noises = noises;
  }

  /**
   * Draws an instrument.
   *
   * @param scale what a deviation is, per measurement
   * @param measurements how many
   * @param spread how far instruments drift
   * @param random the source
   * @return the drift
   */
  static CalibrationDrift draw(
      Standardization scale, int measurements, Spread spread, Random random) {
    double[] gains = new double[measurements];
    double[] offsets = new double[measurements];
    double[] noises = new double[measurements];
    for (int f = 0; f < measurements; f++) {
      gains[f] = StrictMath.exp(spread.gain() * random.nextGaussian());
      offsets[f] = spread.offset() * scale.deviation(f) * random.nextGaussian();
      noises[f] = spread.noise() * scale.deviation(f);
    }
    return new CalibrationDrift(gains, offsets, noises);
  }

  /**
   * What this instrument reads for some patients.
   *
   * @param truth the patients' measurements
   * @param random the source of the noise
   * @return the same patients as read
   */
  Cohort read(Cohort truth, Random random) {
    double[][] rows = new double[truth.size()][truth.measurements()];
    for (int i = 0; i < rows.length; i++) {
      for (int f = 0; f < rows[i].length; f++) {
        rows[i][f] = gains[f] * truth.value(i, f) + offsets[f] + noises[f] * random.nextGaussian();
      }
    }
    return Cohort.of(rows, truth.diagnoses());
  }

  /**
   * How far instruments drift.
   *
   * @param gain the standard deviation of a gain's logarithm
   * @param offset the standard deviation of an offset, in deviations of the measurement
   * @param noise the standard deviation of the noise, in deviations of the measurement
   */
  record Spread(double gain, double offset, double noise) {}
}
