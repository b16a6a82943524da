package io.medforge.forge.admission;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A way to stamp a possible trigger onto inputs: some elements of every example set to an extreme
 * of the batch. For images {@code [n, ..., h, w]} a square of a quarter of each side in a corner or
 * the middle; for rows {@code [n, f]} an eighth of the features.
 *
 * @param name for the findings
 * @param elements which elements of an example
 * @param highest whether the batch's largest value is stamped, else its smallest
 */
record TriggerProbe(String name, List<Integer> elements, boolean highest) {
  private static final int BLOCKS = 8;

  /** The probes for inputs of a shape. */
  static List<TriggerProbe> bank(Shape inputs) {
    long[] shape = inputs.toArray();
    List<TriggerProbe> bank = new ArrayList<>();
    int size = Math.toIntExact(inputs.elements() / shape[0]);
    if (shape.length >= 3) {
      int h = (int) shape[shape.length - 2];
      int w = (int) shape[shape.length - 1];
      int[] tops = {0, 0, h - side(h), h - side(h), (h - side(h)) / 2};
      int[] lefts = {0, w - side(w), 0, w - side(w), (w - side(w)) / 2};
      for (int i = 0; i < tops.length; i++) {
        String where = "square at " + tops[i] + "," + lefts[i];
        both(bank, where, square(size, h, w, tops[i], lefts[i]));
      }
    } else {
      int blocks = Math.min(BLOCKS, size);
      for (int b = 0; b < blocks; b++) {
        List<Integer> block = new ArrayList<>();
        for (int i = b * size / blocks; i < (b + 1) * size / blocks; i++) {
          block.add(i);
        }
        String where = "features " + block.get(0) + " to " + block.get(block.size() - 1);
        both(bank, where, block);
      }
    }
    return bank;
  }

  private static int side(int length) {
    return Math.max(1, length / 4);
  }

  private static List<Integer> square(int size, int h, int w, int top, int left) {
    List<Integer> elements = new ArrayList<>();
    for (int plane = 0; plane < size / (h * w); plane++) {
      for (int y = top; y < top + side(h); y++) {
        for (int x = left; x < left + side(w); x++) {
          elements.add(plane * h * w + y * w + x);
        }
      }
    }
    return elements;
  }

  private static void both(List<TriggerProbe> bank, String where, List<Integer> elements) {
    bank.add(new TriggerProbe(where + " high", elements, true));
    bank.add(new TriggerProbe(where + " low", elements, false));
  }

  /** The inputs of a set with the trigger on every example. */
  ModelInput stamp(DistilledSet set) {
    Tensor values = set.inputs().values();
    float[] stamped = new float[Math.toIntExact(values.shape().elements())];
    values.read(0, stamped, 0, stamped.length);
    float low = Float.POSITIVE_INFINITY;
    float high = Float.NEGATIVE_INFINITY;
    for (float value : stamped) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    int size = stamped.length / set.size();
    for (int row = 0; row < set.size(); row++) {
      for (int element : elements) {
        stamped[row * size + element] = highest ? high : low;
      }
    }
    return new ModelInput(Tensor.of(values.shape(), Arrays.copyOf(stamped, stamped.length)));
  }
}
