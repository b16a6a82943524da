package io.medforge.merge.checkpoint;

import com.google.common.base.Throwables;
import io.medforge.merge.IncompatiblePluginsException;
import io.medforge.merge.MergeRecord;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.DType;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Provenance;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.Update;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** One extraction: sorts the tensors, plans, and factors them, several at a time. */
final class ExtractionRun {
  private static final int NAMED = 5;
  private static final int PASSES = 4; // One to see whether it changed, three to factor it.

  private final AdapterExtraction.Builder settings;
  private final SortedMap<String, String> parameters;
  private final ModelTensors base;
  private final ModelTensors trained;
  private final TilePool pool = new TilePool(2);
  private final List<ChangedTensor> factored = new ArrayList<>();
  private final List<ChangedTensor> whole = new ArrayList<>();
  private final SortedMap<String, Update> updates = new TreeMap<>();
  private final SortedMap<String, MergeRecord.Layer> layers = new TreeMap<>();
  private final SortedSet<String> unchanged = new TreeSet<>();
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final ExtractionPlan plan;
  private int done;

  /** What became of a tensor: nothing, factors, or neither. */
  private record Found(
      ChangedTensor tensor, boolean changed, Optional<ChangedTensor.Factored> as) {}

  ExtractionRun(
      AdapterExtraction.Builder settings,
      SortedMap<String, String> parameters,
      ModelTensors base,
      ModelTensors trained) {
    this.settings = settings;
    this.parameters = parameters;
    this.base = base;
    this.trained = trained;
    for (Map.Entry<String, Tensor> entry : base.tensors().entrySet()) {
      if (TensorSources.isReal(entry.getValue().dtype())) {
        ChangedTensor tensor = difference(entry.getKey());
        boolean matrix =
            entry.getValue().shape().dimensions() >= 2 && entry.getValue().shape().elements() > 0;
        (matrix && settings.chooses(entry.getKey()) ? factored : whole).add(tensor);
      }
    }
    this.plan = planned();
  }

  private ChangedTensor difference(String name) {
    Tensor before = Objects.requireNonNull(base.tensors().get(name));
    Tensor after = Objects.requireNonNull(trained.tensors().get(name));
    Tensor difference =
        new MergedTensor(
            new TensorSources(
                name, List.of(base.name(), trained.name()), List.of(before, after), pool),
            new DifferenceRule(),
            DType.F32);
    return new ChangedTensor(
        name, difference, after, () -> stopped.get() || settings.cancelled().getAsBoolean());
  }

  ExtractionPlan plan() {
    return plan;
  }

  private ExtractionPlan planned() {
    long working = 0;
    long adapter = 0;
    for (ChangedTensor tensor : factored) {
      working = Math.max(working, tensor.workingBytes(settings.rank));
      adapter += tensor.factorBytes(settings.rank, settings.type());
    }
    working += pool.bytesPerThread();
    if (adapter + working > settings.memory()) {
      throw new IllegalArgumentException(
          "expected a memory budget of at least "
              + (adapter + working)
              + " bytes for an adapter of "
              + adapter
              + " and what factoring its largest tensor takes, found "
              + settings.memory());
    }
    int atATime = (int) Math.min(settings.parallelism(), (settings.memory() - adapter) / working);
    return new ExtractionPlan(
        names(factored),
        names(whole),
        bytes(base) + bytes(trained),
        PASSES,
        atATime,
        adapter + atATime * working);
  }

  private static long bytes(ModelTensors model) {
    return model.tensors().values().stream().mapToLong(t -> t.dtype().byteSize(t.shape())).sum();
  }

  private static List<String> names(List<ChangedTensor> tensors) {
    return tensors.stream().map(ChangedTensor::name).toList();
  }

