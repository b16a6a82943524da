/**
 * The multi-centre study: real patients' measurements, three simulated hospitals, and the table
 * that compares what each learned alone with what came of merging.
 *
 * <p>Conventions: class 0 is malignant and is the positive class throughout, as in the data file; a
 * score is the predicted probability of malignancy; a patient counts as called malignant from 0.5
 * on. Every random draw comes from {@link java.util.Random} with a seed derived from the study's
 * seed and a name ({@link io.medforge.study.Seeds}), so equal seeds give equal tables. Test
 * patients are reached only through {@link io.medforge.study.SealedTest}, which nothing but the
 * final table opens.
 */
@NullMarked
package io.medforge.study;

import org.jspecify.annotations.NullMarked;
