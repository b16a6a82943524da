package io.medforge.runtime.djl;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Linear;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A vision transformer (Dosovitskiy et al., An Image is Worth 16x16 Words, ICLR 2021): patches,
 * blocks of self-attention and a perceptron with layer norm before each, a class token or the mean
 * of the patches, a linear classifier. Immutable, thread-safe.
 *
 * <p>Its parameters are named as in transformers 5's {@code ViTForImageClassification} (such as
 * {@code vit.layers.0.attention.q_proj.weight}), and it computes the same function: a state
 * dictionary of that class runs here, and so does a PEFT adapter that was trained on it. Dropout of
 * the base is left out: the base is frozen.
 */
public final class VisionTransformer implements Architecture {
  /** What the classifier sees of the last layer. */
  public enum Pooling {
    /** A token of its own, as in transformers. */
    CLASS_TOKEN,
    /** The mean over all patches; there is no class token. */
    MEAN
  }

  /** The layer that the classifier is. */
  public static final String CLASSIFIER = "classifier";

  private static final String EMBEDDINGS = "vit.embeddings.";
  private static final String CLASS_TOKEN = EMBEDDINGS + "cls_token";
  private static final String POSITIONS = EMBEDDINGS + "position_embeddings";
  private static final String PROJECTION = EMBEDDINGS + "patch_embeddings.projection";
  private static final float EPSILON = 1e-12f;

  private final int imageSize;
  private final int patchSize;
  private final int channels;
  private final int width;
  private final int depth;
  private final int heads;
  private final int hidden;
  private final int classes;
  private final Pooling pooling;

  private VisionTransformer(Builder builder) {
    this.imageSize = builder.imageSize;
    this.patchSize = builder.patchSize;
    this.classes = builder.classes;
    this.channels = Builder.or(builder.channels, 1);
    this.width = Builder.or(builder.width, 64);
    this.depth = Builder.or(builder.depth, 4);
    this.heads = Builder.or(builder.heads, 4);
    this.hidden = Builder.or(builder.hidden, 4 * width);
    this.pooling = builder.pooling == null ? Pooling.CLASS_TOKEN : builder.pooling;
    if (imageSize % patchSize != 0) {
      throw new IllegalArgumentException(
          "expected images that patches tile, found images "
              + imageSize
              + " wide and patches "
              + patchSize
              + " wide");
    }
    if (width % heads != 0) {
      throw new IllegalArgumentException(
          "expected a width that the heads share, found width " + width + " and heads " + heads);
    }
  }

  /**
   * Starts a description; whatever is not set has the default stated at its method.
   *
   * @param imageSize height and width of the images, in pixels
   * @param patchSize height and width of a patch, in pixels; divides the images' size
   * @param classes the classifier's outputs
   * @return a builder, not thread-safe
   * @throws IllegalArgumentException if one is less than 1
   */
  public static Builder of(int imageSize, int patchSize, int classes) {
    return new Builder(imageSize, patchSize, classes);
  }

  /**
   * The parameters that it computes with.
   *
   * @return each parameter's shape by name; unmodifiable
   */
  public SortedMap<String, io.medforge.plugin.Shape> parameterShapes() {
    SortedMap<String, io.medforge.plugin.Shape> shapes = new TreeMap<>();
    int patches = (imageSize / patchSize) * (imageSize / patchSize);
    if (pooling == Pooling.CLASS_TOKEN) {
      put(shapes, CLASS_TOKEN, 1, 1, width);
    }
    put(shapes, POSITIONS, 1, patches + (pooling == Pooling.CLASS_TOKEN ? 1 : 0), width);
    put(shapes, PROJECTION + ".weight", width, channels, patchSize, patchSize);
    put(shapes, PROJECTION + ".bias", width);
    for (int block = 0; block < depth; block++) {
      String prefix = prefix(block);
      putNorm(shapes, prefix + "layernorm_before");
      putNorm(shapes, prefix + "layernorm_after");
      for (String projection : new String[] {"q_proj", "k_proj", "v_proj", "o_proj"}) {
        putLinear(shapes, prefix + "attention." + projection, width, width);
      }
      putLinear(shapes, prefix + "mlp.fc1", hidden, width);
      putLinear(shapes, prefix + "mlp.fc2", width, hidden);
    }
    putNorm(shapes, "vit.layernorm");
    putLinear(shapes, CLASSIFIER, classes, width);
    return Collections.unmodifiableSortedMap(shapes);
  }

