package io.medforge.forge.admission;

import io.medforge.merge.Merged;
import io.medforge.plugin.Digest;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.Outputs;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Answers to distilled sets, asked once per model and set while they are remembered: the item
 * before an offer was the one after the last. Thread-safe.
 */
final class RememberedAnswers<R> {
  private static final int REMEMBERED = 4096;

  private record Asked(Optional<Digest> model, Digest set) {}

  private final ItemAnswers<R> answers;
  private final Map<Asked, Outputs> known =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Asked, Outputs> eldest) {
          return size() > REMEMBERED;
        }
      };

  RememberedAnswers(ItemAnswers<R> answers) {
    this.answers = answers;
  }

  Outputs answer(Optional<Merged<R>> model, DistilledSet set) {
    Asked asked = new Asked(model.map(each -> each.record().result()), set.digest());
    synchronized (known) {
      Outputs before = known.get(asked);
      if (before != null) {
        return before;
      }
    }
    Outputs outputs = answers.answer(model.map(Merged::value), set.inputs());
    synchronized (known) {
      known.put(asked, outputs);
    }
    return outputs;
  }
}
