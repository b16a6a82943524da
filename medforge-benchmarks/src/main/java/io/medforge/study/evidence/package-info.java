/**
 * What every suite of evidence shares: test patients that are opened once, methods that are
 * finished before, the table of what they answered with intervals, and its forms: JSON, CSV, one
 * page.
 *
 * <p>Conventions: class 0 is the finding looked for; a score is its predicted probability; a
 * patient is called from 0.5 on. A method may have been run with several seeds: its value is the
 * mean over the seeds, and its interval a bootstrap of the patients, the same resamples for all
 * methods. Equal seeds give equal tables, on every JDK.
 */
@NullMarked
package io.medforge.study.evidence;

import org.jspecify.annotations.NullMarked;
