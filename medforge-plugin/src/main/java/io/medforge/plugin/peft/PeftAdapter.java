package io.medforge.plugin.peft;

import io.medforge.plugin.PluginModule;
import java.nio.file.Path;

/**
 * Reads and writes the folders in which Hugging Face PEFT keeps a LoRA adapter.
 *
 * <pre>{@code
 * PluginModule lung = PeftAdapter.read(folder);
 * PeftAdapter.write(fused, otherFolder);
 * }</pre>
 *
 * <p>{@link #read} puts all values on the heap, so the module stands on its own. Where modules are
 * large or many, {@link AdapterReader#open} leaves the values in the file until the module is
 * closed; then merging takes memory for pieces of tensors only.
 *
 * <p>Read: LoRA (Hu et al., ICLR 2022) and rsLoRA (Kalajdzievski, 2023) on linear layers and
 * convolutions, with rank and alpha patterns, {@code fan_in_fan_out}, biases ({@code bias}, {@code
 * lora_bias}) and {@code modules_to_save}. Refused by name: pickled weights, other methods, DoRA,
 * adapters of embeddings, quantised or grouped layers, and initialisations that change the base.
 */
public final class PeftAdapter {
  static final String CONFIG = "adapter_config.json";
  static final String WEIGHTS = "adapter_model.safetensors";
  static final String PICKLED_WEIGHTS = "adapter_model.bin";

  private PeftAdapter() {}

  /**
   * Reads an adapter onto the heap. The plugin's id is that in the file's metadata; a folder that
   * PEFT wrote has none and becomes {@code local/<folder's name>:0}, see {@link AdapterReader#id}.
   *
   * @param folder the adapter's folder
   * @return the module
   * @throws io.medforge.plugin.MalformedPluginException if it is no adapter of a supported kind;
   *     the message names file, tensor, expected and found
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static PluginModule read(Path folder) {
    return reader(folder).read();
  }

  /**
   * A reader with options.
   *
   * @param folder the adapter's folder
   * @return the reader
   */
  public static AdapterReader reader(Path folder) {
    return new AdapterReader(folder);
  }

  /**
   * Writes a new adapter folder that PEFT loads; see {@link AdapterWriter}.
   *
   * @param module the module
   * @param folder the folder to make; its parent exists
   * @throws IllegalArgumentException if PEFT cannot express the module; the message names the layer
   * @throws java.io.UncheckedIOException if the folder exists or cannot be written
   */
  public static void write(PluginModule module, Path folder) {
    writer(module, folder).write();
  }

  /**
   * A writer with options.
   *
   * @param module the module
   * @param folder the folder to make; its parent exists
   * @return the writer
   */
  public static AdapterWriter writer(PluginModule module, Path folder) {
    return new AdapterWriter(module, folder);
  }
}
