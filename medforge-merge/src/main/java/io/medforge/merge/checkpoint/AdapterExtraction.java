package io.medforge.merge.checkpoint;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds the adapter that turns a base into a model that was trained from it: of each changed weight
 * the difference, cut to rank r by singular value decomposition, {@code W_trained - W_base ~ B A}.
 * Immutable and safe for use by several threads.
 *
 * <p>The cut is the best of its rank (Eckart and Young, 1936) where a side of the weight is short,
 * and otherwise nearly the best, by subspace iteration from a fixed start (Halko, Martinsson and
 * Tropp, SIAM Review 2011); what it loses is measured in either case, {@code |D - B A|^2 / |D|^2},
 * before the factors are rounded to their type. No difference is ever held whole: weights are read
 * in blocks, three times, in a memory that {@link #plan} states. The same models give the same
 * bytes for any number of threads.
 *
 * <p>Biases, norms, and whatever else has no factors, are never dropped: see {@link Remainder}.
 */
public final class AdapterExtraction {
  /** Modules that look rows up, which an adapter of a linear layer does not fit. */
  private static final Pattern EMBEDDING =
      Pattern.compile("(|.*\\.)([^.]*embed[^.]*|wte|wpe|shared)\\.weight");

  private final Builder settings;

  private AdapterExtraction(Builder settings) {
    this.settings = settings;
  }

  /** What becomes of changed tensors that have no factors. */
  public enum Remainder {
    /** Refuse the model, naming them. */
    REFUSE,
    /**
     * The adapter replaces them by the trained model's, which PEFT stores as {@code
     * modules_to_save} and biases.
     */
    REPLACEMENT,
    /** The adapter adds their difference, which PEFT can store of adapted modules' biases only. */
    DELTA
  }

  /**
   * How far an extraction is.
   *
   * @param done how many tensors are done
   * @param total of how many
   * @param tensor the last of them
   */
  public record Progress(int done, int total, String tensor) {}

  /**
   * An extraction to a rank.
   *
   * @param most r, at least 1; less where a tensor has a shorter side or its difference a lower
   *     rank
   * @return settings
   * @throws IllegalArgumentException if it is less than 1
   */
  public static Builder ofRank(int most) {
    if (most < 1) {
      throw new IllegalArgumentException("expected a rank of at least 1, found " + most);
    }
    return new Builder(most);
  }

  /**
   * Whether a tensor gets factors unless {@link Builder#only} says otherwise: a module's weight,
   * unless it is an embedding by its name (its module's name contains {@code embed} or is {@code
   * wte}, {@code wpe} or {@code shared}).
   *
   * @param tensor a tensor's name
   * @return true if it does, given that it has two dimensions or more
   */
  public static boolean isLinearByName(String tensor) {
    return tensor.endsWith(".weight") && !EMBEDDING.matcher(tensor).matches();
  }

  /**
   * What it will take.
   *
   * @param base the base
   * @param trained the model that was trained from it
   * @return the plan
   * @throws IncompatiblePluginsException if their tensors differ in name, shape or kind
   * @throws IllegalArgumentException if the memory does not suffice; the message says how much does
   */
  public ExtractionPlan plan(ModelTensors base, ModelTensors trained) {
    return run(base, trained).plan();
  }

  /**
   * Extracts the adapter.
   *
   * @param id the adapter's
   * @param named what the adapter calls its base
   * @param base the base
   * @param trained the model that was trained from it
   * @return the adapter
   * @throws IncompatiblePluginsException if their tensors differ in name, shape or kind, a value is
   *     not finite, nothing differs, or something without factors does and the {@link Remainder} is
   *     to be refused; the message names the tensors
   * @throws IllegalArgumentException if the memory does not suffice
   * @throws java.util.concurrent.CancellationException if it was cancelled
   */
  public ExtractedAdapter extract(
      PluginId id, BaseModel named, ModelTensors base, ModelTensors trained) {
    return run(base, trained).extract(id, named);
  }

  private ExtractionRun run(ModelTensors base, ModelTensors trained) {
    SameTensors.check(List.of(base, trained));
    return new ExtractionRun(settings, parameters(), base, trained);
  }

  private SortedMap<String, String> parameters() {
    SortedMap<String, String> all = new TreeMap<>();
    all.put("rank", Integer.toString(settings.rank));
    all.put("energy", settings.energy == null ? "all" : settings.energy.toString());
    all.put("remainder", settings.remainder().name().toLowerCase(Locale.ROOT));
    all.put("layout", settings.layout().name().toLowerCase(Locale.ROOT));
    all.put("type", settings.type().toString());
    return all;
  }

  /** Settings of an extraction, each set at most once. Not thread-safe. */
  public static final class Builder {
    final int rank;
    private @Nullable Double energy;
    private @Nullable Predicate<String> only;
    private @Nullable Remainder remainder;
    private LowRankUpdate.@Nullable Layout layout;
    private @Nullable DType type;
    private @Nullable Long memoryBytes;
    private @Nullable ExecutorService executor;
    private int parallelism = 1;
    private @Nullable Consumer<Progress> listener;
    private @Nullable BooleanSupplier cancelled;

    private Builder(int rank) {
      this.rank = rank;
    }

    /**
     * Takes the least rank that keeps a part of the energy, the squared Frobenius norm, of each
     * tensor's difference. A tensor of which the greatest rank keeps less is not of low rank, so it
     * counts as one without factors.
     *
     * @param part above 0 and less than 1
     * @return these settings
     * @throws IllegalArgumentException if the part lies outside its range
     */
    public Builder energy(double part) {
      if (!(part > 0 && part < 1)) {
        throw new IllegalArgumentException(
            "expected an energy to keep above 0 and less than 1, found " + part);
      }
      energy = once(energy, part, "energy");
      return this;
    }

    /**
     * Says which tensors get factors; without this {@link #isLinearByName}. A tensor of fewer than
     * two dimensions has none in any case.
     *
     * @param chosen by name; thread-safe
     * @return these settings
     */
    public Builder only(Predicate<String> chosen) {
      only = once(only, chosen, "only");
      return this;
    }

    /**
     * Says what becomes of changed tensors without factors. Default: they are refused.
     *
     * @param what becomes of them
     * @return these settings
     */
    public Builder remainder(Remainder what) {
      remainder = once(remainder, what, "remainder");
      return this;
    }

    /**
     * How weights of two dimensions are stored. Default: {@code [out, in]}.
     *
     * @param stored all of them
     * @return these settings
     */
    public Builder layout(LowRankUpdate.Layout stored) {
      layout = once(layout, stored, "layout");
      return this;
    }

    /**
     * The factors' type. Default: F32.
     *
     * @param factors F32, BF16 or F16
     * @return these settings
     * @throws IllegalArgumentException if it is another
     */
    public Builder type(DType factors) {
      if (!TensorSources.isReal(factors)) {
        throw new IllegalArgumentException("expected F32, BF16 or F16, found " + factors);
      }
      type = once(type, factors, "type");
      return this;
    }

    /**
     * How much memory it may take. Without this, as much as the threads need.
     *
     * @param bytes for the adapter and for what factoring takes
     * @return these settings
     */
    public Builder memory(long bytes) {
      memoryBytes = once(memoryBytes, bytes, "memory");
      return this;
    }

    /**
     * Lets several tensors be factored at a time. Without this, one, on the caller's thread.
     *
     * @param on where; not shut down
     * @param atATime how many, at least 1; fewer if the memory does not suffice
     * @return these settings
     * @throws IllegalArgumentException if it is less than 1
     */
    public Builder executor(ExecutorService on, int atATime) {
      if (atATime < 1) {
        throw new IllegalArgumentException("expected at least 1 at a time, found " + atATime);
      }
      executor = once(executor, on, "executor");
      parallelism = atATime;
      return this;
    }

    /**
     * Hears of each tensor that is done.
     *
     * @param hears called by one thread at a time
     * @return these settings
     */
    public Builder listener(Consumer<Progress> hears) {
      listener = once(listener, hears, "listener");
      return this;
    }

    /**
     * Lets it be cancelled.
     *
     * @param wanted asked for every block that is read; safe for use by several threads
     * @return these settings
     */
    public Builder cancelWhen(BooleanSupplier wanted) {
      cancelled = once(cancelled, wanted, "cancelWhen");
      return this;
    }

    /**
     * The extraction.
     *
     * @return a new one
     */
    public AdapterExtraction build() {
      Builder copy = new Builder(rank);
      copy.energy = energy;
      copy.only = only;
      copy.remainder = remainder;
      copy.layout = layout;
      copy.type = type;
      copy.memoryBytes = memoryBytes;
      copy.executor = executor;
      copy.parallelism = parallelism;
      copy.listener = listener;
      copy.cancelled = cancelled;
      return new AdapterExtraction(copy);
    }

    double keep() {
      return energy == null ? 1 : energy;
    }

    boolean chooses(String tensor) {
      return only == null ? isLinearByName(tensor) : only.test(tensor);
    }

    Remainder remainder() {
      return remainder == null ? Remainder.REFUSE : remainder;
    }

    LowRankUpdate.Layout layout() {
      return layout == null ? LowRankUpdate.Layout.OUT_IN : layout;
    }

    DType type() {
      return type == null ? DType.F32 : type;
    }

    long memory() {
      return memoryBytes == null ? Long.MAX_VALUE : memoryBytes;
    }

    @Nullable ExecutorService executor() {
      return executor;
    }

    int parallelism() {
      return parallelism;
    }

    void tell(Progress progress) {
      if (listener != null) {
        listener.accept(progress);
      }
    }

    BooleanSupplier cancelled() {
      return cancelled == null ? () -> false : cancelled;
    }

    private static <T> T once(@Nullable T old, T value, String setting) {
      if (old != null) {
        throw new IllegalStateException("expected " + setting + "(...) once, found it twice");
      }
      return Objects.requireNonNull(value, setting);
    }
  }
}
