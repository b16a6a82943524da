/**
 * A centre's own work on its branch: trains plugin modules and base models, and distils synthetic
 * examples, both also with differential privacy. Runs inside the hospital; of what these methods
 * return, modules and distilled sets are meant to leave, reports and checkpoints are not.
 *
 * <p>Conventions of this package:
 *
 * <ul>
 *   <li>Legend: n = rows, r = rank, d = out, k = in.
 *   <li><b>Reproducible</b>: the same data, options and seed give the same bytes in every run, with
 *       any heap, on one kind of processor. All randomness comes from seeded generators in Java,
 *       none from the engine (private mechanisms alone take theirs from a {@link
 *       io.medforge.plugin.branch.NoiseSource} that cannot be repeated); the optimiser's arithmetic
 *       is done in Java; the engine computes with a fixed number of threads (see {@link
 *       io.medforge.runtime.djl.DjlEngine}).
 *   <li><b>Discreet</b>: no message, exception or provenance carries a value of a patient; they
 *       name rows and columns only.
 *   <li>Engine types appear in no signature; a network is described by {@link
 *       io.medforge.runtime.djl.Network}. Gradients are computed by one training at a time per JVM,
 *       a limit of DJL; trainings on several threads take turns step by step.
 * </ul>
 */
@NullMarked
package io.medforge.plugin.branch;

import org.jspecify.annotations.NullMarked;
