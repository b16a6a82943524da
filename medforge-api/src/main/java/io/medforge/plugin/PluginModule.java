package io.medforge.plugin;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * What one centre contributes: the changes that training made to a shared base model. Immutable,
 * safe to share between threads, and valid if it exists.
 *
 * <p>{@link #of} is the way to make one; formats and trainers go through it, so that every module
 * was checked once and none needs checking again.
 */
public interface PluginModule {
  /**
   * Who made it and which one it is.
   *
   * @return the id
   */
  PluginId id();

  /**
   * The base model that it extends.
   *
   * @return the base
   */
  BaseModel base();

  /**
   * What training changed, by layer name.
   *
   * @return an unmodifiable map, not empty
   */
  SortedMap<String, Update> updates();

  /**
   * What training changed at one layer.
   *
   * @param layer the layer's name
   * @return the update, or empty if this module changes nothing there
   */
  default Optional<Update> update(String layer) {
    return Optional.ofNullable(updates().get(layer));
  }

  /**
   * Where it comes from.
   *
   * @return the provenance
   */
  Provenance provenance();

  /**
   * The identity of its content: SHA-256 over the base and the sorted updates, not over a file. The
   * id and the provenance do not enter it, so a renamed copy is recognised as a copy.
   *
   * @return the digest
   */
  Digest digest();

  /**
   * Checks and digests a module. Every value is read once, in small pieces.
   *
   * @param id who made it and which one it is
   * @param base the base model
   * @param updates by layer name; copied
   * @param provenance where it comes from
   * @return the module
   * @throws MalformedPluginException if there is no update, a layer's name is blank or holds
   *     control characters, or a value is NaN or infinite; the message names plugin, layer, tensor
   *     and index
   */
  static PluginModule of(
      PluginId id, BaseModel base, Map<String, Update> updates, Provenance provenance) {
    return CheckedModule.check(id, base, updates, provenance);
  }
}
