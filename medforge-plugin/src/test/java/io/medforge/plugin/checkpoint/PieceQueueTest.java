package io.medforge.plugin.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Who computes what next: each piece once, and different files where there are some. */
class PieceQueueTest {
  private static final Tensor NONE = Tensor.of(Shape.of(1), 0f);

  /** Parts of so many pieces, each list in a file of its own. */
  private static List<PieceQueue.Part> parts(List<List<Integer>> files) {
    List<PieceQueue.Part> parts = new ArrayList<>();
    for (int file = 0; file < files.size(); file++) {
      for (int pieces : files.get(file)) {
        long bytes = (long) pieces * OutputTensor.PIECE_BYTES;
        String name = "t" + parts.size();
        parts.add(new PieceQueue.Part(parts.size(), new OutputTensor(name, NONE, file, 0, bytes)));
      }
    }
    return parts;
  }

  private static String nameOf(PieceQueue.@Nullable Piece piece) {
    return piece == null ? "none" : piece.part().output().name() + "." + piece.index();
  }

  @Property
  void givesEachPieceOnce(
      @ForAll @Size(max = 5) List<@Size(max = 4) List<@IntRange(min = 0, max = 3) Integer>> files,
      @ForAll @IntRange(min = 1, max = 4) int workers,
      @ForAll Random random) {
    List<PieceQueue.Part> parts = parts(files);
    PieceQueue queue = new PieceQueue(parts);
    Set<String> expected = new HashSet<>();
    for (PieceQueue.Part part : parts) {
      for (int piece = 0; piece < part.output().pieces(); piece++) {
        if (random.nextInt(3) == 0) {
          part.skip(piece);
        } else {
          expected.add(part.output().name() + "." + piece);
        }
      }
    }
    assertThat(queue.remainingBytes()).isEqualTo((long) expected.size() * OutputTensor.PIECE_BYTES);

    List<String> given = new ArrayList<>();
    List<PieceQueue.@Nullable Piece> last = new ArrayList<>();
    List<Integer> working = new ArrayList<>();
    for (int worker = 0; worker < workers; worker++) {
      last.add(null);
      working.add(worker);
    }
    while (!working.isEmpty()) {
      int worker = working.get(random.nextInt(working.size()));
      PieceQueue.Piece next = queue.next(last.get(worker));
      if (next == null) {
        working.remove((Integer) worker);
      } else {
        last.set(worker, next);
        given.add(nameOf(next));
      }
    }

    assertThat(given).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(queue.remainingBytes()).isZero();
  }

  @Test
  void workersStayInDifferentFilesWhileThereAreSome() {
    PieceQueue queue =
        new PieceQueue(parts(List.of(List.of(1, 2), List.of(1, 1), List.of(1), List.of(3))));

    PieceQueue.Piece one = queue.next(null);
    PieceQueue.Piece two = queue.next(null);
    assertThat(nameOf(one)).isEqualTo("t0.0");
    assertThat(nameOf(two)).isEqualTo("t2.0");
    two = queue.next(two);
    assertThat(nameOf(two)).as("its file").isEqualTo("t3.0");
    two = queue.next(two);
    assertThat(nameOf(two)).as("a file that no one writes to").isEqualTo("t4.0");
    one = queue.next(one);
    assertThat(nameOf(one)).as("its file").isEqualTo("t1.0");
    two = queue.next(two);
    assertThat(nameOf(two)).isEqualTo("t5.0");
    one = queue.next(one);
    assertThat(nameOf(one)).as("its tensor").isEqualTo("t1.1");
    one = queue.next(one);
    assertThat(nameOf(one)).as("helps").isEqualTo("t5.1");
    assertThat(nameOf(queue.next(two))).isEqualTo("t5.2");
    assertThat(queue.next(one)).isNull();
    assertThat(queue.next(null)).isNull();
  }

  @Test
  void oneFileIsSharedByTensors() {
    PieceQueue queue = new PieceQueue(parts(List.of(List.of(2, 2))));
    PieceQueue.Piece one = queue.next(null);
    PieceQueue.Piece two = queue.next(null);
    assertThat(nameOf(one)).isEqualTo("t0.0");
    assertThat(nameOf(two)).isEqualTo("t1.0");
    assertThat(nameOf(queue.next(one))).isEqualTo("t0.1");
    assertThat(nameOf(queue.next(two))).isEqualTo("t1.1");
  }
}
