package io.medforge.forge.admission;

import io.medforge.forge.AdmissionCheck;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Admits what is small enough to keep and to merge.
 *
 * @param bytes at most, of the stored tensors of module and distilled set together
 * @param rank at most, of any layer
 * @param examples at most, of the distilled set
 */
public record SizeCheck(long bytes, long rank, int examples) implements AdmissionCheck {
  /**
   * Checks the bounds.
   *
   * @param bytes at most, of the stored tensors of module and distilled set together
   * @param rank at most, of any layer
   * @param examples at most, of the distilled set
   * @throws IllegalArgumentException if one is below 1
   */
  public SizeCheck {
    if (bytes < 1 || rank < 1 || examples < 1) {
      throw new IllegalArgumentException(
          "expected bounds of at least 1, found " + bytes + ", " + rank + ", " + examples);
    }
  }

  @Override
  public List<Finding> examine(Contribution offered, List<Contribution> admitted) {
    List<Finding> findings = new ArrayList<>();
    long foundBytes = bytes(offered.distilled().inputs().values());
    long foundRank = 0;
    for (Update update : offered.module().updates().values()) {
      foundBytes += tensors(update).mapToLong(SizeCheck::bytes).sum();
      if (update instanceof LowRankUpdate lowRank) {
        foundRank = Math.max(foundRank, lowRank.rank());
      }
    }
    compare("bytes", bytes, foundBytes, offered, findings);
    compare("rank", rank, foundRank, offered, findings);
    compare("examples", examples, offered.distilled().size(), offered, findings);
    return findings;
  }

  private static void compare(
      String what, long most, long found, Contribution offered, List<Finding> findings) {
    if (found > most) {
      findings.add(
          new FindingDraft("size")
              .number(what, (double) found)
              .number("most " + what, (double) most)
              .refuse(
                  "expected at most "
                      + most
                      + " ("
                      + what
                      + "), found "
                      + found
                      + ", at plugin "
                      + offered.module().id()));
    }
  }

  private static Stream<Tensor> tensors(Update update) {
    if (update instanceof LowRankUpdate lowRank) {
      return Stream.of(lowRank.a(), lowRank.b());
    }
    return Stream.of(
        update instanceof DenseUpdate dense ? dense.delta() : ((Replacement) update).tensor());
  }

  private static long bytes(Tensor tensor) {
    return tensor.dtype().byteSize(tensor.shape());
  }
}
