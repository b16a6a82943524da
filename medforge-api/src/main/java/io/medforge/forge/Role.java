package io.medforge.forge;

/** In whose name somebody approves or vetoes. */
public enum Role {
  /** A centre that contributes modules. */
  CONTRIBUTOR,
  /** Who keeps the main branch and answers for it. */
  MAINTAINER,
  /** Who answers for clinical safety. */
  SAFETY,
  /** Who answers for patients' privacy. */
  PRIVACY
}
