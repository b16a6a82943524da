package io.medforge.merge.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SignElectionTest {
  @ParameterizedTest
  @EnumSource
  void hasTheBitsOfTheObviousLoop(SignElection.Vote vote) {
    SplittableRandom random = new SplittableRandom(9);
    for (SignElection.Divisor divisor : SignElection.Divisor.values()) {
      for (int n = 1; n <= 6; n++) {
        int size = random.nextInt(1, 700);
        float[] w = new float[n];
        float[][] x = new float[n][size + 2];
        for (int k = 0; k < n; k++) {
          w[k] = random.nextInt(4) == 0 ? 0 : (float) random.nextDouble(-1, 2);
          for (int i = 0; i < x[k].length; i++) {
            x[k][i] = random.nextInt(3) == 0 ? 0 : random.nextInt(-3, 4);
          }
        }
        float[] out = new float[size];
        SignElection.merge(x, w, vote, divisor, out, size);
        for (int i = 0; i < size; i++) {
          assertThat(out[i]).isEqualTo(obvious(x, w, vote, divisor, i));
        }
      }
    }
  }

  private static float obvious(
      float[][] x, float[] w, SignElection.Vote vote, SignElection.Divisor divisor, int i) {
    float votes = 0;
    for (int k = 0; k < x.length; k++) {
      votes +=
          switch (vote) {
            case WEIGHTED_VALUE -> w[k] * x[k][i];
            case VALUE -> x[k][i];
            case SIGN -> Math.signum(x[k][i]);
          };
    }
    float elected = votes >= 0 ? 1 : -1;
    float sum = 0;
    float parts = 0;
    for (int k = 0; k < x.length; k++) {
      float own = vote == SignElection.Vote.WEIGHTED_VALUE ? w[k] * x[k][i] : x[k][i];
      if (Math.signum(own) == elected) {
        sum += w[k] * x[k][i];
        parts += divisor == SignElection.Divisor.WEIGHTS ? w[k] : 1;
      }
    }
    return divisor == SignElection.Divisor.NONE ? sum : sum / (parts == 0 ? 1 : parts);
  }
}
