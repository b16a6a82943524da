package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtLoraAdapter;
import ai.onnxruntime.OrtSession;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Runs an ONNX model with plugins on ONNX Runtime. Thread-safe.
 *
 * <p>There is one session, which holds the base once; a plugin is fed to each run and changes
 * nothing that outlives it. The most recent plugins, up to 64 MiB together, stay ready. Each run
 * computes on its caller's thread alone, so that sums are always split in the same way; callers
 * parallelise over runs.
 *
 * <p>Plugins may bring low-rank and dense updates of the weights of linear layers ({@code Gemm},
 * {@code MatMul}), dense updates of vectors, and replacements of any F32 parameter. F16, BF16 and
 * F64 values are converted to F32.
 */
public final class OnnxRuntime implements ModelRuntime {
  private static final long CACHE_BYTES = 64L << 20;

  private final Path path;
  private final BaseModel base;
  private final String input;
  private final String output;
  private final TensorShapeProto inputShape;
  private final Optional<String> features;
  private final PluginAdapter adapters;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Cache<Digest, byte[]> recent =
      CacheBuilder.newBuilder()
          .concurrencyLevel(1)
          .maximumWeight(CACHE_BYTES)
          .weigher((Digest digest, byte[] adapter) -> adapter.length)
          .build();
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  private OnnxRuntime(OnnxFile file, BaseModel base, Optional<String> features)
      throws OrtException {
    HookedModel model = HookedModel.of(file, features);
    SortedMap<String, Tensor> vectors = new TreeMap<>(file.parameters());
    vectors
        .entrySet()
        .removeIf(
            entry ->
                entry.getValue().shape().dimensions() != 1
                    || !model.hooks().getOrDefault(entry.getKey(), Hook.NONE).overridable());
    this.path = file.path();
    this.base = base;
    this.input = file.input().getName();
    this.output = file.output().getName();
    this.inputShape = file.input().getType().getTensorType().getShape();
    this.features = features;
    this.adapters = new PluginAdapter(base, model.hooks(), vectors);
    this.environment = OnnxEnvironment.get();
    this.session = Sessions.open(environment, model.bytes());
  }

  /**
   * Opens a model whose base is named as the file, without {@code .onnx}; its digest is that of the
   * floating-point initializers ({@link BaseModel#digestOf}).
   *
   * @param model a {@code .onnx} file with one float input {@code [n, ...]} and one float output
   *     {@code [n, classes]}; read now and not again
   * @return a runtime that its caller closes
   * @throws IllegalArgumentException if the file is no such model, is 2 GiB or larger, or keeps
   *     data elsewhere; the message names the file
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static OnnxRuntime open(Path model) {
    OnnxFile file = OnnxFile.read(model);
    return open(file, file.named(), FeatureTensor.penultimate(file));
  }

  /**
   * Opens a model of a known base.
   *
   * @param model a {@code .onnx} file as in {@link #open(Path)}
   * @param base what the file holds. Where its digest is unknown, plugins are compared as {@link
   *     BaseModel#matches} says; so a file whose initializers were exported in another form than
   *     the base's parameters can be opened by name.
   * @return a runtime that its caller closes
   * @throws IllegalArgumentException if the file is no such model, is 2 GiB or larger, keeps data
   *     elsewhere, or has other parameters than a base whose digest is known; the message names the
   *     file
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static OnnxRuntime open(Path model, BaseModel base) {
    OnnxFile file = OnnxFile.read(model, base);
    return open(file, base, FeatureTensor.penultimate(file));
  }

  /**
   * Opens a model of a known base whose features lie in a tensor that the caller names, such as a
   * pooled embedding.
   *
   * @param model a {@code .onnx} file as in {@link #open(Path)}
   * @param base what the file holds, as in {@link #open(Path, BaseModel)}
   * @param featureTensor the name in the file of a float tensor {@code [n, width]}: the input, or
   *     what a node computes
   * @return a runtime that its caller closes
   * @throws IllegalArgumentException as in {@link #open(Path, BaseModel)}, or if the graph computes
   *     no such tensor; the message names the file
   * @throws java.io.UncheckedIOException if it cannot be read
   */
  public static OnnxRuntime open(Path model, BaseModel base, String featureTensor) {
    OnnxFile file = OnnxFile.read(model, base);
    return open(file, base, Optional.of(FeatureTensor.named(file, featureTensor)));
  }

  private static OnnxRuntime open(OnnxFile file, BaseModel base, Optional<String> features) {
    try {
      return new OnnxRuntime(file, base, features);
    } catch (OrtException e) {
      throw new IllegalArgumentException(
          "expected a model that ONNX Runtime can load, found: "
              + e.getMessage()
              + ", at "
              + file.path(),
          e);
    }
  }

  @Override
  public BaseModel base() {
    return base;
  }

