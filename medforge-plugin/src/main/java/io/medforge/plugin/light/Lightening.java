package io.medforge.plugin.light;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * Finds the smallest form of a module within a stated loss of quality.
 *
 * <pre>{@code
 * LightModule light = Lightening.of(module, truncation, accuracy).allowedLoss(0.005).build().smallest();
 * LightModuleFile.write(light.module(), file);
 * }</pre>
 *
 * <p>It looks among all pairs of a share of energy kept (1, .9999, .999, .99, .98, .95, .9, .8, .7,
 * .5, .3) and a {@link Storage}. Quality is taken to fall with either, so it is measured along the
 * edge between good enough and not: about a dozen times in all, never for every pair. Where quality
 * does not fall steadily, as with few examples, the result is still measured to be good enough, but
 * a smaller one may exist. Immutable.
 */
public final class Lightening {
  private static final double[] ENERGIES = {
    1, 0.9999, 0.999, 0.99, 0.98, 0.95, 0.9, 0.8, 0.7, 0.5, 0.3
  };

  private final PluginModule module;
  private final Truncation truncation;
  private final ToDoubleFunction<PluginModule> quality;
  private final double allowedLoss;

  private Lightening(Builder builder) {
    this.module = builder.module;
    this.truncation = builder.truncation;
    this.quality = builder.quality;
    this.allowedLoss = builder.allowedLoss == null ? 0 : builder.allowedLoss;
  }

  /**
   * Begins; whatever is not set has the default stated at its method.
   *
   * @param module the module to lighten
   * @param truncation how ranks are cut
   * @param quality the caller's measure, the higher the better, the same for the same module; for
   *     example the accuracy on patients set aside
   * @return a builder, not thread-safe
   */
  public static Builder of(
      PluginModule module, Truncation truncation, ToDoubleFunction<PluginModule> quality) {
    return new Builder(module, truncation, quality);
  }

  /**
   * Searches.
   *
   * @return the smallest form found; the module as it is if nothing smaller is good enough
   * @throws IllegalStateException if the quality is not a finite number
   */
  public LightModule smallest() {
    return new Search().run();
  }

  /** The bytes that a module's tensors take as they are. */
  static long bytes(PluginModule module) {
    long bytes = 0;
    for (Update update : module.updates().values()) {
      if (update instanceof LowRankUpdate lowRank) {
        bytes += bytes(lowRank.a()) + bytes(lowRank.b());
      } else if (update instanceof DenseUpdate dense) {
        bytes += bytes(dense.delta());
      } else if (update instanceof Replacement replacement) {
        bytes += bytes(replacement.tensor());
      }
    }
    return bytes;
  }

  private static long bytes(Tensor tensor) {
    return tensor instanceof BlockwiseInt8 light
        ? light.storedBytes()
        : tensor.dtype().byteSize(tensor.shape());
  }

  /** One search. */
  private final class Search {
    private final @Nullable PluginModule[] cut = new PluginModule[ENERGIES.length];
    private final double wanted;
    private LightModule best;
    private int measurements;

    Search() {
      double original = measure(module);
      this.wanted = original - allowedLoss;
      this.best = LightModule.unchanged(module, bytes(module), original);
    }

    LightModule run() {
      int reach = ENERGIES.length - 1;
      for (Storage storage : Storage.values()) {
        reach = farthest(storage, reach);
      }
      return best.after(measurements);
    }

    /** How far energy can be cut in this storage; a less faithful one reaches no farther. */
    private int farthest(Storage storage, int reach) {
      int good = -1;
      int unknown = reach;
      while (good < unknown) {
        int middle = (good + unknown + 1) / 2;
        StoredModule stored;
        try {
          stored = storage.store(cut(middle));
        } catch (IllegalArgumentException e) {
          return reach; // a value beyond this form says nothing of the next one
        }
        if (isGoodEnough(stored, ENERGIES[middle])) {
          good = middle;
        } else {
          unknown = middle - 1;
        }
      }
      return good;
    }

    private boolean isGoodEnough(StoredModule stored, double energy) {
      double measured = measure(stored.module());
      if (measured < wanted) {
        return false;
      }
      if (stored.bytes() < best.bytes()) {
        best =
            new LightModule(
                stored.module(),
                Optional.of(stored.storage()),
                energy,
                stored.bytes(),
                best.originalBytes(),
                measured,
                best.originalQuality(),
                stored.errorBounds(),
                0);
      }
      return true;
    }

    private PluginModule cut(int level) {
      PluginModule known = cut[level];
      if (known == null) {
        known = level == 0 ? module : truncation.keep(module, ENERGIES[level]);
        cut[level] = known;
      }
      return known;
    }

    private double measure(PluginModule candidate) {
      measurements++;
      double measured = quality.applyAsDouble(candidate);
      if (!Double.isFinite(measured)) {
        throw new IllegalStateException(
            "expected a quality that is a finite number, found "
                + measured
                + ", at plugin "
                + module.id());
      }
      return measured;
    }
  }

  /** Collects what is allowed; each option may be set once. Not thread-safe. */
  public static final class Builder {
    private final PluginModule module;
    private final Truncation truncation;
    private final ToDoubleFunction<PluginModule> quality;
    private @Nullable Double allowedLoss;

    private Builder(
        PluginModule module, Truncation truncation, ToDoubleFunction<PluginModule> quality) {
      this.module = Objects.requireNonNull(module, "module");
      this.truncation = Objects.requireNonNull(truncation, "truncation");
      this.quality = Objects.requireNonNull(quality, "quality");
    }

    /**
     * How much lower the quality may be, in the measure's own unit; 0 by default.
     *
     * @param loss at least 0, finite
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder allowedLoss(double loss) {
      if (allowedLoss != null) {
        throw new IllegalStateException(
            "expected allowedLoss to be set once, found it set already to " + allowedLoss);
      }
      if (!(loss >= 0) || Double.isInfinite(loss)) {
        throw new IllegalArgumentException(
            "expected a loss of at least 0 and finite, found " + loss);
      }
      allowedLoss = loss;
      return this;
    }

    /**
     * Ends the description.
     *
     * @return the lightening
     */
    public Lightening build() {
      return new Lightening(this);
    }
  }
}
