package io.medforge.merge.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Against the obvious version: all of every tensor in arrays, one element after another. */
class CheckpointFusionTest {
  private static final DType[] REAL = {DType.F32, DType.BF16, DType.F16};
  private static final int[] SIZES = {
    0,
    1,
    2,
    3,
    255,
    TilePool.TILE - 1,
    TilePool.TILE,
    TilePool.TILE + 1,
    2 * TilePool.TILE + 77,
    TilePool.READ_BYTES / 4 - 1,
    TilePool.READ_BYTES / 4 + 1,
    TilePool.READ_BYTES / 2 + TilePool.TILE + 3
  };

  private static Tensor drawn(DType type, int size, long seed) {
    Random random = new Random(seed);
    double[] values = new double[size];
    for (int i = 0; i < size; i++) {
      // Few values, so that magnitudes are equal often.
      values[i] = i % 4 == 0 ? random.nextInt(7) / 8.0 - 0.25 : random.nextGaussian();
    }
    return Tensor.encode(type, Shape.of(size), values);
  }

  private static ModelTensors model(String name, Tensor tensor) {
    return new ModelTensors(name, new TreeMap<>(Map.of("w", tensor)));
  }

  private static Tensor only(MergedModel merged) {
    return merged.tensors().get("w");
  }

  private static byte[] bytes(Tensor tensor) {
    byte[] bytes = new byte[(int) tensor.dtype().byteSize(tensor.shape())];
    tensor.readBytes(0, bytes, 0, bytes.length);
    return bytes;
  }

  private static byte[] encoded(DType type, float[] values) {
    double[] wide = new double[values.length];
    for (int i = 0; i < wide.length; i++) {
      wide[i] = values[i];
    }
    return bytes(Tensor.encode(type, Shape.of(wide.length), wide));
  }

  @Property(tries = 60)
  void equalsTheObviousVersion(
      @ForAll @IntRange(min = 0, max = 8) int size,
      @ForAll @IntRange(min = 1, max = 5) int models,
      @ForAll @IntRange(min = 0, max = 80) int types,
      @ForAll @IntRange(min = 0, max = 3) int method,
      @ForAll long seed) {
    int n = SIZES[size];
    Random random = new Random(seed);
    int count = method == 3 ? 2 : models;
    Tensor[] x = new Tensor[count + 1];
    ModelTensors[] sources = new ModelTensors[count + 1];
    for (int k = 0; k <= count; k++) {
      // All of one type half the time, since 16-bit types are then handled two at a time.
      DType type = REAL[types % 2 == 0 ? types % 3 : random.nextInt(3)];
      x[k] = drawn(type, n, seed + k);
      sources[k] = model("model " + k, x[k]);
    }
    double[] w = random.doubles(count, 0.1, 1).toArray();
    double[] density = random.doubles(count, 0.05, 1.2).map(d -> Math.min(1, d)).toArray();
    DType out = REAL[random.nextInt(3)];
    List<ModelTensors> own = List.of(sources).subList(1, count + 1);
    CheckpointFusion.Builder settings =
        switch (method) {
          case 0 -> CheckpointFusion.linear().weights(w);
          case 1 -> CheckpointFusion.taskArithmetic().weights(w).lambda(0.7);
          case 2 -> CheckpointFusion.ties().weights(w).density(density).lambda(1.1);
          default -> CheckpointFusion.slerp(0.3);
        };
    CheckpointFusion fusion = settings.outputType(out).build();
    MergedModel merged =
        method == 1 || method == 2 ? fusion.merge(sources[0], own) : fusion.merge(own);

    float[] expected =
        switch (method) {
          case 0 -> Obvious.linear(x, w);
          case 1 -> Obvious.taskArithmetic(x, w, 0.7f);
          case 2 -> Obvious.ties(x, w, density, 1.1f);
          default -> Obvious.slerp(x[1], x[2], 0.3);
        };

    if (method == 3) {
      float[] found = only(merged).toFloats();
      for (int i = 0; i < n; i++) {
        double tolerance = out == DType.F32 ? 1e-5 : out == DType.F16 ? 2e-3 : 2e-2;
        assertThat((double) found[i]).isCloseTo(expected[i], offset(tolerance));
      }
    } else {
      assertThat(bytes(only(merged))).isEqualTo(encoded(out, expected));
    }
  }

