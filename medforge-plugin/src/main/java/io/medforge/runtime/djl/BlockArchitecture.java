package io.medforge.runtime.djl;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.LambdaBlock;
import ai.djl.nn.ParallelBlock;
import ai.djl.nn.Parameter;
import ai.djl.nn.SequentialBlock;
import ai.djl.nn.convolutional.Convolution;
import ai.djl.nn.core.Linear;
import ai.djl.nn.norm.Dropout;
import ai.djl.nn.norm.LayerNorm;
import ai.djl.nn.transformer.PointwiseFeedForwardBlock;
import ai.djl.nn.transformer.ScaledDotProductAttentionBlock;
import ai.djl.nn.transformer.TransformerEncoderBlock;
import ai.djl.training.ParameterStore;
import ai.djl.util.Pair;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A DJL block as an architecture: its tree computes, with parameters that {@link Layers} provides
 * in full, so a low-rank update of any weight is multiplied out in each pass. Immutable as long as
 * the block is; thread-safe if the block's functions are.
 *
 * <p>A parameter is named after its path in the tree, such as {@code 02Linear.weight}. Features are
 * marked if the block is sequential: what enters its last child with parameters, where that is
 * {@code [n, width]}.
 *
 * <p>Taken are trees of linear, convolutional, layer-norm, dropout (which does nothing here),
 * attention and transformer-encoder blocks, in sequence or in parallel. The functions of lambda
 * blocks must compute with arrays only, as {@link Architecture} says. Other blocks, recurrent and
 * batch-norm ones among them, are refused by name: it is not known that their gradients are right.
 */
public final class BlockArchitecture implements Architecture {
  private static final List<Class<? extends Block>> KNOWN =
      List.of(
          SequentialBlock.class,
          ParallelBlock.class,
          LambdaBlock.class,
          Linear.class,
          Convolution.class,
          LayerNorm.class,
          Dropout.class,
          ScaledDotProductAttentionBlock.class,
          PointwiseFeedForwardBlock.class,
          TransformerEncoderBlock.class);

  private final Block block;
  private final IdentityHashMap<Parameter, String> names = new IdentityHashMap<>();

  private BlockArchitecture(Block block) {
    this.block = block;
    checkKnown("the block", block);
    SortedMap<String, Parameter> byName = new TreeMap<>();
    for (Pair<String, Parameter> pair : block.getParameters()) {
      String name = pair.getKey().replace('_', '.');
      if (!pair.getValue().isInitialized()) {
        throw new IllegalArgumentException(
            "expected an initialised block, found no values, at parameter " + name);
      }
      if (byName.put(name, pair.getValue()) != null) {
        throw new IllegalArgumentException(
            "expected parameters of distinct names, found two, at parameter " + name);
      }
      names.put(pair.getValue(), name);
    }
  }

  /**
   * A block as an architecture. Its own values are not used in passes; {@link #parameters} copies
   * them.
   *
   * @param block an initialised block from one input to logits {@code [n, classes]}
   * @return the architecture
   * @throws IllegalArgumentException if the tree holds a block of another kind than those above, is
   *     not initialised, or two parameters have one name; the message names it
   */
  public static BlockArchitecture of(Block block) {
    return new BlockArchitecture(block);
  }

  /**
   * The values that the block's parameters have now.
   *
   * @return copies by name, in F32; unmodifiable
   */
  public SortedMap<String, Tensor> parameters() {
    SortedMap<String, Tensor> parameters = new TreeMap<>();
    names.forEach(
        (parameter, name) -> {
          NDArray array = parameter.getArray();
          parameters.put(
              name, Tensor.of(Shape.of(array.getShape().getShape()), array.toFloatArray()));
        });
    return Collections.unmodifiableSortedMap(parameters);
  }

  @Override
  public NDArray forward(Layers layers, NDArray input) {
    ParameterStore values = new Values(layers);
    if (!(block instanceof SequentialBlock)) {
      return block.forward(values, new NDList(input), false).singletonOrThrow();
    }
    List<Block> children = block.getChildren().values();
    int last = lastWithParameters(children);
    NDList found = new NDList(input);
    for (int i = 0; i < children.size(); i++) {
      if (i == last && found.size() == 1 && found.get(0).getShape().dimension() == 2) {
        found = new NDList(layers.features(found.get(0)));
      }
      found = children.get(i).forward(values, found, false);
    }
    return found.singletonOrThrow();
  }

  private static int lastWithParameters(List<Block> children) {
    for (int i = children.size() - 1; i >= 0; i--) {
      if (!children.get(i).getParameters().isEmpty()) {
        return i;
      }
    }
    return -1;
  }

  private static void checkKnown(String path, Block block) {
    if (KNOWN.stream().noneMatch(kind -> kind.isInstance(block))) {
      throw new IllegalArgumentException(
          "expected blocks whose gradients are known to be right ("
              + KNOWN.stream().map(Class::getSimpleName).toList()
              + "), found a "
              + block.getClass().getName()
              + ", at "
              + path);
    }
    for (Pair<String, Block> child : block.getChildren()) {
      checkKnown(child.getKey(), child.getValue());
    }
  }

  /** Hands each block the values of one pass in place of its own. */
  private final class Values extends ParameterStore {
    private final Layers layers;

    Values(Layers layers) {
      this.layers = layers;
    }

    @Override
    public NDArray getValue(Parameter parameter, Device device, boolean training) {
      String name = names.get(parameter);
      if (name == null) {
        throw new IllegalStateException(
            "expected the parameters that the block had at first, found " + parameter.getName());
      }
      return layers.parameter(name);
    }
  }
}
