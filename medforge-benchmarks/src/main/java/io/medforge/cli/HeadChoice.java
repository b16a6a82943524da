package io.medforge.cli;

/** What a fusion does with heads, the layers that were trained whole. */
enum HeadChoice {
  /** Averaged within one label space; heads of different label spaces are kept apart. */
  AVERAGE("average"),
  /** Never merged: every plugin's head is kept beside the merged adapter. */
  KEEP("keep"),
  /** A plugin with a head is refused by name. */
  REFUSE("refuse");

  private final String text;

  HeadChoice(String text) {
    this.text = text;
  }

  /**
   * A choice by its name.
   *
   * @param text its name
   * @return the choice
   * @throws IllegalArgumentException if there is none of this name
   */
  static HeadChoice of(String text) {
    return Named.find("heads", text, values());
  }

  @Override
  public String toString() {
    return text;
  }
}
