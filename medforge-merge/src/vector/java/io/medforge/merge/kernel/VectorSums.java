package io.medforge.merge.kernel;

import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.OR;

import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * By the Vector API. Elements are taken two to an int, those at even places in its lower half, and
 * never change lanes.
 */
final class VectorSums implements ArraySums {
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;

  private final FloatFormat format;

  VectorSums(FloatFormat format) {
    this.format = format;
  }

  @Override
  public int step() {
    return SHORTS.length();
  }

  @Override
  public Optional<Sum> of(float[] weights, short[][] inputs, short[] out) {
    return switch (format) {
      case BF16 -> Optional.of(count -> bfloats(weights, inputs, out, count));
      case F16 -> VectorHalves.of(weights, inputs, out);
      case F32 -> throw new IllegalArgumentException("expected BF16 or F16, found F32");
    };
  }

  private static IntVector pairs(short[] x, int at) {
    return ShortVector.fromArray(SHORTS, x, at).reinterpretAsInts();
  }

  private static FloatVector lowerBfloat(IntVector pairs) {
    return pairs.lanewise(LSHL, 16).reinterpretAsFloats();
  }

  private static FloatVector upperBfloat(IntVector pairs) {
    return pairs.and(0xffff0000).reinterpretAsFloats();
  }

  private static IntVector rounded(FloatVector sum) {
    IntVector bits = sum.reinterpretAsInts();
    return bits.add(bits.lanewise(LSHR, 16).and(1)).add(0x7fff);
  }

  private static boolean bfloats(float[] w, short[][] x, short[] out, int count) {
    IntVector seen = IntVector.zero(INTS);
    for (int i = 0; i < count; i += SHORTS.length()) {
      IntVector pairs = pairs(x[0], i);
      FloatVector lower = lowerBfloat(pairs).mul(w[0]);
      FloatVector upper = upperBfloat(pairs).mul(w[0]);
      for (int k = 1; k < x.length; k++) {
        pairs = pairs(x[k], i);
        lower = lower.add(lowerBfloat(pairs).mul(w[k]));
        upper = upper.add(upperBfloat(pairs).mul(w[k]));
      }
      IntVector joined = rounded(lower).lanewise(LSHR, 16).or(rounded(upper).and(0xffff0000));
      // An exponent of all ones carries into the bit above it.
      seen = seen.or(joined.and(0x7f807f80).add(0x00800080));
      joined.reinterpretAsShorts().intoArray(out, i);
    }
    return (seen.reduceLanes(OR) & 0x80008000) == 0;
  }
}
