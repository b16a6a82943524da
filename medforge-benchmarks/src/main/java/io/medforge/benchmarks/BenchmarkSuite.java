package io.medforge.benchmarks;

import java.util.Locale;

/** Which benchmarks belong together; each belongs to one suite. */
enum BenchmarkSuite {
  /** Weighted sums in memory, in vector code or not as parameters say; in rounds, beside C. */
  KERNEL("(WeightedSum|NarrowSum)Benchmark", false),
  /** LoRA modules into one, in memory, and the dense way for comparison. */
  FUSION("(ProductFusion|DenseTies|DenseSvd)Benchmark", false),
  /** Procrustes, shared subspaces, conflict reports. */
  ALIGNMENT("AlignmentBenchmark", false),
  /** Gates of a mixture. */
  MIXTURE("(FittedGate|MemoryGate)Benchmark", false),
  /** From file to file: adapters and whole models. */
  IO("(AdapterFiles|ModelFiles)Benchmark", true),
  /** The main branch. */
  FORGE("Forge(Ledger|Offer)Benchmark", false),
  /** Steps of training and distillation; needs medforge.jar on the class path, for PyTorch. */
  TRAINING("(TrainingStep|DistillationStep)Benchmark", false);

  private final String classes;
  private final boolean vectors;

  BenchmarkSuite(String classes, boolean vectors) {
    this.classes = classes;
    this.vectors = vectors;
  }

  /** JMH's include pattern: a regular expression found in the benchmark's full name. */
  String pattern() {
    return "\\." + classes + "\\.";
  }

  /** Whether it also runs with the Vector API, which some kernels use where it is on. */
  boolean usesVectors() {
    return vectors;
  }

  /** As options and file names say it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
