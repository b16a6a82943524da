package io.medforge.benchmarks;

import io.medforge.merge.Merged;
import io.medforge.merge.PluginSet;
import io.medforge.merge.fusion.Fusion;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.OpenAdapter;
import io.medforge.plugin.peft.PeftAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** Run in a JVM of its own: fuses the adapters named but the last, which is written. */
final class FuseLargeAdapters {
  private FuseLargeAdapters() {}

  public static void main(String[] args) {
    ExecutorService threads = Executors.newFixedThreadPool(2);
    List<OpenAdapter> open = new ArrayList<>();
    try {
      for (int i = 0; i < args.length - 1; i++) {
        open.add(
            PeftAdapter.reader(Path.of(args[i])).id(new PluginId("centre-" + i, "t", "1")).open());
      }
      PluginSet plugins = PluginSet.of(open.stream().map(OpenAdapter::module).toList());
      Merged<PluginModule> merged =
          Fusion.average().rank(DrawnAdapters.RANK).executor(threads).build().merge(plugins);
      PeftAdapter.write(merged.value(), Path.of(args[args.length - 1]));
    } finally {
      open.forEach(OpenAdapter::close);
      threads.shutdownNow();
    }
  }
}
