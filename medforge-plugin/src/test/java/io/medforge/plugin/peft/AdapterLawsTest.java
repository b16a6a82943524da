package io.medforge.plugin.peft;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/** Law 7: merged exactly, converted exactly, or refused by name. */
class AdapterLawsTest {
  private static final PluginId ID = PluginId.parse("st-anna/lung:1");

  /** Names of which some are the ends of others, and some mean something as a pattern. */
  private static final List<String> NAMES =
      List.of(
          "fc1",
          "blocks.fc1",
          "blocks.0.fc1",
          "blocksXfc1",
          "fc10",
          "my_fc1",
          "a.b-c",
          "aXb-c",
          "x+y",
          "x(y)",
          "q.k",
          "q[0]",
          "0",
          "layers.0.0");

  private static final List<DType> DTYPES =
      List.of(DType.F32, DType.F32, DType.F16, DType.BF16, DType.F64);

  private static Path temp = Path.of("");

  @BeforeContainer
  static void makeFolder() throws IOException {
    temp = Files.createTempDirectory("peft-laws");
  }

  @AfterContainer
  static void removeFolder() throws IOException {
    delete(temp);
  }

  private static void delete(Path folder) throws IOException {
    try (var entries = Files.list(folder)) {
      for (Path entry : entries.toList()) {
        if (Files.isDirectory(entry)) {
          delete(entry);
        } else {
          Files.delete(entry);
        }
      }
    }
    Files.delete(folder);
  }

  @Property(tries = 150)
  void aModuleWrittenAndReadBackIsTheSame(@ForAll long seed) throws IOException {
    PluginModule module = new RandomModule(seed).make();
    Path one = temp.resolve("one");
    Path two = temp.resolve("two");
    PeftAdapter.write(module, one);
    PluginModule again = PeftAdapter.read(one);
    assertThat(again.digest()).isEqualTo(module.digest());
    assertThat(again.id()).isEqualTo(module.id());
    assertThat(again.base()).isEqualTo(module.base());
    PeftAdapter.write(again, two);
    for (String file : List.of(PeftAdapter.CONFIG, PeftAdapter.WEIGHTS)) {
      assertThat(two.resolve(file)).hasSameBinaryContentAs(one.resolve(file));
    }
    delete(one);
    delete(two);
  }

  /** What PEFT computes from the file's configuration, against what the module says. */
  @Property(tries = 1000)
  void peftsScalingIsTheModulesToTheLastBitOfADouble(
      @ForAll double scaling, @ForAll @IntRange(min = 1, max = 512) int rank) {
    if (!Double.isFinite(scaling) || !Double.isFinite(scaling * rank)) {
      return;
    }
    LowRankUpdate update =
        new LowRankUpdate(
            Tensor.of(Shape.of(rank, 1), new float[rank]),
            Tensor.of(Shape.of(1, rank), new float[rank]),
            scaling);
    LoraSettings settings = LoraSettings.of(new TreeMap<>(Map.of("fc1", update)));
    double peft = settings.alpha() / settings.rank();
    if (settings.scalings().isEmpty()) {
      assertThat(Double.doubleToLongBits(peft)).isEqualTo(Double.doubleToLongBits(scaling));
    } else {
      assertThat(settings.scalings()).containsEntry("fc1", scaling);
      assertThat(Math.abs(peft - scaling)).isLessThanOrEqualTo(2 * Math.ulp(scaling));
    }
    String json =
        JsonText.compact()
            .put("peft_type", "LORA")
            .put("lora_alpha", settings.alpha())
            .put("r", settings.rank())
            .toString();
    assertThat(AdapterConfig.parse(json, "test").scalingOf("fc1")).isEqualTo(peft);
  }

  @Property(tries = 1000)
  void anAlphaThatWasReadIsWrittenExactly(
      @ForAll @IntRange(min = 1, max = 4096) int alpha,
      @ForAll @IntRange(min = 1, max = 512) int rank) {
    double scaling = (double) alpha / rank;
    LowRankUpdate update =
        new LowRankUpdate(
            Tensor.of(Shape.of(rank, 1), new float[rank]),
            Tensor.of(Shape.of(1, rank), new float[rank]),
            scaling);
    LoraSettings settings = LoraSettings.of(new TreeMap<>(Map.of("fc1", update)));
    assertThat(settings.scalings()).isEmpty();
    assertThat(settings.alpha() / rank).isEqualTo(scaling);
  }

  @Property(tries = 300)
  void biasesComeBackFromTheChangeTheyMake(@ForAll long seed, @ForAll double scaling) {
    if (!Double.isFinite(scaling)
        || scaling == 0
        || Math.abs(scaling) > 1e30
        || Math.abs(scaling) < 1e-30) {
      return;
    }
    Random random = new Random(seed);
    DType dtype = DTYPES.get(random.nextInt(DTYPES.size()));
    Tensor bias = RandomModule.tensor(random, dtype, 7);
    Tensor delta = BiasScaling.toDelta(bias, scaling);
    Tensor back = BiasScaling.toBias(delta, scaling).orElseThrow();
    assertThat(TensorContent.equal(BiasScaling.toDelta(back, scaling), delta)).isTrue();
  }

