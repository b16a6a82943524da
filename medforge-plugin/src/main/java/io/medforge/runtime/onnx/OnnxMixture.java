package io.medforge.runtime.onnx;

import ai.onnxruntime.OrtException;
import io.medforge.plugin.BaseModel;
import io.medforge.runtime.MixtureParameters;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Writes a whole mixture as one {@code .onnx} file that any ONNX Runtime serves, without MedForge:
 * the base, every plugin, the gate and the pool. Immutable, thread-safe.
 *
 * <p>The file has the base's input, and up to three outputs: {@value #PROBABILITIES} {@code [n,
 * classes]} in F32; {@value #SHARES} {@code [n, plugins]} in F32, how much the gate listened to
 * each plugin, in the mixture's order; and, if the gate can abstain, {@value #ABSTAINED} {@code [n,
 * 1]}, true where the base answered alone and all shares are zero. Its metadata names base, plugins
 * and classes.
 *
 * <p>The base's weights are stored once, low-rank factors stay low-rank, and what no output needs
 * is left out. Gate and pool are computed in double. The same mixture gives the same bytes.
 *
 * <p>Refused by name, before anything is written: what {@link OnnxRuntime} would refuse (several
 * inputs, external data, files of 2 GiB or more, low-rank convolutions), models before operator set
 * 11, control flow behind a layer that a plugin changes, mixtures whose plugins answer in several
 * label spaces that nothing joins, and gates on features of the integrator's own.
 */
public final class OnnxMixture {
  /** The output that holds the answer. */
  public static final String PROBABILITIES = "probabilities";

  /** The output that says who spoke. */
  public static final String SHARES = "shares";

  /** The output that says where the base answered alone. */
  public static final String ABSTAINED = "abstained";

  private final OnnxFile file;
  private final BaseModel base;
  private final Optional<String> features;

  private OnnxMixture(OnnxFile file, BaseModel base, Optional<String> features) {
    this.file = file;
    this.base = base;
    this.features = features;
  }

  /**
   * An exporter for a base that is named as its file, without {@code .onnx}.
   *
   * @param model a {@code .onnx} file as {@link OnnxRuntime#open(Path)} takes it; read now and not
   *     again
   * @return the exporter
   * @throws IllegalArgumentException if the file is no such model; the message names the file
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static OnnxMixture of(Path model) {
    OnnxFile file = OnnxFile.read(model);
    return new OnnxMixture(file, file.named(), FeatureTensor.penultimate(file));
  }

  /**
   * An exporter for a known base.
   *
   * @param model a {@code .onnx} file as {@link OnnxRuntime#open(Path, BaseModel)} takes it
   * @param base what the file holds
   * @return the exporter
   * @throws IllegalArgumentException if the file is no such model, or has other parameters than a
   *     base whose digest is known; the message names the file
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static OnnxMixture of(Path model, BaseModel base) {
    OnnxFile file = OnnxFile.read(model, base);
    return new OnnxMixture(file, base, FeatureTensor.penultimate(file));
  }

  /**
   * An exporter for a known base whose penultimate features lie in a tensor that the caller names.
   *
   * @param model a {@code .onnx} file as {@link OnnxRuntime#open(Path, BaseModel, String)} takes it
   * @param base what the file holds
   * @param featureTensor the name in the file of a float tensor {@code [n, width]}
   * @return the exporter
   * @throws IllegalArgumentException if the file is no such model, has other parameters than a base
   *     whose digest is known, or computes no such tensor; the message names the file
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static OnnxMixture of(Path model, BaseModel base, String featureTensor) {
    OnnxFile file = OnnxFile.read(model, base);
    return new OnnxMixture(file, base, Optional.of(FeatureTensor.named(file, featureTensor)));
  }

  /**
   * Writes a mixture. The file appears whole or not at all.
   *
   * @param mixture the plugins, the gate and the pool
   * @param target where to write; replaced if it exists
   * @throws io.medforge.merge.IncompatiblePluginsException if a plugin does not fit the base or
   *     changes what cannot be changed here; the message names plugin and layer
   * @throws IllegalArgumentException if the mixture cannot be exported, or ONNX Runtime cannot load
   *     the result; the message says what and where
   * @throws java.io.UncheckedIOException if the file cannot be written; what was there remains
   */
  public void write(MixtureParameters mixture, Path target) {
    byte[] bytes =
        new MixtureAssembly(file, base, features, mixture).bytes(MixtureAssembly.MAX_BYTES);
    checkLoads(bytes);
    ModelFile.replace(target, bytes);
  }

  private void checkLoads(byte[] model) {
    try {
      Sessions.open(OnnxEnvironment.get(), model).close();
    } catch (OrtException e) {
      throw new IllegalArgumentException(
          "expected a mixture that ONNX Runtime can load, found: "
              + e.getMessage()
              + ", at "
              + file.path(),
          e);
    }
  }
}
