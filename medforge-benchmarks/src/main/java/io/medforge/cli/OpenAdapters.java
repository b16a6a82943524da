package io.medforge.cli;

import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.AdapterReader;
import io.medforge.plugin.peft.OpenAdapter;
import io.medforge.plugin.peft.PeftAdapter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The adapters of one command, open, in the order given. Folders that PEFT wrote carry no id and
 * are named after the folder; where two of those names are the same, the later gets a number.
 */
final class OpenAdapters implements AutoCloseable {
  private static final String UNNAMED_CENTRE = "local";

  private final List<OpenAdapter> open = new ArrayList<>();

  private OpenAdapters() {}

  /**
   * Opens adapters.
   *
   * @param folders theirs
   * @param base the base's name where a folder does not state it
   * @return the open adapters, which their caller closes
   * @throws IllegalArgumentException if a folder is given twice
   */
  static OpenAdapters open(List<Path> folders, Optional<String> base) {
    checkDistinct(folders);
    OpenAdapters adapters = new OpenAdapters();
    try {
      for (Path folder : folders) {
        adapters.add(folder, base);
      }
      return adapters;
    } catch (RuntimeException | Error e) {
      adapters.close();
      throw e;
    }
  }

  /** The modules, in the order given. */
  List<PluginModule> modules() {
    return open.stream().map(OpenAdapter::module).toList();
  }

  @Override
  public void close() {
    open.forEach(OpenAdapter::close);
  }

  private void add(Path folder, Optional<String> base) {
    OpenAdapter adapter = reader(folder, base).open();
    PluginId id = adapter.module().id();
    if (id.centre().equals(UNNAMED_CENTRE) && isTaken(id)) {
      adapter.close();
      adapter = reader(folder, base).id(free(id)).open();
    }
    open.add(adapter);
  }

  private static AdapterReader reader(Path folder, Optional<String> base) {
    AdapterReader reader = PeftAdapter.reader(folder);
    return base.map(reader::baseName).orElse(reader);
  }

  private boolean isTaken(PluginId id) {
    return modules().stream().anyMatch(module -> module.id().equals(id));
  }

  private PluginId free(PluginId id) {
    int number = 2;
    PluginId numbered = id;
    while (isTaken(numbered)) {
      numbered = new PluginId(id.centre(), id.name(), Integer.toString(number++));
    }
    return numbered;
  }

  private static void checkDistinct(List<Path> folders) {
    Set<Path> seen = new TreeSet<>();
    for (Path folder : folders) {
      if (!seen.add(real(folder))) {
        throw new IllegalArgumentException(
            "expected each adapter once, found one twice, at " + folder);
      }
    }
  }

  /** The folder itself, whatever links lead there. */
  static Path real(Path folder) {
    try {
      return folder.toRealPath();
    } catch (IOException e) {
      throw new UncheckedIOException("opening " + folder, e);
    }
  }
}
