package io.medforge.merge.kernel;

import static jdk.incubator.vector.VectorOperators.ASHR;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.MAX;
import static jdk.incubator.vector.VectorOperators.OR;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The sum of F16 elements by the Vector API, tile by tile in the first-level cache.
 *
 * <p>HotSpot keeps vectors in registers only as long as what it compiles at a time is not too
 * large, and boxes them otherwise, which is twenty times slower. So the work on a tile is a list of
 * stages, called by way of their interface: as there are several, they are not inlined into one
 * another.
 */
final class VectorHalves implements ArraySums.Sum {
  private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Integer> INTS = IntVector.SPECIES_PREFERRED;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_PREFERRED;

  private static final int TILE = 2048;

  /** Sums of the elements at even and at odd places, and the sign of trouble. */
  private static final class Tile {
    final float[] lower = new float[TILE / 2];
    final float[] upper = new float[TILE / 2];
    int from;
    int pairs;
    int carried;
    int greatest;
    boolean finite;

    void begin() {
      from = 0;
      carried = 0;
      finite = true;
    }
  }

  /** Something to do with a tile. */
  private interface Stage {
    void over(Tile tile);
  }

  private final Tile tile = new Tile();
  private final List<Stage> stages;

  private VectorHalves(List<Stage> stages) {
    this.stages = stages;
  }

  /** Empty if a weight is too large. */
  static Optional<ArraySums.Sum> of(float[] w, short[][] x, short[] out) {
    float[] scaled = new float[x.length];
    for (int k = 0; k < x.length; k++) {
      // Shifted into place, a half's bits are a float 2^112 times smaller; the weight makes up for
      // it.
      scaled[k] = w[k] * 0x1p112f;
      if (Float.isInfinite(scaled[k])) {
        return Optional.empty();
      }
    }
    return Optional.of(new VectorHalves(stages(scaled, x, out)));
  }

  @Override
  public boolean sum(int count) {
    tile.begin();
    for (; tile.from < count; tile.from += TILE) {
      tile.pairs = Math.min(TILE, count - tile.from) / 2;
      for (Stage stage : stages) {
        stage.over(tile);
      }
    }
    return tile.finite && (tile.carried & 0x80008000) == 0;
  }

  private static List<Stage> stages(float[] w, short[][] x, short[] out) {
    List<Stage> stages = new ArrayList<>();
    int k = x.length % 2;
    if (k == 1) {
      stages.add(new StoreOne(w[0], x[0]));
    } else {
      stages.add(new StoreTwo(w[0], x[0], w[1], x[1]));
      k = 2;
    }
    for (; k < x.length; k += 2) {
      stages.add(new AddTwo(w[k], x[k], w[k + 1], x[k + 1]));
    }
    stages.add(new Round(out));
    stages.add(new Judge());
    return stages;
  }

  private static IntVector pairs(short[] x, int at) {
    return ShortVector.fromArray(SHORTS, x, at).reinterpretAsInts();
  }

  private static FloatVector lower(IntVector pairs) {
    return upper(pairs.lanewise(LSHL, 16));
  }

  /**
   * Sign and 15 bits, moved to where a float has them; the sign's copies in between are cut out.
   */
  private static FloatVector upper(IntVector pairs) {
    return pairs.lanewise(ASHR, 3).and(0x8fffe000).reinterpretAsFloats();
  }

