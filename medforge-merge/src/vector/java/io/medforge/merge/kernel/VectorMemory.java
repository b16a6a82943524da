package io.medforge.merge.kernel;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.Buffer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Objects;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors in a buffer's memory, little-endian. The Vector API of JDK 17 reads byte buffers, that of
 * later ones memory segments, which 17 has not; so both are reached by method handles, {@code
 * XVector get(Object memory, int at)} and {@code void put(XVector values, Object memory, int at)}.
 *
 * <p>A memory is what {@link #of} gives. Offsets are in bytes; outside of the memory they throw an
 * {@link IndexOutOfBoundsException}.
 *
 * <p>HotSpot keeps vectors in registers only where it compiles everything that takes or gives one
 * into the loop, and boxes them elsewhere, which is many times slower. It never refuses to compile
 * in the methods of the Vector API and constant method handles, but late in a large loop refuses
 * any other method, however small. So loops over vectors call nothing else: they invoke the handles
 * themselves.
 */
final class VectorMemory {
  static final MethodHandle GET_FLOATS;
  static final MethodHandle PUT_FLOATS;
  static final MethodHandle GET_INTS;
  static final MethodHandle PUT_INTS;

  private static final MethodHandle OF;

  static {
    try {
      Access access = Access.ofThisJdk();
      OF = access.of;
      GET_FLOATS = access.get(FloatVector.class, FloatVector.SPECIES_PREFERRED);
      PUT_FLOATS = access.put(FloatVector.class);
      GET_INTS = access.get(IntVector.class, IntVector.SPECIES_PREFERRED);
      PUT_INTS = access.put(IntVector.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private VectorMemory() {}

  /** The memory of so many bytes from the buffer's position on, which must be there. */
  static Object of(ByteBuffer buffer, long bytes) {
    Objects.checkFromIndexSize(0, bytes, (long) buffer.remaining());
    try {
      return (Object) OF.invokeExact(buffer.slice());
    } catch (Throwable e) {
      throw unchecked(e);
    }
  }

  /** What the handles throw: none of their methods throws a checked exception. */
  static RuntimeException unchecked(Throwable e) {
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

    MethodHandle get(Class<?> vector, VectorSpecies<?> species)
        throws ReflectiveOperationException {
      MethodType type =
          MethodType.methodType(vector, VectorSpecies.class, memory, offset, ByteOrder.class);
      MethodHandle from = LOOKUP.findStatic(vector, "from" + name, type);
      return MethodHandles.insertArguments(littleEndian(from), 0, species)
          .asType(MethodType.methodType(vector, Object.class, int.class));
    }

    MethodHandle put(Class<?> vector) throws ReflectiveOperationException {
      MethodType type = MethodType.methodType(void.class, memory, offset, ByteOrder.class);
      MethodHandle into = LOOKUP.findVirtual(vector, "into" + name, type);
      return littleEndian(into)
          .asType(MethodType.methodType(void.class, vector, Object.class, int.class));
    }

    private static MethodHandle littleEndian(MethodHandle access) {
      return MethodHandles.insertArguments(access, 3, ByteOrder.LITTLE_ENDIAN);
    }
  }
}
