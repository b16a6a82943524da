package io.medforge.forge.governance;

import io.medforge.forge.Role;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many different members must approve. Immutable.
 *
 * @param approvals of whatever role, at least 1
 * @param byRole of each role, each at least 1; one member fills one role
 */
public record Quorum(int approvals, SortedMap<Role, Integer> byRole) {
  /**
   * Checks and copies.
   *
   * @param approvals of whatever role, at least 1
   * @param byRole of each role, each at least 1; one member fills one role
   * @throws IllegalArgumentException if a number is below 1, or roles ask for more than all
   */
  public Quorum {
    byRole = Collections.unmodifiableSortedMap(new TreeMap<>((Map<Role, Integer>) byRole));
    int asked = byRole.values().stream().mapToInt(Integer::intValue).sum();
    if (approvals < 1 || asked > approvals || byRole.values().stream().anyMatch(m -> m < 1)) {
      throw new IllegalArgumentException(
          "expected at least 1 approval, and roles that ask for no more in all, found "
              + approvals
              + " and "
              + byRole);
    }
  }

  /**
   * A number of members of whatever role.
   *
   * @param approvals at least 1
   * @return the quorum
   * @throws IllegalArgumentException if below 1
   */
  public static Quorum of(int approvals) {
    return new Quorum(approvals, Collections.emptySortedMap());
  }

  /**
   * This quorum, with some of it held for a role.
   *
   * @param role the role
   * @param members at least 1
   * @return a new quorum
   * @throws IllegalArgumentException if roles ask for more than all
   */
  public Quorum with(Role role, int members) {
    SortedMap<Role, Integer> more = new TreeMap<>((Map<Role, Integer>) byRole);
    more.put(role, members);
    return new Quorum(approvals, more);
  }

  /** For example {@code 2, of them 1 maintainer, 1 safety}. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder().append(approvals);
    String separator = ", of them ";
    for (Map.Entry<Role, Integer> part : byRole.entrySet()) {
      text.append(separator).append(part.getValue()).append(' ');
      text.append(part.getKey().name().toLowerCase(Locale.ROOT));
      separator = ", ";
    }
    return text.toString();
  }
}