  /** An exponent of all ones carries into the bit above it. */
  private static IntVector carries(IntVector pairs) {
    return pairs.and(0x7c007c00).add(0x04000400);
  }

  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  private record StoreOne(float w, short[] x) implements Stage {
    @Override
    public void over(Tile tile) {
      IntVector seen = IntVector.zero(INTS);
      for (int j = 0; j < tile.pairs; j += INTS.length()) {
        IntVector a = pairs(x, tile.from + 2 * j);
        lower(a).mul(w).intoArray(tile.lower, j);
        upper(a).mul(w).intoArray(tile.upper, j);
        seen = seen.or(carries(a));
      }
      tile.carried |= seen.reduceLanes(OR);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  private record StoreTwo(float w, short[] x, float v, short[] y) implements Stage {
    @Override
    public void over(Tile tile) {
      IntVector seen = IntVector.zero(INTS);
      for (int j = 0; j < tile.pairs; j += INTS.length()) {
        IntVector a = pairs(x, tile.from + 2 * j);
        IntVector b = pairs(y, tile.from + 2 * j);
        lower(a).mul(w).add(lower(b).mul(v)).intoArray(tile.lower, j);
        upper(a).mul(w).add(upper(b).mul(v)).intoArray(tile.upper, j);
        seen = seen.or(carries(a)).or(carries(b));
      }
      tile.carried |= seen.reduceLanes(OR);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  private record AddTwo(float w, short[] x, float v, short[] y) implements Stage {
    @Override
    public void over(Tile tile) {
      IntVector seen = IntVector.zero(INTS);
      for (int j = 0; j < tile.pairs; j += INTS.length()) {
        IntVector a = pairs(x, tile.from + 2 * j);
        IntVector b = pairs(y, tile.from + 2 * j);
        FloatVector.fromArray(FLOATS, tile.lower, j)
            .add(lower(a).mul(w))
            .add(lower(b).mul(v))
            .intoArray(tile.lower, j);
        FloatVector.fromArray(FLOATS, tile.upper, j)
            .add(upper(a).mul(w))
            .add(upper(b).mul(v))
            .intoArray(tile.upper, j);
        seen = seen.or(carries(a)).or(carries(b));
      }
      tile.carried |= seen.reduceLanes(OR);
    }
  }

  /**
   * Rounds by the hardware: 2^13 times the power of two below |x| is added, so that the sum's last
   * bit is worth what a half's last bit is. The sum's mantissa then ends in the half's mantissa
   * with its leading one, and adding the sum's exponent, shifted down by 13, makes the half's bits
   * of it; 2048 in the number added brings the exponents' biases in line, modulo 64. Below 2^-14
   * the power stays, as it does for subnormal halves.
   */
  @SuppressWarnings("ArrayRecordComponent") // The kernel's currency is arrays.
  private record Round(short[] out) implements Stage {
    private static final int LEAST = 113 << 23;

    @Override
    public void over(Tile tile) {
      IntVector top = IntVector.zero(INTS);
      for (int j = 0; j < tile.pairs; j += INTS.length()) {
        IntVector low = FloatVector.fromArray(FLOATS, tile.lower, j).reinterpretAsInts();
        IntVector high = FloatVector.fromArray(FLOATS, tile.upper, j).reinterpretAsInts();
        IntVector lowPower = low.and(0x7f800000).max(LEAST);
        IntVector highPower = high.and(0x7f800000).max(LEAST);
        top = top.max(lowPower).max(highPower);
        half(low, lowPower)
            .and(0xffff)
            .or(half(high, highPower).lanewise(LSHL, 16))
            .or(low.lanewise(LSHR, 16).and(0x8000))
            .or(high.and(0x80000000))
            .reinterpretAsShorts()
            .intoArray(out, tile.from + 2 * j);
      }
      tile.greatest = top.reduceLanes(MAX);
    }

    private static IntVector half(IntVector bits, IntVector power) {
      IntVector sum =
          bits.and(0x7fffffff)
              .reinterpretAsFloats()
              .add(power.add((13 << 23) + 2048).reinterpretAsFloats())
              .reinterpretAsInts();
      return sum.add(sum.lanewise(LSHR, 13));
    }
  }

  /** Whether what was rounded was in range: powers cannot tell 65520, which is not, from 65504. */
  private record Judge() implements Stage {
    private static final int GREATEST = 142 << 23;

    @Override
    public void over(Tile tile) {
      tile.finite &= tile.greatest < GREATEST || (tile.greatest == GREATEST && isInRange(tile));
    }

    private static boolean isInRange(Tile tile) {
      for (int j = 0; j < tile.pairs; j++) {
        if (Math.abs(tile.lower[j]) >= 65520 || Math.abs(tile.upper[j]) >= 65520) {
          return false;
        }
      }
      return true;
    }
  }
}
