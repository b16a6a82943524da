package io.medforge.cli;

/** What may stand after {@code --gate}. */
enum GateName {
  UNIFORM("uniform"),
  FITTED("fitted"),
  CALIBRATED("calibrated"),
  PER_TASK("per-task"),
  MEMORY("memory"),
  NEAREST("nearest"),
  CONFIDENCE("confidence"),
  PUBLISHED("published");

  private final String text;

  GateName(String text) {
    this.text = text;
  }

  @Override
  public String toString() {
    return text;
  }
}
