package io.medforge.cli;

import io.medforge.merge.mixture.MixtureModel;
import io.medforge.merge.mixture.OutputMemory;

/**
 * A mixture as it is kept: the model and the memory it was fitted on.
 *
 * @param model the plugins, the gate and the pool
 * @param memory what the plugins answered on the distilled sets
 */
public record StoredMixture(MixtureModel model, OutputMemory memory) {}
