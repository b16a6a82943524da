/** Contracts and values of MedForge; depends on nothing but the JSpecify annotations. */
module io.medforge.api {
  requires static transitive org.jspecify;

  exports io.medforge.forge;
  exports io.medforge.merge;
  exports io.medforge.plugin;
  exports io.medforge.runtime;
}
