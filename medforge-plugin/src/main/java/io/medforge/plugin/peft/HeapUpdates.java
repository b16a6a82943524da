package io.medforge.plugin.peft;

import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;

/** Copies of updates that do not need their file. */
final class HeapUpdates {
  private HeapUpdates() {}

  static Update of(Update update) {
    if (update instanceof LowRankUpdate lora) {
      return new LowRankUpdate(
          TensorContent.onHeap(lora.a()),
          TensorContent.onHeap(lora.b()),
          lora.scaling(),
          lora.layout());
    }
    if (update instanceof Replacement whole) {
      return new Replacement(TensorContent.onHeap(whole.tensor()), whole.labels());
    }
    return new DenseUpdate(TensorContent.onHeap(((DenseUpdate) update).delta()));
  }
}
