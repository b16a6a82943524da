package io.medforge.merge;

import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Update;
import java.util.SortedMap;

/**
 * Whether a plugin fits a base model: what every model runtime checks, in the same words, before it
 * reads a plugin's values. What an engine cannot run is for that engine to refuse.
 */
public final class PluginFit {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private final PluginModule plugin;
  private final SortedMap<String, Shape> parameters;

  private PluginFit(PluginModule plugin, SortedMap<String, Shape> parameters) {
    this.plugin = plugin;
    this.parameters = parameters;
  }

  /**
   * Checks a plugin. Each update must have the shape of the parameter that it changes. The one
   * exception is a head of another label space: a {@link Replacement} may have another number of
   * outputs, its first dimension, if {@code layer.weight} and {@code layer.bias} agree.
   *
   * @param plugin the plugin
   * @param base the base model that a runtime holds
   * @param parameters the shape of each of its parameters
   * @throws IncompatiblePluginsException if the plugin is of another base, or changes a parameter
   *     that the base does not have or has in another shape; the message names plugin and layer
   */
  public static void check(
      PluginModule plugin, BaseModel base, SortedMap<String, Shape> parameters) {
    if (!plugin.base().matches(base)) {
      throw new IncompatiblePluginsException(
          "expected a plugin of base "
              + base
              + ", found base "
              + plugin.base()
              + ", at plugin "
              + plugin.id());
    }
    PluginFit fit = new PluginFit(plugin, parameters);
    plugin
        .updates()
        .forEach(
            (layer, update) -> {
              Shape shape = parameters.get(layer);
              if (shape == null) {
                throw IncompatiblePluginsException.at(
                    plugin.id(), layer, "a parameter of base " + base, "none of that name");
              }
              fit.check(layer, update, shape);
            });
  }

  private void check(String layer, Update update, Shape shape) {
    if (update instanceof LowRankUpdate lowRank) {
      checkLowRank(layer, lowRank, shape);
    } else if (update instanceof DenseUpdate dense && !dense.delta().shape().equals(shape)) {
      throw IncompatiblePluginsException.at(
          plugin.id(), layer, "a dense update of " + shape, dense.delta().shape());
    } else if (update instanceof Replacement replacement) {
      checkReplacement(layer, replacement.tensor().shape(), shape);
    }
  }

  private void checkLowRank(String layer, LowRankUpdate update, Shape shape) {
    boolean outIn = update.layout() == LowRankUpdate.Layout.OUT_IN;
    int outAxis = outIn ? 0 : 1;
    boolean fits =
        shape.dimensions() >= 2
            && (outIn || shape.dimensions() == 2)
            && shape.dimension(outAxis) == update.out()
            && shape.elements() == Math.multiplyExact(update.out(), update.in());
    if (!fits) {
      throw IncompatiblePluginsException.at(
          plugin.id(),
          layer,
          "a low-rank update of " + shape,
          "B " + update.b().shape() + " A " + update.a().shape() + " in layout " + update.layout());
    }
  }

  private void checkReplacement(String layer, Shape found, Shape shape) {
    if (found.equals(shape)) {
      return;
    }
    if (!sameButOutputs(shape, found) || !siblingAgrees(layer, found)) {
      throw IncompatiblePluginsException.at(
          plugin.id(),
          layer,
          "a replacement of " + shape + ", or of weight and bias with another number of outputs",
          found);
    }
  }

  private boolean siblingAgrees(String layer, Shape found) {
    String sibling;
    if (layer.endsWith(WEIGHT)) {
      sibling = layer.substring(0, layer.length() - WEIGHT.length()) + BIAS;
    } else if (layer.endsWith(BIAS)) {
      sibling = layer.substring(0, layer.length() - BIAS.length()) + WEIGHT;
    } else {
      return false;
    }
    return !parameters.containsKey(sibling)
        || (plugin.updates().get(sibling) instanceof Replacement other
            && other.tensor().shape().dimensions() > 0
            && other.tensor().shape().dimension(0) == found.dimension(0));
  }

  private static boolean sameButOutputs(Shape shape, Shape found) {
    if (found.dimensions() != shape.dimensions() || found.elements() == 0) {
      return false;
    }
    for (int i = 1; i < shape.dimensions(); i++) {
      if (shape.dimension(i) != found.dimension(i)) {
        return false;
      }
    }
    return true;
  }
}