  ExtractedAdapter extract(PluginId id, BaseModel named) {
    List<ChangedTensor> remaining = new ArrayList<>();
    for (ChangedTensor tensor : whole) {
      if (tensor.isChanged()) {
        remaining.add(tensor);
      } else {
        unchanged.add(tensor.name());
      }
    }
    checkRemainder(remaining, "without factors");
    List<ChangedTensor> high = new ArrayList<>();
    for (Found found : factorAll()) {
      if (!found.changed()) {
        unchanged.add(found.tensor().name());
      } else if (found.as().isPresent()) {
        updates.put(found.tensor().name(), found.as().get().update());
        layers.put(found.tensor().name(), found.as().get().layer());
      } else {
        high.add(found.tensor());
      }
    }
    checkRemainder(high, "of which rank " + settings.rank + " keeps less than " + settings.keep());
    remaining.addAll(high);
    remaining.forEach(tensor -> keepWhole(tensor, id));
    if (updates.isEmpty()) {
      throw new IncompatiblePluginsException(
          "expected a model that differs from "
              + base.name()
              + ", found the same, at "
              + trained.name());
    }
    PluginModule module = PluginModule.of(id, named, updates, Provenance.unknown());
    return new ExtractedAdapter(module, layers, unchanged, parameters);
  }

  private void keepWhole(ChangedTensor tensor, PluginId id) {
    updates.put(
        tensor.name(),
        settings.remainder() == AdapterExtraction.Remainder.DELTA
            ? new DenseUpdate(tensor.difference())
            : new Replacement(tensor.trained(), LabelSpace.unstated(id)));
    layers.put(tensor.name(), tensor.whole());
  }

  private void checkRemainder(List<ChangedTensor> remaining, String what) {
    if (remaining.isEmpty() || settings.remainder() != AdapterExtraction.Remainder.REFUSE) {
      return;
    }
    List<String> names = names(remaining);
    String more = names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "";
    throw new IncompatiblePluginsException(
        "expected changes of low rank only, or a word on what becomes of others (replacement or"
            + " delta), found changed tensors "
            + what
            + ": "
            + String.join(", ", names.subList(0, Math.min(NAMED, names.size())))
            + more
            + ", at "
            + trained.name());
  }

  /** In the order of the tensors, whatever the threads. */
  private List<Found> factorAll() {
    Found[] found = new Found[factored.size()];
    AtomicInteger next = new AtomicInteger();
    Runnable work =
        () -> {
          try {
            for (int i = next.getAndIncrement(); i < found.length; i = next.getAndIncrement()) {
              found[i] = factor(factored.get(i));
              tell(found[i]);
            }
          } catch (RuntimeException | Error e) {
            stopped.set(true);
            throw e;
          }
        };
    ExecutorService executor = settings.executor();
    if (executor == null) {
      work.run();
    } else {
      runOn(executor, work);
    }
    return List.of(found);
  }

  private synchronized void tell(Found found) {
    done++;
    settings.tell(new AdapterExtraction.Progress(done, factored.size(), found.tensor().name()));
  }

  private Found factor(ChangedTensor tensor) {
    if (!tensor.isChanged()) {
      return new Found(tensor, false, Optional.empty());
    }
    boolean matrix = tensor.difference().shape().dimensions() == 2;
    LowRankUpdate.Layout layout = matrix ? settings.layout() : LowRankUpdate.Layout.OUT_IN;
    return new Found(
        tensor, true, tensor.factored(settings.rank, settings.keep(), layout, settings.type()));
  }

  /** Waits for all, so that no thread reads a model that the caller closes. */
  private void runOn(ExecutorService executor, Runnable work) {
    List<Future<?>> running = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    try {
      for (int i = 0; i < plan.parallelism(); i++) {
        running.add(executor.submit(work));
      }
    } catch (RuntimeException e) {
      stopped.set(true);
      failures.add(e);
    }
    boolean interrupted = false;
    for (Future<?> each : running) {
      interrupted |= finish(each, failures);
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    // What stopped the others comes before their being stopped.
    failures.sort(Comparator.comparing(e -> e instanceof CancellationException));
    for (Throwable failure : failures) {
      Throwables.throwIfUnchecked(failure);
      throw new IllegalStateException(failure);
    }
  }

  /** Whether this thread was interrupted meanwhile, which stops all. */
  private boolean finish(Future<?> each, List<Throwable> failures) {
    boolean interrupted = false;
    while (true) {
      try {
        each.get();
        return interrupted;
      } catch (InterruptedException e) {
        interrupted = true;
        stopped.set(true);
      } catch (ExecutionException e) {
        failures.add(e.getCause() == null ? e : e.getCause());
        return interrupted;
      }
    }
  }
}
