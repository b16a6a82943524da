package io.medforge.plugin.branch;

/** Is told how a distillation goes on. */
@FunctionalInterface
public interface DistillationListener {
  /**
   * Is called after each step, by the thread that distils; what it throws ends the distillation.
   *
   * @param progress where the distillation stands
   */
  void after(DistillationProgress progress);
}
