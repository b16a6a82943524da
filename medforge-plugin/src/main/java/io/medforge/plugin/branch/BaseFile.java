package io.medforge.plugin.branch;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.safetensors.SafetensorsFile;
import io.medforge.plugin.safetensors.SafetensorsWriter;
import io.medforge.runtime.djl.Architecture;
import io.medforge.runtime.djl.Network;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A base model's parameters in a safetensors file, such as transformers' {@code model.safetensors}.
 */
public final class BaseFile {
  private BaseFile() {}

  /**
   * Reads a base onto the heap.
   *
   * @param file a safetensors file with all parameters, in any floating-point type
   * @param name what people call the base
   * @param architecture the order of computation, for parameters of these names
   * @return the network; its base has the digest of the file's parameters
   * @throws MalformedPluginException if it is no valid safetensors file, or a tensor exceeds 2 GiB
   *     as stored; the message names file and tensor
   * @throws IllegalArgumentException if the name does not suit a base model, there is no parameter,
   *     or one is empty or of no floating-point type; the message names it
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static Network read(Path file, String name, Architecture architecture) {
    return Network.of(BaseModel.named(name), architecture, parameters(file));
  }

  /**
   * Writes a base's parameters, whole or not at all.
   *
   * @param network the base
   * @param file a file to make; its folder exists
   * @throws java.io.UncheckedIOException if it exists or cannot be written
   */
  public static void write(Network network, Path file) {
    SafetensorsWriter.to(file).write(network.parameters());
  }

  private static SortedMap<String, Tensor> parameters(Path path) {
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      file.tensors().forEach((name, tensor) -> parameters.put(name, onHeap(tensor, name, path)));
    }
    return parameters;
  }

  private static Tensor onHeap(Tensor tensor, String name, Path path) {
    long size = tensor.dtype().byteSize(tensor.shape());
    if (size > Integer.MAX_VALUE - 16) {
      throw new MalformedPluginException(
          "expected tensors of at most 2 GiB, found "
              + size
              + " bytes, at "
              + path
              + ", tensor "
              + name);
    }
    byte[] bytes = new byte[(int) size];
    tensor.readBytes(0, bytes, 0, bytes.length);
    return Tensor.ofBytes(tensor.dtype(), tensor.shape(), bytes);
  }
}
