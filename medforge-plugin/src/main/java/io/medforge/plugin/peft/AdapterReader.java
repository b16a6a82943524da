package io.medforge.plugin.peft;

import static io.medforge.plugin.peft.Refusal.malformed;
import static io.medforge.plugin.peft.Refusal.quote;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import io.medforge.plugin.safetensors.SafetensorsFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads one adapter's folder, with what the folder itself does not say. Made by {@link
 * PeftAdapter#reader}. Each option may be set once. Not safe for use by several threads.
 */
public final class AdapterReader {
  /** More than this belongs in {@link #open}. */
  private static final long MAX_HEAP_BYTES = 1L << 30;

  private final Path folder;
  private @Nullable PluginId id;
  private @Nullable String baseName;
  private @Nullable Digest baseDigest;
  private @Nullable LabelSpace labels;

  AdapterReader(Path folder) {
    this.folder = Objects.requireNonNull(folder, "folder");
  }

  /**
   * Names the plugin, whatever the folder says. Without this the id is that in the file's metadata
   * ({@code medforge.id}), and if there is none {@code local/NAME:0}, where NAME is the folder's
   * name with every character but letters, digits, '.', '_' and '-' replaced by '-', leading
   * punctuation dropped, and cut to 128 characters.
   *
   * @param plugin the id
   * @return this reader
   * @throws IllegalStateException if called twice
   */
  public AdapterReader id(PluginId plugin) {
    this.id = Once.set("id", this.id, plugin);
    return this;
  }

  /**
   * Names the base where the configuration does not ({@code base_model_name_or_path} is null or
   * empty, as PEFT writes it for a model built in code). Without this the name is then {@code
   * unnamed:LIBRARY.CLASS} after the model's class, where PEFT recorded it ({@code auto_mapping}),
   * and else {@code unnamed}.
   *
   * @param name the base's name; must equal the configuration's if that has one
   * @return this reader
   * @throws IllegalStateException if called twice
   */
  public AdapterReader baseName(String name) {
    this.baseName = Once.set("baseName", this.baseName, name);
    return this;
  }

  /**
   * States the base's digest where the metadata does not ({@code medforge.base.digest}). Without
   * either the base is known by name only.
   *
   * @param digest the base's digest; must equal the metadata's if that has one
   * @return this reader
   * @throws IllegalStateException if called twice
   */
  public AdapterReader baseDigest(Digest digest) {
    this.baseDigest = Once.set("baseDigest", this.baseDigest, digest);
    return this;
  }

  /**
   * States what the outputs of the adapter's heads mean, where the metadata does not. It applies to
   * every parameter of {@code modules_to_save}; without either they have {@linkplain
   * LabelSpace#unstated an unstated label space}, as whole biases of other layers always have.
   *
   * @param space the label space
   * @return this reader
   * @throws IllegalStateException if called twice
   */
  public AdapterReader labels(LabelSpace space) {
    this.labels = Once.set("labels", this.labels, space);
    return this;
  }