  @Override
  public Outputs run(PluginModule plugin, ModelInput batch) {
    lock.readLock().lock();
    try {
      checkOpen();
      byte[] bytes = recent.getIfPresent(plugin.digest());
      if (bytes == null) {
        bytes = adapters.of(plugin);
        recent.put(plugin.digest(), bytes);
      }
      checkInput(batch.values());
      try (OrtLoraAdapter adapter = OrtLoraAdapter.create(bytes);
          OrtSession.RunOptions options = options()) {
        options.addActiveLoraAdapter(adapter);
        return forward(batch, options);
      } catch (OrtException e) {
        throw failed(batch, "plugin " + plugin.id(), e);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public Outputs runBase(ModelInput batch) {
    lock.readLock().lock();
    try {
      checkOpen();
      checkInput(batch.values());
      try (OrtSession.RunOptions options = options()) {
        return forward(batch, options);
      } catch (OrtException e) {
        throw failed(batch, "the base alone", e);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * {@inheritDoc} These are what enters the last linear layer, or the tensor that the runtime was
   * opened with; they come from the session that plugins run in.
   */
  @Override
  public Features features(ModelInput batch) {
    lock.readLock().lock();
    try {
      checkOpen();
      String tensor =
          features.orElseThrow(
              () ->
                  new UnsupportedOperationException(
                      "expected a linear layer before the output, whose input would be the"
                          + " features, found none, at "
                          + path
                          + ", base "
                          + base.name()
                          + ": name a tensor when opening it"));
      checkInput(batch.values());
      try (OrtSession.RunOptions options = options()) {
        return run(batch, HookedModel.FEATURES, options, value -> features(value, tensor, batch));
      } catch (OrtException e) {
        throw failed(batch, "the base alone", e);
      }
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      if (!closed) {
        closed = true;
        recent.invalidateAll();
        session.close();
      }
    } catch (OrtException e) {
      throw new IllegalStateException("cannot close the session of " + path, e);
    } finally {
      lock.writeLock().unlock();
    }
  }

  private static OrtSession.RunOptions options() throws OrtException {
    OrtSession.RunOptions options = new OrtSession.RunOptions();
    options.setLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
    return options;
  }

  private Outputs forward(ModelInput batch, OrtSession.RunOptions options) throws OrtException {
    return run(batch, output, options, value -> outputs(value, batch.size()));
  }

  private <T> T run(
      ModelInput batch, String wanted, OrtSession.RunOptions options, Reading<T> reading)
      throws OrtException {
    FloatBuffer values = values(batch.values());
    long[] shape = batch.values().shape().toArray();
    try (OnnxTensor tensor = OnnxTensor.createTensor(environment, values, shape);
        OrtSession.Result result = session.run(Map.of(input, tensor), Set.of(wanted), options)) {
      return reading.of(result.get(0));
    }
  }

  /** Reads what a run has put out, before it is freed. */
  @FunctionalInterface
  private interface Reading<T> {
    T of(OnnxValue value);
  }

  private Features features(OnnxValue value, String tensor, ModelInput batch) {
    boolean matrix =
        value instanceof OnnxTensor found
            && found.getInfo().type == OnnxJavaType.FLOAT
            && found.getInfo().getShape().length == 2
            && found.getInfo().getShape()[0] == batch.size();
    if (!matrix) {
      throw new UnsupportedOperationException(
          "expected features ["
              + batch.size()
              + ", width] in F32, found "
              + value.getInfo()
              + ", at "
              + path
              + ", tensor "
              + tensor);
    }
    OnnxTensor features = (OnnxTensor) value;
    float[] flat = new float[features.getFloatBuffer().remaining()];
    features.getFloatBuffer().get(flat);
    return Features.of(batch.size(), flat.length / batch.size(), flat);
  }

  private Outputs outputs(OnnxValue value, int size) {
    if (!(value instanceof OnnxTensor logits)) {
      throw new IllegalStateException(
          "expected a tensor of logits, found " + value.getType() + ", at " + path);
    }
    long[] shape = logits.getInfo().getShape();
    if (shape.length != 2 || shape[0] != size) {
      throw new IllegalStateException(
          "expected logits [" + size + ", classes], found " + Shape.of(shape) + ", at " + path);
    }
    float[] flat = new float[Math.toIntExact(shape[0] * shape[1])];
    logits.getFloatBuffer().get(flat);
    return Outputs.ofLogits(size, Math.toIntExact(shape[1]), flat);
  }

  private static FloatBuffer values(Tensor tensor) {
    long bytes = Math.multiplyExact(tensor.shape().elements(), Float.BYTES);
    if (bytes > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "expected inputs of at most 2 GiB, found " + tensor.shape());
    }
    FloatBuffer values =
        ByteBuffer.allocateDirect((int) bytes).order(ByteOrder.nativeOrder()).asFloatBuffer();
    float[] piece = new float[Math.min(8192, values.capacity())];
    while (values.hasRemaining()) {
      int n = Math.min(piece.length, values.remaining());
      tensor.read(values.position(), piece, 0, n);
      values.put(piece, 0, n);
    }
    return values.flip();
  }

  private void checkInput(Tensor values) {
    if (!values.dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "expected inputs of a floating-point type, found " + values.dtype());
    }
    boolean known = inputShape.getDimCount() > 0;
    boolean fits = !known || inputShape.getDimCount() == values.shape().dimensions();
    for (int i = 0; fits && i < inputShape.getDimCount(); i++) {
      TensorShapeProto.Dimension dimension = inputShape.getDim(i);
      fits = !dimension.hasDimValue() || dimension.getDimValue() == values.shape().dimension(i);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "expected inputs "
              + describe(inputShape)
              + ", found "
              + values.shape()
              + ", at "
              + path
              + ", input "
              + input);
    }
  }

  private static String describe(TensorShapeProto shape) {
    return shape.getDimList().stream()
        .map(d -> d.hasDimValue() ? Long.toString(d.getDimValue()) : "any")
        .toList()
        .toString();
  }

  private IllegalArgumentException failed(ModelInput batch, String with, OrtException e) {
    return new IllegalArgumentException(
        "expected inputs that the model takes, found "
            + batch.values().shape()
            + ", at "
            + path
            + " with "
            + with
            + ": "
            + e.getMessage(),
        e);
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("expected an open runtime, found it closed, at " + path);
    }
  }
}
