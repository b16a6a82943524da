package io.medforge.merge.kernel;

import java.util.Optional;

/**
 * A sum of elements of 16 bits: of buffers, as files are read, and of arrays. All implementations
 * give the same bits, either way. Stateless.
 */
public interface NarrowSum extends BufferSum {
  /** What makes {@link #of} faster where it finds no vector code: an option for the JVM. */
  String FLAG = "--add-modules jdk.incubator.vector";

  /**
   * Computes the sum of arrays.
   *
   * @param weights w, finite, at least as many as inputs
   * @param inputs x, one or more, each at least {@code count} long; none may be {@code out}
   * @param out receives the sum
   * @param count how many elements, from index 0 on
   * @return whether every input and every result is a finite number; if not, what is stored is of
   *     no use
   * @throws IndexOutOfBoundsException if an array is shorter
   */
  boolean sum(float[] weights, short[][] inputs, short[] out, int count);

  /**
   * What a sum takes while it runs, at most.
   *
   * @param inputs n
   * @return bytes
   */
  static long bytes(int inputs) {
    return 4L * PlainSum.TILE * (1 + inputs) + FloatFormat.Scratch.bytes(PlainSum.TILE);
  }

  /**
   * The fastest that this JVM has; chosen once.
   *
   * @param format BF16 or F16
   * @return the sum of such elements
   */
  static NarrowSum of(FloatFormat format) {
    return format == FloatFormat.BF16 ? NarrowSums.BFLOATS : NarrowSums.HALVES;
  }

  /**
   * In plain Java, for any JVM.
   *
   * @param format BF16 or F16
   * @return the sum of such elements
   */
  static NarrowSum plain(FloatFormat format) {
    return format == FloatFormat.BF16 ? new PlainBfloatSum() : new PlainHalfSum();
  }

  /**
   * By the processor's own conversions, which JDK 21 and later know of.
   *
   * @return the sum of F16 elements, if this JVM has them
   */
  static Optional<NarrowSum> converting() {
    return HalfConversion.isThere()
        ? Optional.of(new TiledSum(new ConvertingSums(), plain(FloatFormat.F16)))
        : Optional.empty();
  }

  /**
   * By the Vector API.
   *
   * @param format BF16 or F16
   * @return the sum of such elements, if the JVM was started with {@link #FLAG}
   */
  static Optional<NarrowSum> vector(FloatFormat format) {
    return NarrowSums.vector(format);
  }

  /**
   * Whether {@link #of} is as fast as this machine allows, or {@link #FLAG} would help.
   *
   * @param format BF16 or F16
   * @return whether it found vector code
   */
  static boolean isVector(FloatFormat format) {
    return NarrowSums.isVector(of(format));
  }
}
