package io.medforge.plugin.peft;

/** Names of the facts that a PEFT folder adds to a module's provenance. */
final class Facts {
  /** The configuration's {@code task_type}. */
  static final String TASK_TYPE = "peft.task_type";

  /** The configuration's {@code revision}, of the base. */
  static final String REVISION = "peft.revision";

  /** The configuration's {@code peft_version}. */
  static final String PEFT_VERSION = "peft.peft_version";

  /** Begins the names of facts that come from the tensor file's metadata. */
  static final String METADATA = "safetensors.";

  private Facts() {}
}
