package io.medforge.recovery;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.repository.RecordedRepository;
import io.medforge.plugin.PluginModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;

/**
 * A program in {@link FullFileSystemTest} whose disk fills up: offers until there is no space left,
 * looks whether the log is whole, gets a little more space, and goes on.
 */
public final class FillingProcess {
  private static final int FIRST_KIB = 512;
  private static final int STEP_KIB = 36;

  private final String kind;
  private final Path disk;
  private final Set<String> acknowledged = new TreeSet<>();
  private int next;
  private int full;

  private FillingProcess(String kind, Path disk) {
    this.kind = kind;
    this.disk = disk;
  }

  /**
   * Fills the disk, and says at the end how often it was full.
   *
   * @param arguments kind of repository, a file system of its own, and how often to fill it
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    FillingProcess process = new FillingProcess(arguments[0], Path.of(arguments[1]));
    int steps = Integer.parseInt(arguments[2]);
    for (int step = 0; step < steps; step++) {
      process.resize(FIRST_KIB + step * STEP_KIB);
      process.offerUntilFull();
      process.check();
    }
    process.resize(1 << 14);
    process.offer();
    process.check();
    System.out.println("whole after " + process.full + " times full");
  }

  private void resize(int kib) throws IOException, InterruptedException {
    Process mount =
        new ProcessBuilder("mount", "-o", "remount,size=" + kib + "k", disk.toString())
            .inheritIO()
            .start();
    if (mount.waitFor() != 0) {
      throw new IOException("expected to resize " + disk);
    }
  }

  private void offerUntilFull() {
    try {
      while (next < 10_000) {
        offer();
      }
    } catch (UncheckedIOException e) {
      if (!e.getMessage().contains("No space left on device")) {
        throw e;
      }
      full++;
    }
  }

  /** Offers the next contribution; the same one again where the last try failed. */
  private void offer() {
    Mainline<PluginModule> mainline = OfferingProcess.mainline(open());
    Contribution contribution = OfferingProcess.contribution(0, next);
    Admission<PluginModule> answer = mainline.offer(contribution);
    if (!(answer instanceof Admission.Admitted || answer instanceof Admission.Duplicate)) {
      throw new IllegalStateException("expected an admission, found " + answer);
    }
    acknowledged.add(contribution.module().id().toString());
    next++;
  }

  /** With the disk still full: everything acknowledged is there, and everything there is whole. */
  private void check() {
    RecordedRepository repository = open();
    repository
        .verify()
        .broken()
        .ifPresent(
            broken -> {
              throw new IllegalStateException("expected a whole log, found " + broken);
            });
    Set<String> found = new TreeSet<>();
    OfferingProcess.mainline(repository)
        .head()
        .contributions()
        .keySet()
        .forEach(plugin -> found.add(plugin.toString()));
    if (!found.containsAll(acknowledged) || found.size() > next + 1) {
      throw new IllegalStateException("expected " + acknowledged + ", found " + found);
    }
  }

  private RecordedRepository open() {
    return OfferingProcess.open(kind, disk.resolve("forge"));
  }
}
