package io.medforge.study;

/**
 * A finished row of the table, before anybody has looked at a test patient.
 *
 * @param name as the table calls it
 * @param kind what sort of method it is
 * @param classifier what answers
 * @param traffic what it sent
 */
record Method(String name, Kind kind, Classifier classifier, Traffic traffic) {
  /** Sorts of methods. */
  enum Kind {
    /** The public base, no hospital's patients seen. */
    BASE,
    /** One hospital's plugin module. */
    PLUGIN,
    /** All training patients in one place: what privacy forbids. */
    POOLED,
    /** Federated averaging of all parameters. */
    FEDAVG,
    /** One merged module. */
    FUSION,
    /** All modules behind the memory gate: weighed per patient. */
    MIXTURE,
    /** All modules behind static weights fitted to the synthetic examples. */
    FITTED_MIXTURE,
    /** All modules behind the static weights of MedForge's Mixture as published. */
    PUBLISHED_MIXTURE,
    /** All modules, each counting the same: what the other gates are compared with. */
    UNIFORM_MIXTURE
  }
}