  /**
   * Reads the adapter onto the heap, which must hold all its tensors.
   *
   * @return the module
   * @throws io.medforge.plugin.MalformedPluginException if it is no adapter of a supported kind;
   *     the message names file, tensor, expected and found
   * @throws IllegalStateException if its tensors take more than 1 GiB; {@link #open} it
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public PluginModule read() {
    AdapterConfig config = config();
    try (SafetensorsFile file = SafetensorsFile.open(weights())) {
      long bytes =
          file.tensors().values().stream()
              .mapToLong(tensor -> tensor.dtype().byteSize(tensor.shape()))
              .sum();
      if (bytes > MAX_HEAP_BYTES) {
        throw new IllegalStateException(
            Refusal.message(
                "at most " + MAX_HEAP_BYTES + " bytes of tensors to read onto the heap",
                bytes + " (open the adapter instead)",
                file.path().toString()));
      }
      return module(config, file, HeapUpdates::of);
    }
  }

  /**
   * Opens the adapter and leaves its values in the file. They are read once, in small pieces, to
   * check and digest them.
   *
   * @return the open module; close it
   * @throws io.medforge.plugin.MalformedPluginException if it is no adapter of a supported kind;
   *     the message names file, tensor, expected and found
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public OpenAdapter open() {
    AdapterConfig config = config();
    SafetensorsFile file = SafetensorsFile.open(weights());
    try {
      return new OpenAdapter(module(config, file, Function.identity()), file);
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private AdapterConfig config() {
    if (!Files.isDirectory(folder)) {
      throw malformed("a PEFT adapter's folder", "none", folder.toString());
    }
    return AdapterConfig.read(folder.resolve(PeftAdapter.CONFIG));
  }

  private Path weights() {
    Path weights = folder.resolve(PeftAdapter.WEIGHTS);
    if (!Files.exists(weights)) {
      boolean pickled = Files.exists(folder.resolve(PeftAdapter.PICKLED_WEIGHTS));
      throw malformed(
          PeftAdapter.WEIGHTS,
          pickled
              ? "pickled weights, " + PeftAdapter.PICKLED_WEIGHTS + ": convert them to safetensors"
              : "none",
          folder.toString());
    }
    return weights;
  }

  private PluginModule module(
      AdapterConfig config, SafetensorsFile file, Function<Update, Update> keep) {
    String at = file.path().toString();
    AdapterMetadata metadata = AdapterMetadata.parse(file.metadata(), at);
    PluginId plugin = id != null ? id : metadata.id().orElseGet(this::idOfFolder);
    BaseModel base = base(config, metadata, at);
    SortedMap<String, Tensor> tensors = file.tensors();
    SortedMap<String, Update> updates =
        UpdateAssembly.assemble(
            AdapterTensors.sort(tensors, config, at),
            config,
            metadata,
            parameter -> labelsOf(parameter, plugin, config, metadata, at),
            at);
    updates.replaceAll((layer, update) -> keep.apply(update));
    SortedMap<String, String> facts = new TreeMap<>(metadata.facts());
    facts.putAll(config.facts());
    return PluginModule.of(plugin, base, updates, new Provenance(facts));
  }

  private PluginId idOfFolder() {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    String part =
        (name == null ? "" : name.toString())
            .replaceAll("[^A-Za-z0-9._-]", "-")
            .replaceFirst("^[._-]+", "");
    String cut = part.substring(0, Math.min(part.length(), 128));
    return new PluginId("local", cut.isEmpty() ? "adapter" : cut, "0");
  }

  private BaseModel base(AdapterConfig config, AdapterMetadata metadata, String at) {
    String name =
        agreed("base name", Optional.ofNullable(baseName), config.baseName(), config.at())
            .orElse(config.unnamedBase());
    Optional<Digest> digest =
        agreed("base digest", Optional.ofNullable(baseDigest), metadata.baseDigest(), at);
    try {
      return digest.map(d -> BaseModel.of(name, d)).orElseGet(() -> BaseModel.named(name));
    } catch (IllegalArgumentException e) {
      throw malformed("a base model's name", quote(name), config.at(), e);
    }
  }

  private LabelSpace labelsOf(
      String parameter,
      PluginId plugin,
      AdapterConfig config,
      AdapterMetadata metadata,
      String at) {
    boolean head = config.savesWhole(AdapterTensors.moduleOf(parameter));
    return agreed(
            "label space of " + parameter,
            head ? Optional.ofNullable(labels) : Optional.empty(),
            Optional.ofNullable(metadata.labels().get(parameter)),
            at)
        .orElseGet(() -> LabelSpace.unstated(plugin));
  }

  /** What the caller or the folder states; both may only if they agree. */
  private static <T> Optional<T> agreed(
      String what, Optional<T> stated, Optional<T> found, String at) {
    if (stated.isPresent() && found.isPresent() && !stated.equals(found)) {
      throw malformed(what + " " + stated.get(), found.get(), at);
    }
    return stated.or(() -> found);
  }
}
