package io.medforge.merge.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.PluginSet;
import io.medforge.merge.kernel.Dense;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ConflictReportTest {
  @Property(tries = 60)
  void agreesWithDenseDefinitions(
      @ForAll @IntRange(min = 1, max = 4) int n,
      @ForAll @IntRange(min = 1, max = 9) int d,
      @ForAll @IntRange(min = 1, max = 9) int k,
      @ForAll long seed) {
    PluginSet plugins = random(seed, n, d, k);
    ConflictReport report = ConflictReport.of(plugins);
    assertThat(report.layers().keySet()).containsExactly("bias", "low");
    LayerConflict low = report.layers().get("low");
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double[][] one = delta(plugins, i, "low");
        double[][] other = delta(plugins, j, "low");
        assertThat(low.cosine(i, j))
            .isCloseTo(
                Modules.inner(one, other) / Dense.norm(one) / Dense.norm(other), within(1e-12));
        assertThat(low.signConflict(i, j)).isCloseTo(signs(one, other), within(1e-12));
        assertThat(low.energyOverlap(i, j)).isCloseTo(overlap(one, other), within(1e-9));
        double[][] bias = delta(plugins, i, "bias");
        double[][] otherBias = delta(plugins, j, "bias");
        LayerConflict dense = report.layers().get("bias");
        assertThat(dense.signConflict(i, j)).isCloseTo(signs(bias, otherBias), within(1e-12));
        assertThat(dense.energyOverlap(i, j))
            .isCloseTo(dense.cosine(i, j) * dense.cosine(i, j), within(1e-12));
        double counted = d * k * low.signConflict(i, j) + 4099 * dense.signConflict(i, j);
        assertThat(report.overall().signConflict(i, j))
            .isCloseTo(counted / (d * k + 4099), within(1e-12));
        assertThat(report.overall().cosine(i, j)).isEqualTo(LowRankGram.of(plugins).cosine(i, j));
      }
    }
  }

  /** More elements than are counted one by one: a sample of them, against all. */
  @Test
  void samplesTheSignsOfLargeLayers() {
    SplittableRandom random = new SplittableRandom(2);
    LowRankUpdate one = Modules.lowRank(random, 600, 500, 3);
    LowRankUpdate other = Modules.lowRank(random, 600, 500, 4);
    PluginSet plugins =
        PluginSet.of(
            Modules.module("one", Map.of("low", one)),
            Modules.module("other", Map.of("low", other)));
    ConflictReport report = ConflictReport.of(plugins);
    LayerConflict low = report.layers().get("low");
    double all = signs(delta(plugins, 0, "low"), delta(plugins, 1, "low"));
    // Five standard errors of 65536 draws.
    assertThat(low.signConflict(0, 1))
        .isCloseTo(all, within(0.01))
        .isEqualTo(low.signConflict(1, 0));
    assertThat(low.signConflict(0, 0)).isZero();
    assertThat(report.overall().signConflict(0, 1)).isEqualTo(low.signConflict(0, 1));
    assertThat(ConflictReport.of(plugins).layers().get("low").signConflict(0, 1))
        .isEqualTo(low.signConflict(0, 1));
  }

  @Test
  void tellsAgreementFromConflictFromIndifference() {
    LowRankUpdate one = update(new double[] {1, 2, 0, 0}, new double[] {1, 1, 0});
    LowRankUpdate against = new LowRankUpdate(one.a(), one.b(), -3);
    LowRankUpdate elsewhere = update(new double[] {0, 0, 5, 1}, new double[] {0, 0, 2});
    PluginSet plugins =
        PluginSet.of(
            Modules.module("one", Map.of("low", one)),
            Modules.module("against", Map.of("low", against)),
            Modules.module("elsewhere", Map.of("low", elsewhere)));
    ConflictReport report = ConflictReport.of(plugins);
    LayerConflict low = report.layers().get("low");
    int a = report.plugins().indexOf(Modules.id("one"));
    int b = report.plugins().indexOf(Modules.id("against"));
    int c = report.plugins().indexOf(Modules.id("elsewhere"));
    assertThat(low.cosine(a, b)).isCloseTo(-1, within(1e-15));
    assertThat(low.signConflict(a, b)).isEqualTo(1);
    assertThat(low.energyOverlap(a, b)).isCloseTo(1, within(1e-14));
    assertThat(low.columnAngles(a, b).get(0)).isCloseTo(0, within(1e-15));
    assertThat(low.cosine(a, c)).isZero();
    assertThat(low.signConflict(a, c)).isZero();
    assertThat(low.energyOverlap(a, c)).isZero();
    assertThat(low.columnAngles(a, c).get(0)).isCloseTo(Math.PI / 2, within(1e-15));
    assertThat(low.rowAngles(a, c).get(0)).isCloseTo(Math.PI / 2, within(1e-15));
    assertThat(report.overall().columnAngles(a, c)).isEmpty();
  }

  @Test
  void readsZerosMissingLayersAndHeads() {
    SplittableRandom random = new SplittableRandom(1);
    LowRankUpdate some = Modules.lowRank(random, 4, 5, 2);
    Update zero = new LowRankUpdate(some.a(), some.b(), 0);
    Update head = new Replacement(Modules.tensor(random, 2), LabelSpace.of("l", "a", "b"));
    PluginSet plugins =
        PluginSet.allowingMissingLayers(
            List.of(
                Modules.module("some", Map.of("low", some)),
                Modules.module("zero", Map.of("low", zero, "head", head)),
                Modules.module("none", Map.of("head", head))));
    ConflictReport report = ConflictReport.of(plugins);
    assertThat(report.layers().keySet()).containsExactly("low");
    int a = report.plugins().indexOf(Modules.id("some"));
    for (String name : List.of("zero", "none")) {
      int b = report.plugins().indexOf(Modules.id(name));
      assertThat(report.overall().cosine(a, b)).isZero();
      assertThat(report.overall().signConflict(a, b)).isZero();
      assertThat(report.overall().energyOverlap(a, b)).isZero();
      assertThat(report.overall().energyOverlap(b, a)).isZero();
      assertThat(report.layers().get("low").columnAngles(a, b)).isEmpty();
    }
  }

  private static LowRankUpdate update(double[] b, double[] a) {
    return new LowRankUpdate(
        Tensor.of(Shape.of(1, a.length), a), Tensor.of(Shape.of(b.length, 1), b), 1);
  }

  private static PluginSet random(long seed, int n, int d, int k) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(
          Modules.module(
              "p" + i,
              Map.of(
                  "low",
                  Modules.lowRank(random, d, k, random.nextInt(1, 4)),
                  "bias",
                  new DenseUpdate(Modules.tensor(random, 4099)))));
    }
    return PluginSet.of(modules);
  }

  private static double[][] delta(PluginSet plugins, int i, String layer) {
    return Modules.delta(plugins.plugins().get(i).updates().get(layer));
  }

  private static double signs(double[][] one, double[][] other) {
    int different = 0;
    int all = 0;
    for (int i = 0; i < one.length; i++) {
      for (int j = 0; j < one[i].length; j++) {
        different += one[i][j] * other[i][j] < 0 ? 1 : 0;
        all++;
      }
    }
    return (double) different / all;
  }

  /** {@code |P X Q|^2 / |X|^2} with P and Q from a full SVD of Y. */
  private static double overlap(double[][] x, double[][] y) {
    double[][] p = projection(y);
    double[][] q = projection(transposed(y));
    double[][] inside = times(times(p, x), q);
    return Modules.inner(inside, inside) / Modules.inner(x, x);
  }

  /** {@code Y Y^+} by modified Gram-Schmidt on the columns. */
  private static double[][] projection(double[][] y) {
    int d = y.length;
    double[][] projection = new double[d][d];
    double size = Dense.norm(y);
    double[][] columns = transposed(y);
    for (int round = 0; round < columns.length; round++) {
      double[] longest = columns[0];
      for (double[] column : columns) {
        longest = dot(column, column) > dot(longest, longest) ? column : longest;
      }
      double norm = Math.sqrt(dot(longest, longest));
      if (norm < 1e-10 * size) {
        break;
      }
      double[] unit = longest.clone();
      for (int i = 0; i < d; i++) {
        unit[i] /= norm;
      }
      for (double[] column : columns) {
        double along = dot(unit, column);
        for (int i = 0; i < d; i++) {
          column[i] -= along * unit[i];
        }
      }
      for (int i = 0; i < d; i++) {
        for (int j = 0; j < d; j++) {
          projection[i][j] += unit[i] * unit[j];
        }
      }
    }
    return projection;
  }

  private static double dot(double[] x, double[] y) {
    double sum = 0;
    for (int i = 0; i < x.length; i++) {
      sum += x[i] * y[i];
    }
    return sum;
  }

  private static double[][] times(double[][] x, double[][] y) {
    double[][] product = new double[x.length][y[0].length];
    for (int i = 0; i < x.length; i++) {
      for (int j = 0; j < y[0].length; j++) {
        for (int t = 0; t < y.length; t++) {
          product[i][j] += x[i][t] * y[t][j];
        }
      }
    }
    return product;
  }

  private static double[][] transposed(double[][] m) {
    double[][] t = new double[m[0].length][m.length];
    for (int i = 0; i < m.length; i++) {
      for (int j = 0; j < t.length; j++) {
        t[j][i] = m[i][j];
      }
    }
    return t;
  }
}
