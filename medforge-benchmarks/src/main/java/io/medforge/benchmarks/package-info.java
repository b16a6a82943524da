/**
 * JMH benchmarks: {@code java -jar medforge-benchmarks/target/benchmarks.jar}.
 *
 * <p>Conventions: each benchmark method returns what it computed, and a unit test holds that answer
 * against an oracle; inputs are seeded; no input is subnormal, since those would measure the
 * processor's slow path. Results of real runs stand under {@code results/}, each with its machine.
 */
@NullMarked
package io.medforge.benchmarks;

import org.jspecify.annotations.NullMarked;
