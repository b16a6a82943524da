/**
 * Holds the code to the design: who may import whom, what a public signature may name, what the
 * modules export, what no library may do. Every rule has a test that plants a violation, so a rule
 * that no longer bites is noticed.
 */
@NullMarked
package io.medforge.architecture;

import org.jspecify.annotations.NullMarked;
