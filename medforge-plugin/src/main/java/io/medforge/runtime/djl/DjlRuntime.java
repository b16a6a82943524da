package io.medforge.runtime.djl;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.Features;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.Outputs;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Runs a network with plugins on PyTorch, through DJL. Thread-safe.
 *
 * <p>The base's parameters are held once, in native memory. A plugin's are handed to each pass and
 * change nothing that outlives it; the most recent ones, up to 64 MiB together, stay ready. A
 * plugin that changes a parameter which the architecture never uses is refused, not ignored.
 *
 * <p>Needs DJL and PyTorch on the class path, and a JVM started as {@link DjlEngine} says.
 */
public final class DjlRuntime implements ModelRuntime {
  private static final long CACHE_BYTES = 64L << 20;

  private final Network network;
  private final NDManager manager;
  private final SortedMap<String, NDArray> base = new TreeMap<>();
  private final Cache<Digest, PluginArrays> recent =
      CacheBuilder.newBuilder()
          .concurrencyLevel(1)
          .maximumWeight(CACHE_BYTES)
          .weigher(
              (Digest digest, PluginArrays plugin) ->
                  (int) Math.min(plugin.byteSize(), Integer.MAX_VALUE))
          .build();
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private boolean closed;

  private DjlRuntime(Network network, NDManager manager) {
    this.network = network;
    this.manager = manager;
    network
        .parameters()
        .forEach(
            (name, tensor) -> {
              HostArray host = HostArray.of(tensor);
              try (NDArray view = host.in(manager)) {
                base.put(name, view.duplicate());
              }
            });
  }

  /**
   * Opens a runtime.
   *
   * @param network the base model
   * @return a runtime that its caller closes
   * @throws IllegalArgumentException if a parameter exceeds 2 GiB
   * @throws IllegalStateException if DJL would contact a host at its start, see {@link DjlEngine}
   */
  public static DjlRuntime open(Network network) {
    NDManager manager = DjlEngine.newManager();
    try {
      return new DjlRuntime(network, manager);
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  @Override
  public BaseModel base() {
    return network.base();
  }

  @Override
  public Outputs run(PluginModule plugin, ModelInput batch) {
    lock.readLock().lock();
    try {
      checkOpen();
      PluginArrays arrays = recent.getIfPresent(plugin.digest());
      if (arrays == null) {
        arrays = PluginArrays.of(plugin, network);
        recent.put(plugin.digest(), arrays);
      }
      SortedSet<String> unused = new TreeSet<>(plugin.updates().keySet());
      Outputs outputs = forward(plugin.id().toString(), arrays, batch, unused);
      if (!unused.isEmpty()) {
        throw new IncompatiblePluginsException(
            "expected changes to layers that the architecture uses, found changes to "
                + unused
                + ", at plugin "
                + plugin.id());
      }
      return outputs;
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public Outputs runBase(ModelInput batch) {
    lock.readLock().lock();
    try {
      checkOpen();
      return forward("none", PluginArrays.none(), batch, new TreeSet<>());
    } finally {
      lock.readLock().unlock();
    }
  }

  /** {@inheritDoc} These are what the architecture marks, see {@link Layers#features}. */
  @Override
  public Features features(ModelInput batch) {
    lock.readLock().lock();
    try {
      checkOpen();
      return pass("none", PluginArrays.none(), batch, this::features);
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
        manager.close();
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** Logits of one pass; what it uses is removed from {@code unused}. */
  private Outputs forward(
      String plugin, PluginArrays arrays, ModelInput batch, SortedSet<String> unused) {
    return pass(
        plugin,
        arrays,
        batch,
        (layers, logits) -> {
          unused.removeAll(layers.used());
          return outputs(logits, batch.size());
        });
  }

  /** Reads what a pass has computed, before it is freed. */
  @FunctionalInterface
  private interface Reading<T> {
    T of(BoundLayers layers, NDArray logits);
  }

  private <T> T pass(String plugin, PluginArrays arrays, ModelInput batch, Reading<T> reading) {
    if (!batch.values().dtype().isFloatingPoint()) {
      throw new IllegalArgumentException(
          "expected inputs of a floating-point type, found " + batch.values().dtype());
    }
    HostArray input = HostArray.of(batch.values());
    try (NDManager scope = DjlEngine.newScope(manager)) {
      BoundLayers layers = arrays.bind(baseIn(scope), scope);
      NDArray logits = network.architecture().forward(layers, input.in(scope));
      return reading.of(layers, logits);
    } catch (IllegalArgumentException e) {
      if (arrays.resized()) {
        throw new IncompatiblePluginsException(e.getMessage() + ", at plugin " + plugin);
      }
      throw e;
    } catch (EngineException e) {
      throw new IllegalArgumentException(
          "expected inputs that the architecture takes, found "
              + batch.values().shape()
              + ", at plugin "
              + plugin
              + ": "
              + e.getMessage(),
          e);
    }
  }

  /** Other handles on the same memory, so that what a pass computes from them ends with it. */
  private SortedMap<String, NDArray> baseIn(NDManager scope) {
    SortedMap<String, NDArray> views = new TreeMap<>();
    base.forEach(
        (name, array) -> {
          NDArray view = array.stopGradient();
          view.attach(scope);
          views.put(name, view);
        });
    return views;
  }

  private Features features(BoundLayers layers, NDArray logits) {
    NDArray features =
        layers
            .markedFeatures()
            .orElseThrow(
                () ->
                    new UnsupportedOperationException(
                        "expected an architecture that marks features, found none marked, at base "
                            + base()));
    ai.djl.ndarray.types.Shape shape = features.getShape();
    if (shape.dimension() != 2 || shape.get(0) != logits.getShape().get(0)) {
      throw new UnsupportedOperationException(
          "expected features ("
              + logits.getShape().get(0)
              + ", width), found "
              + shape
              + ", at base "
              + base());
    }
    int size = Math.toIntExact(shape.get(0));
    return Features.of(size, Math.toIntExact(shape.get(1)), features.toFloatArray());
  }

  private static Outputs outputs(NDArray logits, int size) {
    ai.djl.ndarray.types.Shape shape = logits.getShape();
    if (shape.dimension() != 2 || shape.get(0) != size) {
      throw new IllegalStateException(
          "expected logits (" + size + ", classes) from the architecture, found " + shape);
    }
    return Outputs.ofLogits(size, Math.toIntExact(shape.get(1)), logits.toFloatArray());
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("expected an open runtime, found it closed, at " + base());
    }
  }
}