  @Property(tries = 40)
  void anyRangeOfBytesIsThatOfTheWhole(
      @ForAll long seed, @ForAll @IntRange(min = 0, max = 2) int type) {
    Random random = new Random(seed);
    int n = TilePool.TILE + 100;
    List<ModelTensors> models =
        List.of(model("a", drawn(REAL[type], n, seed)), model("b", drawn(REAL[type], n, seed + 1)));
    Tensor merged = only(CheckpointFusion.linear().build().merge(models));
    byte[] whole = bytes(merged);
    int from = random.nextInt(whole.length);
    int count = random.nextInt(whole.length - from + 1);

    byte[] part = new byte[count];
    merged.readBytes(from, part, 0, count);
    ByteBuffer direct = ByteBuffer.allocateDirect(count);
    merged.readBytes(from, direct);

    assertThat(part).isEqualTo(Arrays.copyOfRange(whole, from, from + count));
    assertThat(direct.flip()).isEqualTo(ByteBuffer.wrap(part));
  }

  @Test
  void passesOnEqualIntegersAndRefusesOthers() {
    Tensor one = Tensor.ofBytes(DType.I64, Shape.of(2), new byte[16]);
    byte[] changed = new byte[16];
    changed[9] = 1;
    Tensor other = Tensor.ofBytes(DType.I64, Shape.of(2), changed);

    assertThat(
            bytes(
                only(
                    CheckpointFusion.linear()
                        .build()
                        .merge(List.of(model("a", one), model("b", one))))))
        .isEqualTo(new byte[16]);
    assertThatThrownBy(
            () ->
                CheckpointFusion.linear()
                    .build()
                    .merge(List.of(model("a", one), model("b", other))))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessage(
            "expected the same I64 values as in a, which cannot be averaged, found others, at"
                + " tensor w of b");
  }

