package io.medforge.plugin.peft;

import io.medforge.plugin.DType;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Writes one module as an adapter's folder. Made by {@link PeftAdapter#writer}. Each option may be
 * set once. Not safe for use by several threads.
 *
 * <p><b>What PEFT then computes.</b> Every layer's product s * B * A, with {@code lora_alpha = s *
 * r}; layers of other rank or alpha than the most frequent one stand in {@code rank_pattern} and
 * {@code alpha_pattern}. Their keys are plain module names where PEFT's rule (a pattern matches the
 * end of a name) finds exactly the module meant, and else anchored and escaped ({@code
 * ^blocks\.fc1}), which needs PEFT 0.15 or newer. Where no double divided by r gives s back, PEFT
 * gets the nearest, off by the last bit of a double, and the exact s travels in the metadata.
 *
 * <p><b>What comes back.</b> Reading the folder gives a module of the same digest, unless a type
 * was asked for or a convolution's B was a matrix, which PEFT stores with its kernel axes.
 *
 * <p><b>How the rest is expressed.</b> The change of an adapted module's bias becomes {@code
 * lora_bias} (zeros where other adapted modules have none); a bias replaced alone becomes {@code
 * bias}; other replaced parameters become {@code modules_to_save}, by the full name of their
 * module. Any other {@link io.medforge.plugin.DenseUpdate}, a mixture of weight layouts, and names
 * that PEFT would confuse are refused by name.
 *
 * <p><b>What PEFT does with names.</b> {@code target_modules} is written as a pattern of full
 * names, which PEFT matches whole; names in a list it would match by their ends, and give other
 * modules an adapter that changes nothing. {@code modules_to_save} can only be a list that PEFT
 * matches by any end of a name: if the base has another module whose name ends so ({@code
 * pre_classifier}), PEFT stops with an error as it loads the folder.
 *
 * <p>PEFT holds adapters in at most the base's precision: F64 values are rounded as it loads them.
 *
 * <p>A folder is written under a temporary name beside its place and then renamed: it is there
 * whole or not at all. The same module and options give the same bytes.
 */
public final class AdapterWriter {
  private static final Pattern FILE_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");

  private final PluginModule module;
  private final Path folder;
  private final SortedMap<String, String> metadata = new TreeMap<>();
  private final SortedMap<String, byte[]> attachments = new TreeMap<>();
  private @Nullable DType dtype;
  private boolean overwrite;

  AdapterWriter(PluginModule module, Path folder) {
    this.module = Objects.requireNonNull(module, "module");
    this.folder = Objects.requireNonNull(folder, "folder");
  }

  /**
   * Lets the new folder replace one of the same name, if that holds nothing but the files that are
   * written now; without this an existing folder is an error. The old folder stays until the new
   * one is whole; should the machine stop between the two renames, the old one is beside its place
   * as {@code .medforge-*.old}.
   *
   * @return this writer
   * @throws IllegalStateException if called twice
   */
  public AdapterWriter overwrite() {
    if (overwrite) {
      throw new IllegalStateException("expected overwrite() once, found it twice");
    }
    overwrite = true;
    return this;
  }

  /**
   * Rounds floating-point values once, to nearest even, to another type; without this every tensor
   * keeps its own.
   *
   * @param type a floating-point type
   * @return this writer
   * @throws IllegalStateException if called twice
   * @throws IllegalArgumentException if it is no floating-point type
   */
  public AdapterWriter dtype(DType type) {
    if (!type.isFloatingPoint()) {
      throw new IllegalArgumentException("expected a floating-point type, found " + type);
    }
    this.dtype = Once.set("dtype", this.dtype, type);
    return this;
  }

  /**
   * Adds text to the tensor file's metadata. Read back, it is a fact {@code safetensors.KEY} of the
   * module's provenance.
   *
   * @param key not {@code format}, and not beginning with {@code medforge.}
   * @param value any text
   * @return this writer
   * @throws IllegalStateException if the key is set already
   * @throws IllegalArgumentException if the key is reserved
   */
  public AdapterWriter metadata(String key, String value) {
    if (key.equals(AdapterMetadata.FORMAT) || key.startsWith(AdapterMetadata.PREFIX)) {
      throw new IllegalArgumentException(
          "expected a key of your own, found the reserved " + Refusal.quote(key));
    }
    metadata.put(key, Once.set("metadata " + key, metadata.get(key), value));
    return this;
  }

  /**
   * Adds a file of your own to the folder, such as a merge record.
   *
   * @param fileName letters, digits, '.', '_' and '-'
   * @param content copied
   * @return this writer
   * @throws IllegalStateException if the file is set already
   * @throws IllegalArgumentException if the name has another form or is one of PEFT's
   */
  public AdapterWriter attach(String fileName, byte[] content) {
    boolean reserved =
        fileName.equalsIgnoreCase(PeftAdapter.CONFIG)
            || fileName.equalsIgnoreCase(PeftAdapter.WEIGHTS)
            || fileName.equalsIgnoreCase(PeftAdapter.PICKLED_WEIGHTS);
    if (reserved || !FILE_NAME.matcher(fileName).matches()) {
      throw new IllegalArgumentException(
          "expected a file name of letters, digits, '.', '_', '-' that is none of PEFT's, found "
              + Refusal.quote(fileName));
    }
    if (attachments.containsKey(fileName)) {
      throw new IllegalStateException("expected " + fileName + " once, found it twice");
    }
    attachments.put(fileName, content.clone());
    return this;
  }

  /**
   * Writes the folder.
   *
   * @throws IllegalArgumentException if PEFT cannot express the module, or a value has no finite
   *     counterpart in the type asked for; the message names the layer
   * @throws java.io.UncheckedIOException if the folder exists and may not be replaced, or cannot be
   *     written; then nothing is left behind and an old folder is untouched
   * @throws RuntimeException whatever reading one of the module's tensors throws
   */
  public void write() {
    AdapterPlan plan = AdapterPlan.of(module, dtype);
    SortedMap<String, byte[]> files = new TreeMap<>(attachments);
    files.put(PeftAdapter.CONFIG, plan.config().getBytes(StandardCharsets.UTF_8));
    Map<String, String> text = new TreeMap<>(plan.metadata());
    text.putAll(metadata);
    AdapterFolder.write(
        folder,
        overwrite,
        PeftAdapter.WEIGHTS,
        files,
        weights -> SafetensorsWriter.to(weights).metadata(text).write(plan.tensors()));
  }
}
