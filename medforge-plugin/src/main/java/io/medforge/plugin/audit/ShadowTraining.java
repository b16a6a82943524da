package io.medforge.plugin.audit;

import io.medforge.plugin.PluginModule;

/**
 * Trains a shadow: a plugin made exactly as the audited one was, but on other patients. The attacks
 * are as strong as the shadows are alike, so settings must be the audited plugin's own.
 */
@FunctionalInterface
public interface ShadowTraining {
  /**
   * Trains on part of the pool.
   *
   * @param part half of the members and strangers
   * @param index which shadow this is, from 0: a seed for what is random
   * @return a plugin of the same base
   */
  PluginModule train(Cohort part, int index);
}
