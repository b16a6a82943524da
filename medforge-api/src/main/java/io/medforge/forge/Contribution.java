package io.medforge.forge;

import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;

/**
 * What a centre offers: a module and the distilled set that stands for its task. Immutable.
 *
 * @param module the plugin module
 * @param distilled the synthetic labelled set
 */
public record Contribution(PluginModule module, DistilledSet distilled) {
  /**
   * The identity of its content, the same for a renamed copy.
   *
   * @return SHA-256 over the digests of module and distilled set
   */
  public Digest digest() {
    return Digest.builder()
        .add("medforge-contribution-v1")
        .add(module.digest())
        .add(distilled.digest())
        .build();
  }
}