  /**
   * One forward pass.
   *
   * @param layers the parameters
   * @param input images {@code [n, channels, size, size]} in F32
   * @return logits {@code [n, classes]}
   * @throws IllegalArgumentException if the images have another shape
   */
  @Override
  public NDArray forward(Layers layers, NDArray input) {
    Shape shape = input.getShape();
    if (shape.dimension() != 4
        || shape.get(1) != channels
        || shape.get(2) != imageSize
        || shape.get(3) != imageSize) {
      throw new IllegalArgumentException(
          "expected images [n, "
              + channels
              + ", "
              + imageSize
              + ", "
              + imageSize
              + "], found "
              + shape);
    }
    NDArray tokens = embed(layers, input, shape.get(0));
    for (int block = 0; block < depth; block++) {
      String prefix = prefix(block);
      tokens =
          tokens.add(attend(layers, prefix, norm(layers, prefix + "layernorm_before", tokens)));
      NDArray inner =
          layers.linear(prefix + "mlp.fc1", norm(layers, prefix + "layernorm_after", tokens));
      tokens = tokens.add(layers.linear(prefix + "mlp.fc2", Activation.gelu(inner)));
    }
    NDArray last = norm(layers, "vit.layernorm", tokens);
    NDArray pooled =
        pooling == Pooling.MEAN
            ? last.mean(new int[] {1})
            : last.split(new long[] {1}, 1).get(0).squeeze(1);
    return layers.linear(CLASSIFIER, layers.features(pooled));
  }

  /** A convolution whose strides are its kernel is a linear map of each patch. */
  private NDArray embed(Layers layers, NDArray images, long n) {
    long side = imageSize / patchSize;
    NDArray patches =
        images
            .reshape(n, channels, side, patchSize, side, patchSize)
            .transpose(0, 2, 4, 1, 3, 5)
            .reshape(n, side * side, (long) channels * patchSize * patchSize);
    NDArray kernel = layers.parameter(PROJECTION + ".weight").reshape(width, -1);
    NDArray tokens =
        Linear.linear(patches, kernel, layers.parameter(PROJECTION + ".bias")).singletonOrThrow();
    if (pooling == Pooling.CLASS_TOKEN) {
      NDArray token = layers.parameter(CLASS_TOKEN).broadcast(new Shape(n, 1, width));
      tokens = token.concat(tokens, 1);
    }
    return tokens.add(layers.parameter(POSITIONS));
  }

  private NDArray attend(Layers layers, String prefix, NDArray x) {
    NDArray queries = split(layers.linear(prefix + "attention.q_proj", x));
    NDArray keys = split(layers.linear(prefix + "attention.k_proj", x));
    NDArray values = split(layers.linear(prefix + "attention.v_proj", x));
    // An array, not a number: mul(Number) corrupts gradients.
    int headWidth = width / heads;
    float scale = (float) (1 / StrictMath.sqrt((double) headWidth));
    NDArray scaled = queries.mul(x.getManager().full(new Shape(1), scale));
    NDArray attention = scaled.matMul(keys.transpose(0, 1, 3, 2)).softmax(-1);
    NDArray mixed = attention.matMul(values).transpose(0, 2, 1, 3).reshape(x.getShape());
    return layers.linear(prefix + "attention.o_proj", mixed);
  }

