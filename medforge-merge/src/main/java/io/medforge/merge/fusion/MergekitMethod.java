package io.medforge.merge.fusion;

/** mergekit's methods on task vectors, and their defaults. */
enum MergekitMethod {
  TASK_ARITHMETIC(Kept.ALL, false, false, false),
  TIES(Kept.LARGEST, true, true, false),
  BREADCRUMBS(Kept.WITHOUT_OUTLIERS, false, false, false),
  BREADCRUMBS_TIES(Kept.WITHOUT_OUTLIERS, true, false, false),
  DARE_LINEAR(Kept.AT_RANDOM, false, false, true),
  DARE_TIES(Kept.AT_RANDOM, true, false, true),
  DELLA_LINEAR(Kept.BY_RANK, false, false, true),
  DELLA(Kept.BY_RANK, true, true, true);

  /** Which elements of a task vector stay. */
  enum Kept {
    ALL,
    LARGEST,
    WITHOUT_OUTLIERS,
    AT_RANDOM,
    BY_RANK
  }

  final Kept kept;
  final boolean elects;
  final boolean normalizes;
  final boolean rescales;

  MergekitMethod(Kept kept, boolean elects, boolean normalizes, boolean rescales) {
    this.kept = kept;
    this.elects = elects;
    this.normalizes = normalizes;
    this.rescales = rescales;
  }
}
