package io.medforge.study;

/** Counts the steps of a study for whoever watches. For one thread. */
final class StudySteps {
  private final Progress progress;
  private final int steps;
  private int done;

  StudySteps(Progress progress, int steps) {
    this.progress = progress;
    this.steps = steps;
  }

  void next(String what) {
    progress.at(done++, steps, what);
  }
}
