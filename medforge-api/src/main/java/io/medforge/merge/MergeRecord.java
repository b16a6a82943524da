package io.medforge.merge;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How a merge came to be, for replay and audit. Everything but the {@link Environment} is the same
 * on every machine. Immutable.
 *
 * @param strategy what merged, for example {@code fusion.average}
 * @param parameters the strategy's settings by name
 * @param base the common base
 * @param parents what was merged, in canonical order
 * @param coefficients how much each counted, or empty if the strategy has none
 * @param seed of whatever was random, or empty if nothing was
 * @param layers what became of each merged layer
 * @param keptApart parameters that were not merged but stay with their plugins, such as heads of
 *     different label spaces; their owners by layer
 * @param remarks what a reader should know, such as a base matched by name only
 * @param environment what it ran on
 * @param result the digest of the result's content
 */
public record MergeRecord(
    String strategy,
    SortedMap<String, String> parameters,
    BaseModel base,
    List<Parent> parents,
    Optional<Coefficients> coefficients,
    OptionalLong seed,
    SortedMap<String, Layer> layers,
    SortedMap<String, List<PluginId>> keptApart,
    List<String> remarks,
    Environment environment,
    Digest result) {

  /**
   * Copies the collections.
   *
   * @param strategy what merged, for example {@code fusion.average}
   * @param parameters the strategy's settings by name
   * @param base the common base
   * @param parents what was merged, in canonical order
   * @param coefficients how much each counted, or empty if the strategy has none
   * @param seed of whatever was random, or empty if nothing was
   * @param layers what became of each merged layer
   * @param keptApart parameters that were not merged but stay with their plugins, such as heads of
   *     different label spaces; their owners by layer
   * @param remarks what a reader should know, such as a base matched by name only
   * @param environment what it ran on
   * @param result the digest of the result's content
   */
  public MergeRecord {
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, String>) parameters));
    parents = List.copyOf(parents);
    layers = Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, Layer>) layers));
    keptApart =
        Collections.unmodifiableSortedMap(new TreeMap<>((Map<String, List<PluginId>>) keptApart));
    remarks = List.copyOf(remarks);
  }

  /**
   * What was merged.
   *
   * @param id the plugin
   * @param digest of its content
   */
  public record Parent(PluginId id, Digest digest) {}

  /**
   * What became of a layer.
   *
   * @param rank r of the result, or 0 if it is dense
   * @param energy the squared Frobenius norm of the exact merge
   * @param discardedEnergy the part of it that cutting to {@code rank} lost, 0 to 1
   */
  public record Layer(long rank, double energy, double discardedEnergy) {
    /**
     * Checks the numbers.
     *
     * @param rank r of the result, or 0 if it is dense
     * @param energy the squared Frobenius norm of the exact merge
     * @param discardedEnergy the part of it that cutting to {@code rank} lost, 0 to 1
     * @throws IllegalArgumentException if one lies outside its range
     */
    public Layer {
      if (rank < 0 || !(energy >= 0) || !(discardedEnergy >= 0 && discardedEnergy <= 1)) {
        throw new IllegalArgumentException(
            "expected rank and energy of at least 0 and a discarded part of 0 to 1, found rank "
                + rank
                + ", energy "
                + energy
                + ", discarded "
                + discardedEnergy);
      }
    }
  }

  /**
   * What a merge ran on.
   *
   * @param library MedForge's version
   * @param jvm the Java virtual machine's vendor and version
   * @param os the operating system
   * @param arch the processor architecture
   */
  public record Environment(String library, String jvm, String os, String arch) {
    /**
     * The environment that this code runs on.
     *
     * @return read from the system's properties and the library's manifest
     */
    public static Environment current() {
      String version = MergeRecord.class.getPackage().getImplementationVersion();
      return new Environment(
          version == null ? "development" : version,
          System.getProperty("java.vm.vendor") + " " + System.getProperty("java.vm.version"),
          System.getProperty("os.name"),
          System.getProperty("os.arch"));
    }
  }

  /**
   * Starts a record of a merge of these plugins; it notes by itself where bases were matched by
   * name.
   *
   * @param strategy what merges
   * @param plugins what is merged
   * @return a builder, not thread-safe
   */
  public static Builder of(String strategy, PluginSet plugins) {
    return new Builder(strategy, plugins);
  }

  /** Collects what a merge did. Not thread-safe. */
  public static final class Builder {
    private final String strategy;
    private final BaseModel base;
    private final List<Parent> parents = new ArrayList<>();
    private final SortedMap<String, String> parameters = new TreeMap<>();
    private final SortedMap<String, Layer> layers = new TreeMap<>();
    private final SortedMap<String, List<PluginId>> keptApart = new TreeMap<>();
    private final List<String> remarks = new ArrayList<>();
    private Optional<Coefficients> coefficients = Optional.empty();
    private OptionalLong seed = OptionalLong.empty();

    private Builder(String strategy, PluginSet plugins) {
      this.strategy = strategy;
      this.base = plugins.base();
      for (PluginModule plugin : plugins.plugins()) {
        parents.add(new Parent(plugin.id(), plugin.digest()));
      }
      if (plugins.size() > 1 && !plugins.basesMatchByDigest()) {
        remarks.add("bases were matched by name: the digest of at least one is unknown");
      }
    }

    /**
     * Notes a setting.
     *
     * @param name the setting
     * @param value its value
     * @return this
     */
    public Builder parameter(String name, String value) {
      parameters.put(name, value);
      return this;
    }

    /**
     * Notes the coefficients.
     *
     * @param used how much each plugin counted
     * @return this
     */
    public Builder coefficients(Coefficients used) {
      coefficients = Optional.of(used);
      return this;
    }

    /**
     * Notes the seed.
     *
     * @param used the seed
     * @return this
     */
    public Builder seed(long used) {
      seed = OptionalLong.of(used);
      return this;
    }

    /**
     * Notes what became of a layer.
     *
     * @param name the layer
     * @param layer what became of it
     * @return this
     */
    public Builder layer(String name, Layer layer) {
      layers.put(name, layer);
      return this;
    }

    /**
     * Notes a parameter that stays with its plugins.
     *
     * @param name the layer
     * @param owners the plugins
     * @return this
     */
    public Builder keptApart(String name, List<PluginId> owners) {
      keptApart.put(name, List.copyOf(owners));
      return this;
    }

    /**
     * Adds a remark.
     *
     * @param remark one sentence
     * @return this
     */
    public Builder remark(String remark) {
      remarks.add(remark);
      return this;
    }

    /**
     * Ends the record.
     *
     * @param result the digest of the result's content
     * @return the record
     */
    public MergeRecord build(Digest result) {
      return new MergeRecord(
          strategy,
          parameters,
          base,
          parents,
          coefficients,
          seed,
          layers,
          keptApart,
          remarks,
          Environment.current(),
          result);
    }
  }
}