  @Example
  void numbersHaveTheSameDigitsOnEveryJdk() {
    assertThat(JsonText.compact().put("x", 2e-3).toString()).isEqualTo("{\"x\":0.002}");
    assertThat(JsonText.compact().put("x", 0.1 + 0.2).toString())
        .isEqualTo("{\"x\":0.30000000000000004}");
    assertThat(JsonText.compact().put("x", -0.0).toString()).isEqualTo("{\"x\":-0.0}");
    assertThat(JsonText.compact().put("x", 9007199254740994.0).toString())
        .isEqualTo("{\"x\":9007199254740994.0}");
    assertThat(JsonText.compact().put("x", 16.0).toString()).isEqualTo("{\"x\":16}");
    assertThat(JsonText.compact().put("x", Double.MIN_VALUE).toString())
        .isEqualTo("{\"x\":4.94065645841247E-324}");
    assertThat(Double.parseDouble("4.94065645841247E-324")).isEqualTo(Double.MIN_VALUE);
  }

  /** A folder PEFT wrote, a few bytes changed: a valid module or a refusal, nothing else. */
  @Property(tries = 250)
  void anyBytesGiveAModuleOrARefusal(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    List<Path> goldens = GoldenFolders.accepted().toList();
    Path golden = goldens.get(random.nextInt(goldens.size()));
    Path folder = Files.createDirectories(temp.resolve("mutated"));
    boolean inConfig = random.nextInt(3) > 0;
    for (String name : List.of(PeftAdapter.CONFIG, PeftAdapter.WEIGHTS)) {
      byte[] bytes = Files.readAllBytes(golden.resolve(name));
      if (name.equals(PeftAdapter.CONFIG) == inConfig) {
        int span = inConfig ? bytes.length : Math.min(bytes.length, 900);
        for (int i = random.nextInt(4); i >= 0; i--) {
          bytes[random.nextInt(span)] =
              (byte)
                  (random.nextBoolean()
                      ? random.nextInt(256)
                      : "{}[]\",:0919eE-.tfn".charAt(random.nextInt(18)));
        }
      }
      Files.write(folder.resolve(name), bytes);
    }
    try {
      PluginModule module = PeftAdapter.read(folder);
      assertThat(module.updates()).isNotEmpty();
    } catch (MalformedPluginException e) {
      assertThat(e).hasMessageStartingWith("expected ").hasMessageContaining(", found ");
    }
  }

  /** Makes modules that PEFT can express. */
  private static final class RandomModule {
    private final Random random;
    private final SortedMap<String, Update> updates = new TreeMap<>();

    RandomModule(long seed) {
      this.random = new Random(seed);
    }

    PluginModule make() {
      SortedSet<String> names = new TreeSet<>();
      for (int i = 1 + random.nextInt(6); i > 0; i--) {
        names.add(NAMES.get(random.nextInt(NAMES.size())));
      }
      boolean transposed = random.nextInt(4) == 0;
      boolean changesBiases = random.nextBoolean();
      names.forEach(name -> addModule(name, transposed, changesBiases));
      if (random.nextBoolean()) {
        addHead();
      }
      BaseModel base =
          random.nextBoolean()
              ? BaseModel.named("mlp")
              : BaseModel.of("mlp", Digest.of(new byte[] {(byte) random.nextInt()}));
      return PluginModule.of(ID, base, updates, Provenance.unknown().with("seeded", "yes"));
    }

    private void addModule(String name, boolean transposed, boolean changesBiases) {
      int r = 1 + random.nextInt(5);
      int d = 1 + random.nextInt(4);
      boolean convolution = random.nextInt(4) == 0;
      double scaling = scaling();
      LowRankUpdate update =
          new LowRankUpdate(
              convolution ? tensor(random, dtype(), r, 2, 3, 1) : tensor(random, dtype(), r, 3),
              convolution ? tensor(random, dtype(), d, r, 1, 1) : tensor(random, dtype(), d, r),
              scaling,
              transposed && !convolution
                  ? LowRankUpdate.Layout.IN_OUT
                  : LowRankUpdate.Layout.OUT_IN);
      updates.put(name + ".weight", update);
      int bias = random.nextInt(4);
      if (bias == 0 && changesBiases) {
        Tensor delta = BiasScaling.toDelta(tensor(random, dtype(), d), scaling);
        updates.put(name + ".bias", new DenseUpdate(delta));
      } else if (bias == 1) {
        updates.put(
            name + ".bias", new Replacement(tensor(random, dtype(), d), LabelSpace.unstated(ID)));
      }
    }

    private void addHead() {
      LabelSpace labels =
          random.nextBoolean()
              ? LabelSpace.unstated(ID)
              : LabelSpace.of("lesion \"é\"", "benign", "malignant");
      updates.put("head.out.weight", new Replacement(tensor(random, dtype(), 2, 3), labels));
      updates.put("head.out.bias", new Replacement(tensor(random, dtype(), 2), labels));
      if (random.nextBoolean()) {
        updates.put("norm.bias", new Replacement(tensor(random, dtype(), 3), labels));
      }
      if (random.nextBoolean()) {
        Tensor steps = Tensor.ofBytes(DType.I64, Shape.of(), new byte[8]);
        updates.put("head.steps", new Replacement(steps, labels));
      }
    }

    private double scaling() {
      return switch (random.nextInt(6)) {
        case 0 -> 1;
        case 1 -> 2;
        case 2 -> 16.0 / 3;
        case 3 -> 8 / Math.sqrt(3);
        case 4 -> -random.nextDouble();
        default -> random.nextGaussian() * 1e-3;
      };
    }

    private DType dtype() {
      return DTYPES.get(random.nextInt(DTYPES.size()));
    }

    static Tensor tensor(Random random, DType dtype, long... dimensions) {
      Shape shape = Shape.of(dimensions);
      double[] values = new double[(int) shape.elements()];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextGaussian();
      }
      return Tensor.encode(dtype, shape, values);
    }
  }
}
