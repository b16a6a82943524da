package io.medforge.merge.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * {@code Float.float16ToFloat} and its inverse, which came with JDK 20 and become vector code from
 * 21 on. A call by a constant handle costs as much as a plain one.
 */
final class HalfConversion {
  private static final MethodHandle TO_FLOAT = find("float16ToFloat", float.class, short.class);
  private static final MethodHandle TO_HALF = find("floatToFloat16", short.class, float.class);

  private HalfConversion() {}

  static boolean isThere() {
    return Runtime.version().feature() >= 21;
  }

  static float toFloat(short half) {
    try {
      return (float) TO_FLOAT.invokeExact(half);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  static short toHalf(float value) {
    try {
      return (short) TO_HALF.invokeExact(value);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static MethodHandle find(String name, Class<?> result, Class<?> argument) {
    MethodType type = MethodType.methodType(result, argument);
    try {
      return MethodHandles.publicLookup().findStatic(Float.class, name, type);
    } catch (ReflectiveOperationException e) {
      return MethodHandles.empty(type); // Never called: isThere() says no.
    }
  }
}
