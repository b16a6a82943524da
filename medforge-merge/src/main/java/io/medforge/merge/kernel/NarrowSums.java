package io.medforge.merge.kernel;

import java.util.Optional;

/** Chooses implementations, once per JVM. */
final class NarrowSums {
  private static final String VECTOR_MODULE = "jdk.incubator.vector";

  static final NarrowSum BFLOATS =
      vector(FloatFormat.BF16).orElseGet(() -> NarrowSum.plain(FloatFormat.BF16));

  static final NarrowSum HALVES =
      NarrowSum.converting()
          .or(() -> vector(FloatFormat.F16))
          .orElseGet(() -> NarrowSum.plain(FloatFormat.F16));

  private NarrowSums() {}

  static boolean isVector(NarrowSum sum) {
    return !(sum instanceof PlainSum);
  }

  /*
   * The class is compiled apart, since its module is an incubator's: a JVM that was not started with it
   * cannot load the class, and a module that required it would warn everybody.
   */
  static Optional<NarrowSum> vector(FloatFormat format) {
    Optional<Module> module = ModuleLayer.boot().findModule(VECTOR_MODULE);
    if (module.isEmpty()) {
      return Optional.empty();
    }
    NarrowSums.class.getModule().addReads(module.get());
    try {
      Class<?> type = Class.forName(NarrowSums.class.getPackageName() + ".VectorSums");
      ArraySums sums =
          (ArraySums) type.getDeclaredConstructor(FloatFormat.class).newInstance(format);
      return Optional.of(new TiledSum(sums, NarrowSum.plain(format)));
    } catch (ReflectiveOperationException | LinkageError e) {
      // A later JDK may have changed the incubating API: what is left is slower and as right.
      return Optional.empty();
    }
  }
}
