package io.medforge.cli;

import io.medforge.study.Progress;
import java.io.Console;
import java.time.Duration;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar on standard error, where that is a terminal, for work that has taken over two
 * seconds; otherwise silent. For one thread.
 */
public final class ProgressDisplay implements Progress, AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(2);
  private static final int REFRESH_MILLIS = 200;

  private final String task;
  private final boolean terminal;
  private final long begun = System.nanoTime();
  private @Nullable ProgressBar bar;

  private ProgressDisplay(String task, boolean terminal) {
    this.task = task;
    this.terminal = terminal;
  }

  /**
   * Begins.
   *
   * @param task what the bar is called
   * @return a display that its caller closes
   */
  public static ProgressDisplay of(String task) {
    return new ProgressDisplay(task, isTerminal());
  }

  @Override
  public void at(int step, int steps, String what) {
    if (!terminal || System.nanoTime() - begun < PATIENCE.toNanos()) {
      return;
    }
    if (bar == null) {
      bar =
          new ProgressBarBuilder()
              .setTaskName(task)
              .setInitialMax(steps)
              .setUpdateIntervalMillis(REFRESH_MILLIS)
              .setStyle(ProgressBarStyle.ASCII)
              .build();
    }
    bar.stepTo(step);
    bar.setExtraMessage(what);
  }

  @Override
  public void close() {
    if (bar != null) {
      bar.close();
    }
  }

  /** Before Java 22 a console is a terminal and may be missing; from then on it can be asked. */
  @SuppressWarnings("SystemConsoleNull") // Both are handled.
  private static boolean isTerminal() {
    Console console = System.console();
    if (console == null) {
      return false;
    }
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (ReflectiveOperationException e) {
      return true; // Before Java 22 a console is a terminal.
    }
  }
}
