/** The mathematics of MedForge. Only packages listed here are public; the kernel is not. */
@SuppressWarnings("requires-automatic") // Hipparchus ships no module descriptor yet
module io.medforge.merge {
  requires transitive io.medforge.api;
  requires com.google.common;
  requires hipparchus.core;
  requires hipparchus.optim;
  requires org.slf4j;

  exports io.medforge.forge.admission;
  exports io.medforge.forge.governance;
  exports io.medforge.forge.mainline;
  exports io.medforge.forge.valuation;
  exports io.medforge.merge.alignment;
  exports io.medforge.merge.checkpoint;
  exports io.medforge.merge.fusion;
  exports io.medforge.merge.mixture;
}
