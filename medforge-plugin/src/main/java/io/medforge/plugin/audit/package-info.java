/**
 * What a plugin module and a distilled set give away about the patients behind them: attacks, run
 * inside the hospital, with intervals and a verdict.
 *
 * <p>Conventions of this package:
 *
 * <ul>
 *   <li>Legend: <i>members</i> are the patients that the module was trained on, <i>strangers</i>
 *       are patients of the same kind that it never saw; m and n are their numbers. A score is
 *       higher the more it speaks for a member.
 *   <li>Intervals hold 95 % two-sided. Proportions are Clopper and Pearson's (Biometrika 1934).
 *   <li>An AUC keeps its direction: 0.3 is never reported as 0.7. Rates at a low false positive
 *       rate are read off the step curve without interpolation, and equal scores stand or fall
 *       together.
 *   <li><b>Only statistics leave</b>: no result holds a number of one patient, no message carries a
 *       value.
 *   <li>The same inputs and seed give the same report, byte for byte.
 * </ul>
 */
@NullMarked
package io.medforge.plugin.audit;

import org.jspecify.annotations.NullMarked;
