/**
 * Who gets into the main branch: checks on what is offered and on the item that would come of it,
 * composed by an {@link io.medforge.forge.admission.AdmissionPolicy}.
 *
 * <p>Conventions: every check is one small class behind {@link io.medforge.forge.AdmissionCheck}
 * (looks at the contribution alone and the admitted ones) or {@link
 * io.medforge.forge.admission.CandidateCheck} (looks at the merged item too). The gravest finding
 * decides, none buys another off, and a check that fails has not said yes. What is certainly wrong
 * is refused; what is merely unusual is quarantined, since the outlier may be the only children's
 * hospital. A finding carries the numbers it rests on.
 */
@NullMarked
package io.medforge.forge.admission;

import org.jspecify.annotations.NullMarked;
