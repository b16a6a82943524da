package io.medforge.cli.centre;

import org.jspecify.annotations.Nullable;

/**
 * How a distilled set came to be; it stays in the hospital. Immutable.
 *
 * @param distilled the set's digest
 * @param perClass rows of each class
 * @param steps of optimisation
 * @param seed of its start and its random networks
 * @param spending what it cost, if it was made privately
 * @param accuracy of a probe trained on it, on the validation rows, if there are any
 * @param accuracyOfPatients of a probe trained on the patients instead
 * @param majority of always answering the commonest class
 */
record DistillationRecord(
    String distilled,
    int perClass,
    int steps,
    long seed,
    @Nullable Spending spending,
    @Nullable Double accuracy,
    @Nullable Double accuracyOfPatients,
    @Nullable Double majority) {}
