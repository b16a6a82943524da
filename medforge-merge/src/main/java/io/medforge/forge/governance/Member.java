package io.medforge.forge.governance;

import io.medforge.forge.Role;
import io.medforge.plugin.Digest;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * Somebody who may act on the main branch. Immutable.
 *
 * @param name a centre's name as in its plugins' ids, or a person's; not blank
 * @param keyId the identity of the public key, see {@link io.medforge.forge.Signature#keyIdOf}
 * @param roles what the member may act as, at least one
 */
public record Member(String name, Digest keyId, Set<Role> roles) {
  /**
   * Checks and copies.
   *
   * @param name a centre's name as in its plugins' ids, or a person's; not blank
   * @param keyId the identity of the public key
   * @param roles what the member may act as, at least one
   * @throws IllegalArgumentException if the name is blank or holds control characters, or there is
   *     no role
   */
  public Member {
    if (name.isBlank() || name.chars().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          "expected a member's name without control characters, found \""
              + name.replaceAll("\\p{Cntrl}", "?")
              + "\"");
    }
    if (roles.isEmpty()) {
      throw new IllegalArgumentException("expected at least one role, found none, at " + name);
    }
    roles = Collections.unmodifiableSet(EnumSet.copyOf(roles));
  }
}