  /** {@code [n, tokens, width]} to {@code [n, heads, tokens, width / heads]}. */
  private NDArray split(NDArray x) {
    Shape shape = x.getShape();
    return x.reshape(shape.get(0), shape.get(1), heads, width / heads).transpose(0, 2, 1, 3);
  }

  private NDArray norm(Layers layers, String name, NDArray x) {
    NDList normed =
        x.getNDArrayInternal()
            .layerNorm(
                x,
                new Shape(width),
                layers.parameter(name + ".weight"),
                layers.parameter(name + ".bias"),
                EPSILON);
    return normed.singletonOrThrow();
  }

  private static String prefix(int block) {
    return "vit.layers." + block + ".";
  }

  private void putNorm(SortedMap<String, io.medforge.plugin.Shape> shapes, String name) {
    put(shapes, name + ".weight", width);
    put(shapes, name + ".bias", width);
  }

  private static void putLinear(
      SortedMap<String, io.medforge.plugin.Shape> shapes, String name, long out, long in) {
    put(shapes, name + ".weight", out, in);
    put(shapes, name + ".bias", out);
  }

  private static void put(
      SortedMap<String, io.medforge.plugin.Shape> shapes, String name, long... dimensions) {
    shapes.put(name, io.medforge.plugin.Shape.of(dimensions));
  }

  /** Collects a description; each option may be set once. Not thread-safe. */
  public static final class Builder {
    private final int imageSize;
    private final int patchSize;
    private final int classes;
    private @Nullable Integer channels;
    private @Nullable Integer width;
    private @Nullable Integer depth;
    private @Nullable Integer heads;
    private @Nullable Integer hidden;
    private @Nullable Pooling pooling;

    private Builder(int imageSize, int patchSize, int classes) {
      this.imageSize = atLeastOne("image size", imageSize);
      this.patchSize = atLeastOne("patch size", patchSize);
      this.classes = atLeastOne("classes", classes);
    }

    /**
     * The images' channels; 1 by default.
     *
     * @param count at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder channels(int count) {
      channels = once("channels", channels, count);
      return this;
    }

    /**
     * The tokens' width; 64 by default.
     *
     * @param size at least 1; a multiple of the heads
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder width(int size) {
      width = once("width", width, size);
      return this;
    }

    /**
     * The number of blocks; 4 by default.
     *
     * @param blocks at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder depth(int blocks) {
      depth = once("depth", depth, blocks);
      return this;
    }

    /**
     * The attention heads; 4 by default.
     *
     * @param count at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder heads(int count) {
      heads = once("heads", heads, count);
      return this;
    }

    /**
     * The width of the perceptrons' hidden layer; four times the tokens' width by default.
     *
     * @param size at least 1
     * @return this
     * @throws IllegalArgumentException if it is less
     * @throws IllegalStateException if it is set already
     */
    public Builder hidden(int size) {
      hidden = once("hidden", hidden, size);
      return this;
    }

    /**
     * What the classifier sees; a class token by default.
     *
     * @param choice the pooling
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder pooling(Pooling choice) {
      checkOnce("pooling", pooling);
      pooling = choice;
      return this;
    }

    /**
     * Ends the description.
     *
     * @return the architecture
     * @throws IllegalArgumentException if patches do not tile the images, or heads do not divide
     *     the width
     */
    public VisionTransformer build() {
      return new VisionTransformer(this);
    }

    private static int once(String option, @Nullable Integer earlier, int value) {
      checkOnce(option, earlier);
      return atLeastOne(option, value);
    }

    private static void checkOnce(String option, @Nullable Object earlier) {
      if (earlier != null) {
        throw new IllegalStateException(
            "expected " + option + " to be set once, found it set already to " + earlier);
      }
    }

    private static int atLeastOne(String option, int value) {
      if (value < 1) {
        throw new IllegalArgumentException("expected " + option + " of at least 1, found " + value);
      }
      return value;
    }

    private static int or(@Nullable Integer value, int otherwise) {
      return value == null ? otherwise : value;
    }
  }
}
