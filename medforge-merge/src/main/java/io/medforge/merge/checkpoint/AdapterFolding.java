package io.medforge.merge.checkpoint;

import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.PluginFit;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Adds adapters to the model that they were trained on, {@code W + sum c s B A}, and takes them off
 * again. The result has the model's types. Stateless.
 *
 * <p>Whether the model is the one that an adapter names cannot be told from its tensors without
 * reading all of them first; that every update fits a tensor is checked.
 */
public final class AdapterFolding {
  private AdapterFolding() {}

  /**
   * Folds adapters in.
   *
   * @param model the base
   * @param adapters one or more; what they replace whole may be replaced by one of them only, at a
   *     coefficient of 1
   * @param coefficients c, one per adapter, finite
   * @return the folded model
   * @throws IncompatiblePluginsException if an adapter changes a tensor that the model does not
   *     have, or has in another shape; the message names adapter and tensor
   * @throws IllegalArgumentException if there is no adapter or not one coefficient for each
   */
  public static MergedModel fold(
      ModelTensors model, List<PluginModule> adapters, double... coefficients) {
    return folded("fold", 1, model, adapters, coefficients);
  }

  /**
   * Takes adapters off a model that they were folded into. What is left differs from the base by
   * the rounding of the folded model.
   *
   * @param model the folded model
   * @param adapters one or more; none may replace a tensor whole, which cannot be undone
   * @param coefficients c, as they were folded
   * @return the model without them
   * @throws IncompatiblePluginsException if an adapter does not fit or replaces a tensor
   * @throws IllegalArgumentException if there is no adapter or not one coefficient for each
   */
  public static MergedModel unfold(
      ModelTensors model, List<PluginModule> adapters, double... coefficients) {
    for (PluginModule adapter : adapters) {
      adapter
          .updates()
          .forEach(
              (layer, update) -> {
                if (update instanceof Replacement) {
                  throw IncompatiblePluginsException.at(
                      adapter.id(), layer, "an update that can be taken off", "a replacement");
                }
              });
    }
    return folded("unfold", -1, model, adapters, coefficients);
  }

  private static MergedModel folded(
      String what, int sign, ModelTensors model, List<PluginModule> adapters, double[] given) {
    double[] coefficients = Arrays.stream(given).map(c -> sign * c).toArray();
    check(model, adapters, coefficients);
    TilePool pool = new TilePool(1);
    SortedMap<String, Tensor> folded = new TreeMap<>(model.tensors());
    long held = 0;
    for (String name : model.tensors().keySet()) {
      List<Update> updates = new ArrayList<>();
      List<Double> weights = new ArrayList<>();
      for (int i = 0; i < adapters.size(); i++) {
        Update update = adapters.get(i).updates().get(name);
        if (update != null) {
          updates.add(update);
          weights.add(coefficients[i]);
        }
      }
      if (!updates.isEmpty()) {
        FoldRule rule =
            new FoldRule(updates, weights.stream().mapToDouble(Double::doubleValue).toArray());
        folded.put(name, tensor(name, model, rule, pool));
        held += updates.get(0) instanceof Replacement ? 0 : rule.preparationBytes(1);
      }
    }
    StringBuilder description = new StringBuilder(what);
    for (int i = 0; i < adapters.size(); i++) {
      description.append(' ').append(coefficients[i]).append('*').append(adapters.get(i).digest());
    }
    // Factors stay in memory once they are read: all of them, for each thread at the worst.
    return new MergedModel(
        folded,
        pool.bytesPerThread() + held,
        "once",
        new MergedModel.Settings(
            what, description.toString(), new TreeMap<>(), Arrays.stream(given).boxed().toList()));
  }

  private static Tensor tensor(String name, ModelTensors model, FoldRule rule, TilePool pool) {
    Tensor base = Objects.requireNonNull(model.tensors().get(name));
    if (rule.updates().get(0) instanceof Replacement replacement) {
      ModelTensors head =
          new ModelTensors("a replacement", new TreeMap<>(Map.of(name, replacement.tensor())));
      return new MergedTensor(
          new TensorSources(name, List.of(head.name()), List.of(replacement.tensor()), pool),
          new LinearRule(new float[] {1}, 1),
          base.dtype());
    }
    return new MergedTensor(
        new TensorSources(name, List.of(model.name()), List.of(base), pool), rule, base.dtype());
  }

  private static void check(
      ModelTensors model, List<PluginModule> adapters, double[] coefficients) {
    if (adapters.isEmpty() || coefficients.length != adapters.size()) {
      throw new IllegalArgumentException(
          "expected an adapter or more and one coefficient for each, found "
              + adapters.size()
              + " and "
              + coefficients.length);
    }
    SortedMap<String, Shape> shapes = new TreeMap<>();
    model.tensors().forEach((name, tensor) -> shapes.put(name, tensor.shape()));
    SortedMap<String, PluginModule> replaced = new TreeMap<>();
    for (int i = 0; i < adapters.size(); i++) {
      PluginModule adapter = adapters.get(i);
      if (!Double.isFinite(coefficients[i])) {
        throw new IllegalArgumentException(
            "expected finite coefficients, found " + coefficients[i]);
      }
      PluginFit.check(adapter, adapter.base(), shapes);
      for (Map.Entry<String, Update> entry : adapter.updates().entrySet()) {
        checkUpdate(model, adapter, entry.getKey(), entry.getValue(), coefficients[i]);
        if (entry.getValue() instanceof Replacement) {
          replaced.put(entry.getKey(), adapter);
        }
      }
    }
    replaced.forEach(
        (layer, by) -> {
          if (adapters.stream().filter(a -> a.updates().containsKey(layer)).count() > 1) {
            throw IncompatiblePluginsException.at(
                by.id(), layer, "one adapter to replace a tensor", "others that change it");
          }
        });
  }

  private static void checkUpdate(
      ModelTensors model, PluginModule adapter, String layer, Update update, double coefficient) {
    Tensor base = Objects.requireNonNull(model.tensors().get(layer));
    if (!TensorSources.isReal(base.dtype())) {
      throw IncompatiblePluginsException.at(
          adapter.id(), layer, "a tensor of F32, BF16 or F16 to change", base.dtype());
    }
    if (update instanceof Replacement replacement) {
      boolean fits =
          replacement.tensor().shape().equals(base.shape())
              && TensorSources.isReal(replacement.tensor().dtype());
      if (!fits || coefficient != 1) {
        throw IncompatiblePluginsException.at(
            adapter.id(),
            layer,
            "a replacement of F32, BF16 or F16" + base.shape() + " at a coefficient of 1",
            replacement.tensor().dtype()
                + replacement.tensor().shape().toString()
                + " at "
                + coefficient);
      }
    }
  }
}
