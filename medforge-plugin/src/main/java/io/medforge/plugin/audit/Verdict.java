package io.medforge.plugin.audit;

import java.util.Collection;

/** What an audit concludes. Anything but {@link #PASS} is no permission. */
public enum Verdict {
  /** The interval lies wholly on the harmless side of the limit. */
  PASS,
  /** The interval reaches across the limit: so small a cohort supports no claim either way. */
  INCONCLUSIVE,
  /** The interval lies wholly on the harmful side of the limit. */
  FAIL;

  /** The worst of several; of none, {@link #INCONCLUSIVE}, as nothing was shown. */
  static Verdict worst(Collection<Verdict> verdicts) {
    return verdicts.stream().max(Verdict::compareTo).orElse(INCONCLUSIVE);
  }
}
