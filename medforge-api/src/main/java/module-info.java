/** Contracts and values of MedForge; depends on nothing but the JSpecify annotations. */
module io.medforge.api {
  requires static transitive org.jspecify;
// Exports follow here, one line each, as the packages get their first class.
}
