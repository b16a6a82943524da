package io.medforge.merge.kernel;

import java.util.Optional;

/**
 * What is written for the Vector API. It is compiled apart, since the module is an incubator's: a
 * JVM that was not started with it cannot load such classes, and a module that required it would
 * warn everybody.
 */
interface VectorCode {
  /** Sums of 16-bit elements of arrays. */
  ArraySums arrays(FloatFormat format);

  /**
   * The sum of F32 or BF16 elements of buffers, unless this JDK reads memory in a way of its own;
   * none of F16.
   */
  Optional<BufferSum> buffers(FloatFormat format);

  /** Finds it, once per JVM. */
  final class Loaded {
    private static final String MODULE = "jdk.incubator.vector";

    /** Empty if the JVM was not started with {@link NarrowSum#FLAG}. */
    static final Optional<VectorCode> CODE =
        ModuleLayer.boot().findModule(MODULE).flatMap(Loaded::load);

    private Loaded() {}

    private static Optional<VectorCode> load(Module incubating) {
      Loaded.class.getModule().addReads(incubating);
      try {
        Class<?> type = Class.forName(Loaded.class.getPackageName() + ".VectorKernels");
        return Optional.of((VectorCode) type.getDeclaredConstructor().newInstance());
      } catch (ReflectiveOperationException | LinkageError e) {
        // A later JDK may have changed the incubating API: what is left is slower and as right.
        return Optional.empty();
      }
    }
  }
}
