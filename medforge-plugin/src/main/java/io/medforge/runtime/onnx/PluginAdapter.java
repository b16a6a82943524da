package io.medforge.runtime.onnx;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginFit;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Turns a plugin into an adapter for a hooked model. Immutable, thread-safe. */
final class PluginAdapter {
  /** Two GiB are what a flatbuffer holds; its tables need a little of it. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - (1L << 20);

  private final BaseModel base;
  private final SortedMap<String, Hook> hooks;
  private final SortedMap<String, Tensor> vectors;

  /** Vectors are the one-dimensional parameters, whose base values dense updates need. */
  PluginAdapter(BaseModel base, SortedMap<String, Hook> hooks, SortedMap<String, Tensor> vectors) {
    this.base = base;
    this.hooks = hooks;
    this.vectors = vectors;
  }

  /**
   * Checks that a plugin fits and can be fed; returns the bytes that its values take in F32, or
   * throws an {@link IncompatiblePluginsException}.
   */
  long check(PluginModule plugin) {
    SortedMap<String, Shape> shapes = new TreeMap<>();
    hooks.forEach((name, hook) -> shapes.put(name, hook.shape()));
    PluginFit.check(plugin, base, shapes);
    long bytes = 0;
    for (Map.Entry<String, Update> entry : plugin.updates().entrySet()) {
      bytes += checkSupported(plugin, entry.getKey(), entry.getValue());
    }
    return bytes;
  }

  /** The adapter's bytes, or an {@link IncompatiblePluginsException}. */
  byte[] of(PluginModule plugin) {
    long bytes = check(plugin);
    if (bytes > MAX_BYTES) {
      throw new IncompatiblePluginsException(
          "expected a plugin of at most "
              + MAX_BYTES
              + " bytes in F32, found "
              + bytes
              + ", at plugin "
              + plugin.id());
    }
    AdapterBytes adapter = new AdapterBytes();
    plugin.updates().forEach((layer, update) -> add(adapter, layer, update));
    return adapter.build();
  }

  /** Refuses what cannot be fed; returns the bytes that feeding it takes. */
  private long checkSupported(PluginModule plugin, String layer, Update update) {
    Hook hook = hook(layer);
    if (update instanceof LowRankUpdate lowRank) {
      checkLowRank(plugin, layer, lowRank, hook);
      return Float.BYTES * lowRank.rank() * (lowRank.in() + lowRank.out());
    }
    if (update instanceof DenseUpdate) {
      if (hook.layout().isEmpty() && !vectors.containsKey(layer)) {
        throw IncompatiblePluginsException.at(
            plugin.id(), layer, "a dense update of a vector or of a linear layer's weight", hook);
      }
      long least = hook.layout().isEmpty() ? 0 : Math.min(hook.in(), hook.out());
      return Float.BYTES * (hook.shape().elements() + least * least);
    }
    if (update instanceof Replacement replacement) {
      if (!hook.overridable() || !replacement.tensor().dtype().isFloatingPoint()) {
        throw IncompatiblePluginsException.at(
            plugin.id(),
            layer,
            "a floating-point replacement of an F32 parameter",
            replacement.tensor().dtype() + " for " + hook);
      }
      return Float.BYTES * replacement.tensor().shape().elements();
    }
    throw new AssertionError(update);
  }

  private static void checkLowRank(
      PluginModule plugin, String layer, LowRankUpdate update, Hook hook) {
    if (hook.layout().isEmpty()) {
      throw IncompatiblePluginsException.at(
          plugin.id(),
          layer,
          "a low-rank update of a weight that only Gemm or MatMul use",
          "B " + update.b().shape() + " A " + update.a().shape() + " for " + hook);
    }
    if (!hook.layout().get().equals(update.layout())) {
      throw IncompatiblePluginsException.at(
          plugin.id(),
          layer,
          "layout " + hook.layout().get() + " as the model stores the weight",
          update.layout());
    }
    if (update.a().shape().dimensions() != 2 || update.b().shape().dimensions() != 2) {
      throw IncompatiblePluginsException.at(
          plugin.id(),
          layer,
          "factors that are matrices",
          "B " + update.b().shape() + " A " + update.a().shape());
    }
  }

  private void add(AdapterBytes adapter, String layer, Update update) {
    Hook hook = hook(layer);
    if (update instanceof LowRankUpdate lowRank) {
      long r = lowRank.rank();
      adapter.add(
          Hook.down(layer),
          new long[] {lowRank.in(), r},
          into -> FactorBytes.putTransposed(into, lowRank.a(), (int) r, 1.0));
      adapter.add(
          Hook.up(layer),
          new long[] {r, lowRank.out()},
          into ->
              FactorBytes.putTransposed(into, lowRank.b(), (int) lowRank.out(), lowRank.scaling()));
    } else if (update instanceof DenseUpdate dense && hook.layout().isPresent()) {
      addDense(adapter, layer, dense.delta(), hook);
    } else if (update instanceof DenseUpdate dense) {
      adapter.add(
          layer,
          hook.shape().toArray(),
          into -> FactorBytes.putSum(into, vector(layer), dense.delta()));
    } else if (update instanceof Replacement replacement) {
      Tensor tensor = replacement.tensor();
      adapter.add(layer, tensor.shape().toArray(), into -> FactorBytes.put(into, tensor));
      if (hook.layout().isPresent() && !tensor.shape().equals(hook.shape())) {
        // The branch must add as many zeros as the new head has outputs.
        adapter.add(Hook.down(layer), new long[] {hook.in(), 0}, into -> {});
        adapter.add(Hook.up(layer), new long[] {0, tensor.shape().dimension(0)}, into -> {});
      }
    }
  }

  /**
   * A dense change D [k, d] through the branch: x D = (x D) I = (x I) D, whichever identity is
   * smaller. It is exact, and saves a second copy of the base's weights for the sum.
   */
  private static void addDense(AdapterBytes adapter, String layer, Tensor delta, Hook hook) {
    boolean outIn = hook.layout().equals(Optional.of(LowRankUpdate.Layout.OUT_IN));
    int in = Math.toIntExact(hook.in());
    int out = Math.toIntExact(hook.out());
    AdapterBytes.Values change =
        outIn
            ? into -> FactorBytes.putTransposed(into, delta, out, 1.0)
            : into -> FactorBytes.put(into, delta);
    long[] shape = {in, out};
    if (out <= in) {
      adapter.add(Hook.down(layer), shape, change);
      adapter.add(Hook.up(layer), new long[] {out, out}, into -> putIdentity(into, out));
    } else {
      adapter.add(Hook.down(layer), new long[] {in, in}, into -> putIdentity(into, in));
      adapter.add(Hook.up(layer), shape, change);
    }
  }

  private Tensor vector(String layer) {
    Tensor vector = vectors.get(layer);
    if (vector == null) {
      throw new IllegalStateException("expected a vector, found none, at layer " + layer);
    }
    return vector;
  }

  private static void putIdentity(ByteBuffer into, int size) {
    for (int i = 0; i < size; i++) {
      for (int j = 0; j < size; j++) {
        into.putFloat(i == j ? 1f : 0f);
      }
    }
  }

  private Hook hook(String layer) {
    Hook hook = hooks.get(layer);
    if (hook == null) {
      throw new IllegalStateException("expected a checked layer, found " + layer);
    }
    return hook;
  }
}
