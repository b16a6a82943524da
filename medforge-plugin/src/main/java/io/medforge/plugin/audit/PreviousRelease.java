package io.medforge.plugin.audit;

import io.medforge.runtime.DistilledSet;
import java.util.List;

/**
 * What the centre released before, of which an attacker can take the difference. Immutable.
 *
 * @param distilled the distilled set of then
 * @param classCounts how many patients of each class stood behind it
 */
public record PreviousRelease(DistilledSet distilled, List<Integer> classCounts) {
  /**
   * Copies and checks.
   *
   * @param distilled the distilled set of then
   * @param classCounts how many patients of each class stood behind it
   * @throws IllegalArgumentException if there is not one count per class, or one is negative
   */
  public PreviousRelease {
    classCounts = List.copyOf(classCounts);
    if (classCounts.size() != distilled.labels().size()
        || classCounts.stream().anyMatch(count -> count < 0)) {
      throw new IllegalArgumentException(
          "expected a count of at least 0 for each of "
              + distilled.labels().size()
              + " classes, found "
              + classCounts);
    }
  }
}
