package io.medforge.merge.alignment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PermutationAlignmentTest {
  private static final int K = 5;
  private static final int C = 3;
  private static final LabelSpace LABELS = LabelSpace.of("tumour", "a", "b", "c");
  private static final TwoLayerHead HEAD =
      new TwoLayerHead("head.0.weight", Optional.of("head.0.bias"), "head.2.weight");
  private final Alignment alignment = Alignment.permutation(HEAD);

  @Property(tries = 60)
  void undoesAnyOrderOfTheHiddenUnits(
      @ForAll @IntRange(min = 2, max = 4) int n,
      @ForAll @IntRange(min = 1, max = 9) int h,
      @ForAll long seed) {
    double[] first = head(new SplittableRandom(seed), h);
    SplittableRandom random = new SplittableRandom(~seed);
    List<PluginModule> inOrder = new ArrayList<>();
    List<PluginModule> shuffled = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      double[] near = first.clone();
      for (int t = 0; t < near.length; t++) {
        near[t] += 0.01 * random.nextGaussian();
      }
      inOrder.add(module("p" + i, near, h, identity(h), LABELS));
      shuffled.add(module("p" + i, near, h, order(h, seed + i), LABELS));
    }
    // Distances to the reference after alignment are those before anyone was shuffled.
    double[] expected = spread(alignment.align(PluginSet.of(inOrder)));
    double[] found = spread(alignment.align(PluginSet.of(shuffled)));
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isCloseTo(expected[i], within(1e-12));
      assertThat(found[i]).isLessThan(0.05 * h * (K + C + 1));
    }
  }

  @Property(tries = 60)
  void changesNoHeadsFunctionAndNoOrderOfArrivalMatters(
      @ForAll @IntRange(min = 1, max = 4) int n,
      @ForAll @IntRange(min = 1, max = 7) int h,
      @ForAll long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    List<PluginModule> modules = new ArrayList<>();
    for (int i = 0; i < n; i++) {
      modules.add(module("p" + i, head(random, h), h, identity(h), LABELS));
    }
    PluginSet aligned = alignment.align(PluginSet.of(modules));
    double[] x = Modules.tensor(random, K).toDoubles();
    for (PluginModule module : modules) {
      double[] before = answer(module, x);
      double[] after = answer(Modules.of(aligned, module.id()), x);
      for (int c = 0; c < C; c++) {
        assertThat(after[c]).isCloseTo(before[c], within(1e-12 * h * K * 10));
      }
    }
    PluginSet twice = alignment.align(aligned);
    Collections.shuffle(modules, new Random(seed));
    PluginSet other = alignment.align(PluginSet.of(modules));
    for (int i = 0; i < n; i++) {
      assertThat(twice.plugins().get(i).digest()).isEqualTo(aligned.plugins().get(i).digest());
      assertThat(other.plugins().get(i).digest()).isEqualTo(aligned.plugins().get(i).digest());
    }
  }

  @Test
  void leavesOtherLabelSpacesAndPluginsWithoutHeadsAlone() {
    SplittableRandom random = new SplittableRandom(1);
    PluginModule one = module("one", head(random, 4), 4, identity(4), LABELS);
    PluginModule other =
        module("other", head(random, 4), 4, identity(4), LabelSpace.of("lung", "x", "y", "z"));
    PluginModule none = Modules.module("none", Map.of("low", Modules.lowRank(random, 3, 4, 2)));
    PluginSet plugins = PluginSet.allowingMissingLayers(List.of(one, other, none));
    PluginSet aligned = alignment.align(plugins);
    for (int i = 0; i < 3; i++) {
      assertThat(aligned.plugins().get(i).digest()).isEqualTo(plugins.plugins().get(i).digest());
    }
  }

  @Test
  void refusesWhatIsNoTwoLayerHead() {
    SplittableRandom random = new SplittableRandom(2);
    PluginModule none = Modules.module("none", Map.of("low", Modules.lowRank(random, 3, 4, 2)));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> alignment.align(PluginSet.of(none)))
        .withMessageContainingAll("head.0.weight", "low");
    Map<String, Update> part = new TreeMap<>();
    part.put("head.0.weight", new Replacement(Modules.tensor(random, 4, K), LABELS));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> alignment.align(PluginSet.of(Modules.module("part", part))))
        .withMessageContainingAll("only some", "centre/part:1");
    Map<String, Update> change = new TreeMap<>(part);
    change.put("head.2.weight", new DenseUpdate(Modules.tensor(random, C, 4)));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> alignment.align(PluginSet.of(Modules.module("change", change))))
        .withMessageContainingAll("change to the base", "head.2.weight");
    Map<String, Update> misfit = new TreeMap<>(part);
    misfit.put("head.0.bias", new Replacement(Modules.tensor(random, 4), LABELS));
    misfit.put("head.2.weight", new Replacement(Modules.tensor(random, C, 5), LABELS));
    assertThatExceptionOfType(IncompatiblePluginsException.class)
        .isThrownBy(() -> alignment.align(PluginSet.of(Modules.module("misfit", misfit))))
        .withMessageContainingAll("[h, k], [h] and [c, h]", "centre/misfit:1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TwoLayerHead("a", Optional.of("a"), "b"));
  }

  /** Unit by unit: k inputs, a bias, c outputs. */
  private static double[] head(SplittableRandom random, int h) {
    return Modules.tensor(random, (long) h * (K + 1L + C)).toDoubles();
  }

  private static int[] identity(int h) {
    return IntStream.range(0, h).toArray();
  }

  private static int[] order(int h, long seed) {
    List<Integer> order = new ArrayList<>(IntStream.range(0, h).boxed().toList());
    Collections.shuffle(order, new Random(seed));
    return order.stream().mapToInt(Integer::intValue).toArray();
  }

  private static PluginModule module(
      String name, double[] units, int h, int[] order, LabelSpace labels) {
    double[] in = new double[h * K];
    double[] bias = new double[h];
    double[] out = new double[C * h];
    for (int j = 0; j < h; j++) {
      int from = order[j] * (K + 1 + C);
      System.arraycopy(units, from, in, j * K, K);
      bias[j] = units[from + K];
      for (int c = 0; c < C; c++) {
        out[c * h + j] = units[from + K + 1 + c];
      }
    }
    Map<String, Update> updates = new TreeMap<>();
    updates.put("head.0.weight", new Replacement(Tensor.of(Shape.of(h, K), in), labels));
    updates.put("head.0.bias", new Replacement(Tensor.of(Shape.of(h), bias), labels));
    updates.put(
        "head.2.weight", new Replacement(Tensor.encode(DType.F64, Shape.of(C, h), out), labels));
    return Modules.module(name, updates);
  }

  /** By plugin id, the squared distance of the first layer to that of the first plugin. */
  private static double[] spread(PluginSet plugins) {
    List<PluginModule> byId =
        plugins.plugins().stream().sorted((one, other) -> one.id().compareTo(other.id())).toList();
    double[] first = values(byId.get(0), "head.0.weight");
    double[] spread = new double[byId.size()];
    for (int i = 0; i < spread.length; i++) {
      double[] values = values(byId.get(i), "head.0.weight");
      for (int t = 0; t < first.length; t++) {
        spread[i] += (values[t] - first[t]) * (values[t] - first[t]);
      }
    }
    return spread;
  }

  private static double[] answer(PluginModule module, double[] x) {
    double[] in = values(module, "head.0.weight");
    double[] bias = values(module, "head.0.bias");
    double[] out = values(module, "head.2.weight");
    int h = bias.length;
    double[] answer = new double[C];
    for (int j = 0; j < h; j++) {
      double unit = bias[j];
      for (int t = 0; t < K; t++) {
        unit += in[j * K + t] * x[t];
      }
      for (int c = 0; c < C; c++) {
        answer[c] += out[c * h + j] * Math.max(0, unit);
      }
    }
    return answer;
  }

  private static double[] values(PluginModule module, String layer) {
    return ((Replacement) module.updates().get(layer)).tensor().toDoubles();
  }
}
