package io.medforge.plugin.audit;

/** A rule of thumb that a centre declares to have kept; worth a certificate of level 1, no more. */
public enum Safeguard {
  /** Gradients or updates were clipped to a norm. */
  CLIPPED_NORM,
  /** No class of fewer patients than the limit was released. */
  MINIMUM_CLASS_SIZE,
  /** Distilled examples began as noise, never as a patient. */
  STARTED_FROM_NOISE
}
