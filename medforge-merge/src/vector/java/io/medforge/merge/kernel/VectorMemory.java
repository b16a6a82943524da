package io.medforge.merge.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors of floats in a buffer's memory, little-endian. The Vector API of JDK 17 reads byte
 * buffers, that of later ones memory segments, which 17 has not; so both are reached by method
 * handles. HotSpot compiles constant ones as it does calls.
 *
 * <p>A memory is what {@link #of} gives. Offsets are in bytes; outside of the memory they throw an
 * {@link IndexOutOfBoundsException}.
 */
final class VectorMemory {
  private static final MethodHandle OF;
  private static final MethodHandle GET;
  private static final MethodHandle PUT;

  static {
    try {
      Access access = Access.ofThisJdk();
      OF = access.of;
      GET = access.get();
      PUT = access.put();
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private VectorMemory() {}

  /** The memory from the buffer's position to its limit. */
  static Object of(ByteBuffer bytes) {
    try {
      return (Object) OF.invokeExact(bytes.slice());
    } catch (Throwable e) {
      throw unchecked(e);
    }
  }

  static FloatVector get(Object memory, int at) {
    try {
      return (FloatVector) GET.invokeExact(memory, at);
    } catch (Throwable e) {
      throw unchecked(e);
    }
  }

  static void put(FloatVector values, Object memory, int at) {
    try {
      PUT.invokeExact(values, memory, at);
    } catch (Throwable e) {
      throw unchecked(e);
    }
  }

  /** None of the methods throws a checked exception. */
  private static RuntimeException unchecked(Throwable e) {
    if (e instanceof Error error) {
      throw error;
    }
    return e instanceof RuntimeException exception ? exception : new IllegalStateException(e);
  }

  /** How a JDK reaches memory: what its methods are called, and what they take. */
  private record Access(String name, Class<?> memory, Class<?> offset, MethodHandle of) {
    private static final MethodHandles.Lookup LOOKUP = MethodHandles.publicLookup();

    static Access ofThisJdk() throws ReflectiveOperationException {
      try {
        Class<?> segment = Class.forName("java.lang.foreign.MemorySegment");
        MethodHandle of =
            LOOKUP.findStatic(segment, "ofBuffer", MethodType.methodType(segment, Buffer.class));
        return new Access("MemorySegment", segment, long.class, opaque(of));
      } catch (ClassNotFoundException e) {
        MethodHandle same = MethodHandles.identity(ByteBuffer.class);
        return new Access("ByteBuffer", ByteBuffer.class, int.class, opaque(same));
      }
    }

    private static MethodHandle opaque(MethodHandle of) {
      return of.asType(MethodType.methodType(Object.class, ByteBuffer.class));
    }

    MethodHandle get() throws ReflectiveOperationException {
      MethodType type =
          MethodType.methodType(
              FloatVector.class, VectorSpecies.class, memory, offset, ByteOrder.class);
      MethodHandle from = LOOKUP.findStatic(FloatVector.class, "from" + name, type);
      return MethodHandles.insertArguments(littleEndian(from), 0, FloatVector.SPECIES_PREFERRED)
          .asType(MethodType.methodType(FloatVector.class, Object.class, int.class));
    }

    MethodHandle put() throws ReflectiveOperationException {
      MethodType type = MethodType.methodType(void.class, memory, offset, ByteOrder.class);
      MethodHandle into = LOOKUP.findVirtual(FloatVector.class, "into" + name, type);
      return littleEndian(into)
          .asType(MethodType.methodType(void.class, FloatVector.class, Object.class, int.class));
    }

    private static MethodHandle littleEndian(MethodHandle access) {
      return MethodHandles.insertArguments(access, 3, ByteOrder.LITTLE_ENDIAN);
    }
  }
}