  @Test
  void refusesWhatDoesNotFitByName() {
    Tensor four = drawn(DType.F32, 4, 1);
    Tensor five = drawn(DType.F32, 5, 1);
    CheckpointFusion linear = CheckpointFusion.linear().build();

    assertThatThrownBy(() -> linear.merge(List.of(model("a", four), model("b", five))))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessage(
            "expected shape [4] as in a, found [5] (another vocabulary or another number of"
                + " classes?), at tensor w of b");
    ModelTensors more = new ModelTensors("b", new TreeMap<>(Map.of("w", four, "v", four)));
    assertThatThrownBy(() -> linear.merge(List.of(model("a", four), more)))
        .hasMessage("expected the tensors of b, found 1 missing, first v, at a");
    assertThatThrownBy(() -> linear.merge(List.of(more, model("a", four))))
        .hasMessage("expected the tensors of b, found 1 missing, first v, at a");
    Tensor wide = drawn(DType.F64, 4, 1);
    assertThatThrownBy(() -> linear.merge(List.of(model("a", wide), model("b", wide))))
        .hasMessage("expected F32, BF16 or F16, found F64, at tensor w of a");
    assertThatThrownBy(() -> linear.merge(List.of())).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CheckpointFusion.ties().build().merge(List.of(model("a", four))))
        .hasMessage("expected a base for ties, found none");
    assertThatThrownBy(
            () ->
                CheckpointFusion.linear()
                    .weights(1, -1)
                    .build()
                    .merge(List.of(model("a", four), model("b", four))))
        .hasMessageContaining("whose sum is not 0");
  }

  @Test
  void namesTheElementThatIsNotFinite() {
    for (DType type : REAL) {
      double[] values = new double[TilePool.TILE + 10];
      values[TilePool.TILE + 3] = Double.NaN;
      Tensor bad = Tensor.encode(type, Shape.of(values.length), values);
      Tensor good = Tensor.encode(type, Shape.of(values.length), new double[values.length]);
      for (CheckpointFusion.Builder method :
          List.of(
              CheckpointFusion.taskArithmetic(),
              CheckpointFusion.ties(),
              CheckpointFusion.ties().density(0.5))) {
        Tensor merged =
            only(method.build().merge(model("base", good), List.of(model("centre", bad))));
        assertThatThrownBy(() -> bytes(merged))
            .as("%s", type)
            .isInstanceOf(IncompatiblePluginsException.class)
            .hasMessage(
                "expected finite values, found NaN at element "
                    + (TilePool.TILE + 3)
                    + ", at tensor w of centre");
      }
    }
  }

  @Test
  void refusesResultsBeyondTheOutputType() {
    Tensor large = Tensor.of(Shape.of(2), 1f, 70000f);
    Tensor merged =
        only(
            CheckpointFusion.linear()
                .outputType(DType.F16)
                .build()
                .merge(List.of(model("a", large))));
    assertThatThrownBy(() -> bytes(merged))
        .isInstanceOf(IncompatiblePluginsException.class)
        .hasMessage(
            "expected results within the range of F16, found greater ones among elements 0 to 1,"
                + " at tensor w");
  }

  @Test
  void oneModelOfWeightOneIsItself() {
    Tensor own = drawn(DType.BF16, 1000, 3);
    assertThat(bytes(only(CheckpointFusion.linear().build().merge(List.of(model("a", own))))))
        .isEqualTo(bytes(own));
  }

  @Test
  void settingsAreSetOnce() {
    assertThatThrownBy(() -> CheckpointFusion.linear().weights(1).weights(1))
        .isInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> CheckpointFusion.linear().lambda(1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CheckpointFusion.slerp(1.5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> CheckpointFusion.ties().density(0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** Whole arrays, one element after another. */
  static final class Obvious {
    static float[] linear(Tensor[] x, double[] w) {
      float[][] v = floats(x);
      float[] out = new float[v[0].length];
      float sum = 0;
      for (double weight : w) {
        sum += (float) weight;
      }
      for (int i = 0; i < out.length; i++) {
        float s = 0;
        for (int k = 0; k < w.length; k++) {
          float term = (float) w[k] * v[k + 1][i];
          s = k == 0 ? term : s + term;
        }
        out[i] = sum == 1 ? s : s / sum;
      }
      return out;
    }

    static float[] taskArithmetic(Tensor[] x, double[] w, float lambda) {
      float[][] v = floats(x);
      float[] out = new float[v[0].length];
      for (int i = 0; i < out.length; i++) {
        float s = 0;
        for (int k = 0; k < w.length; k++) {
          float term = (float) w[k] * (v[k + 1][i] - v[0][i]);
          s = k == 0 ? term : s + term;
        }
        out[i] = v[0][i] + lambda * s;
      }
      return out;
    }

    static float[] ties(Tensor[] x, double[] w, double[] density, float lambda) {
      float[][] v = floats(x);
      int n = v[0].length;
      float[][] delta = new float[w.length][n];
      for (int k = 0; k < w.length; k++) {
        for (int i = 0; i < n; i++) {
          delta[k][i] = v[k + 1][i] - v[0][i];
        }
        float[] d = delta[k];
        int kept = density[k] >= 1 ? n : Math.max(1, (int) (density[k] * n));
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparing((Integer i) -> -Math.abs(d[i])).thenComparing(i -> i))
            .skip(kept)
            .forEach(i -> d[i] = 0);
      }
      float[] out = new float[n];
      for (int i = 0; i < n; i++) {
        float vote = 0;
        for (int k = 0; k < w.length; k++) {
          vote += (float) w[k] * delta[k][i];
        }
        float elected = vote >= 0 ? 1 : -1;
        float sum = 0;
        float parts = 0;
        for (int k = 0; k < w.length; k++) {
          if ((float) w[k] * delta[k][i] * elected > 0) {
            sum += (float) w[k] * delta[k][i];
            parts += (float) w[k];
          }
        }
        out[i] = v[0][i] + lambda * (sum / (parts == 0 ? 1 : parts));
      }
      return out;
    }

    static float[] slerp(Tensor one, Tensor two, double t) {
      double[] a = one.toDoubles();
      double[] b = two.toDoubles();
      double aa = 0;
      double bb = 0;
      double ab = 0;
      for (int i = 0; i < a.length; i++) {
        aa += a[i] * a[i];
        bb += b[i] * b[i];
        ab += a[i] * b[i];
      }
      double cosine = ab / ((aa > 1e-16 ? Math.sqrt(aa) : 1) * (bb > 1e-16 ? Math.sqrt(bb) : 1));
      double angle = Math.acos(Math.max(-1, Math.min(1, cosine)));
      boolean straight = Math.abs(cosine) > 0.9995;
      float[] out = new float[a.length];
      for (int i = 0; i < a.length; i++) {
        double p = straight ? 1 - t : Math.sin((1 - t) * angle) / Math.sin(angle);
        double q = straight ? t : Math.sin(t * angle) / Math.sin(angle);
        out[i] = (float) (p * a[i] + q * b[i]);
      }
      return out;
    }

    private static float[][] floats(Tensor[] x) {
      return Arrays.stream(x).map(Tensor::toFloats).toArray(float[][]::new);
    }
  }
}
