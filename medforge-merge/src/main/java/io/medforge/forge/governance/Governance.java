package io.medforge.forge.governance;

import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Role;
import io.medforge.plugin.Digest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who must approve what. The last decision of a member on a subject counts: whoever approved may
 * still veto, whoever vetoed may still approve. Immutable.
 *
 * <p>A veto stands if it comes from a safety or privacy officer, or from a centre concerned: one
 * whose contribution the subject holds or would be merged with. An approval of the offering centre
 * does not count towards admitting what it offers itself.
 *
 * @param roster the members
 * @param admission what admitting from quarantine asks for
 * @param release what releasing an item asks for
 */
public record Governance(Roster roster, Quorum admission, Quorum release) {
  /** What a decision says to approve. */
  public static final String APPROVE = "approve";

  /** What a decision says to veto. */
  public static final String VETO = "veto";

  /**
   * How decisions on a contribution in quarantine add up.
   *
   * @param contribution the digest of its content
   * @param offeredBy the centre that offers it
   * @param admitted the centres whose contributions it would be merged with
   * @param decisions every decision there is, oldest first
   * @return the standing
   */
  public Standing ofContribution(
      Digest contribution,
      String offeredBy,
      Set<String> admitted,
      List<LedgerEntry.Decide> decisions) {
    Set<String> concerned = new HashSet<>(admitted);
    concerned.add(offeredBy);
    return standing(admission, contribution, concerned, Optional.of(offeredBy), decisions);
  }

  /**
   * How decisions on an item add up.
   *
   * @param item its digest
   * @param concerned the centres whose contributions it holds
   * @param decisions every decision there is, oldest first
   * @return the standing
   */
  public Standing ofItem(Digest item, Set<String> concerned, List<LedgerEntry.Decide> decisions) {
    return standing(release, item, concerned, Optional.empty(), decisions);
  }

  private Standing standing(
      Quorum quorum,
      Digest subject,
      Set<String> concerned,
      Optional<String> partial,
      List<LedgerEntry.Decide> decisions) {
    SortedMap<String, Role> approvals = new TreeMap<>();
    SortedSet<String> vetoes = new TreeSet<>();
    for (LedgerEntry.Decide decision : decisions) {
      Optional<Member> decider =
          decision.subject().equals(subject) ? roster.deciderOf(decision) : Optional.empty();
      if (decider.isPresent()) {
        String name = decider.get().name();
        Role role = Roster.roleOf(decision).orElseThrow();
        if (decision.decision().equals(APPROVE)) {
          vetoes.remove(name);
          if (!partial.filter(name::equals).isPresent()) {
            approvals.put(name, role);
          }
        } else if (decision.decision().equals(VETO) && mayVeto(role, name, concerned)) {
          approvals.remove(name);
          vetoes.add(name);
        }
      }
    }
    return new Standing(quorum, approvals, vetoes, missing(quorum, approvals));
  }

  private static boolean mayVeto(Role role, String name, Set<String> concerned) {
    return role == Role.SAFETY
        || role == Role.PRIVACY
        || (role == Role.CONTRIBUTOR && concerned.contains(name));
  }

  private static List<String> missing(Quorum quorum, SortedMap<String, Role> approvals) {
    Map<Role, Integer> found = new EnumMap<>(Role.class);
    approvals.values().forEach(role -> found.merge(role, 1, Integer::sum));
    List<String> missing = new ArrayList<>();
    quorum
        .byRole()
        .forEach(
            (role, asked) -> {
              int there = found.getOrDefault(role, 0);
              if (there < asked) {
                missing.add(
                    "expected "
                        + asked
                        + " approval(s) as "
                        + role.name().toLowerCase(Locale.ROOT)
                        + ", found "
                        + there);
              }
            });
    if (approvals.size() < quorum.approvals()) {
      missing.add(
          "expected " + quorum.approvals() + " approval(s) in all, found " + approvals.size());
    }
    return missing;
  }
}
