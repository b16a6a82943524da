package io.medforge.forge.governance;

import io.medforge.forge.Contribution;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Role;
import io.medforge.forge.Signature;
import io.medforge.plugin.Digest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The members of a forge by their keys. Immutable. */
public final class Roster {
  private final SortedMap<Digest, Member> byKey;

  private Roster(SortedMap<Digest, Member> byKey) {
    this.byKey = byKey;
  }

  /**
   * A roster.
   *
   * @param members in any order; several with one name are one member with several keys
   * @return the roster
   * @throws IllegalArgumentException if two have the same key
   */
  public static Roster of(Collection<Member> members) {
    SortedMap<Digest, Member> byKey = new TreeMap<>();
    for (Member member : members) {
      Member other = byKey.put(member.keyId(), member);
      if (other != null) {
        throw new IllegalArgumentException(
            "expected a key of its own for every member, found "
                + member.keyId()
                + " at "
                + other.name()
                + " and "
                + member.name());
      }
    }
    return new Roster(byKey);
  }

  /**
   * Every member.
   *
   * @return an unmodifiable collection, by key
   */
  public Collection<Member> members() {
    return Collections.unmodifiableCollection(byKey.values());
  }

  /**
   * Whose key it is.
   *
   * @param keyId the identity of a public key
   * @return the member, or empty if nobody's
   */
  public Optional<Member> byKey(Digest keyId) {
    return Optional.ofNullable(byKey.get(keyId));
  }

  /**
   * Whether a contribution is signed by the centre that its plugin's id names.
   *
   * @param contribution the contribution
   * @return empty if so, else what is wrong: "expected X, found Y"
   */
  public Optional<String> faultOf(Contribution contribution) {
    String centre = contribution.module().id().centre();
    if (contribution.signature().isEmpty()) {
      return Optional.of("expected a signature of " + centre + ", found none");
    }
    if (!contribution.hasValidSignature()) {
      return Optional.of(
          "expected a signature over "
              + contribution.statement()
              + ", found one over something else");
    }
    return faultOf(contribution.signature().get(), centre);
  }

  /**
   * Whether a key belongs to a centre.
   *
   * @param signature of whom
   * @param centre whose it should be
   * @return empty if so, else what is wrong: "expected X, found Y"
   */
  public Optional<String> faultOf(Signature signature, String centre) {
    Optional<Member> signer = byKey(signature.keyId());
    if (signer.isEmpty()) {
      return Optional.of(
          "expected a key of "
              + centre
              + ", found "
              + signature.keyId()
              + ", which is no member's");
    }
    if (!signer.get().name().equals(centre) || !signer.get().roles().contains(Role.CONTRIBUTOR)) {
      return Optional.of(
          "expected a key of " + centre + " as contributor, found one of " + signer.get().name());
    }
    return Optional.empty();
  }

  /**
   * Who decided, if the decision counts.
   *
   * @param decision signed or not
   * @return the member, or empty if the signature, the key or the role is not right
   */
  public Optional<Member> deciderOf(LedgerEntry.Decide decision) {
    return byKey(decision.signature().keyId())
        .filter(member -> roleOf(decision).filter(member.roles()::contains).isPresent())
        .filter(member -> decision.hasValidSignature());
  }

  /**
   * In which role a decision was taken.
   *
   * @param decision any
   * @return the role, or empty if it names none
   */
  public static Optional<Role> roleOf(LedgerEntry.Decide decision) {
    for (Role role : Role.values()) {
      if (role.name().toLowerCase(Locale.ROOT).equals(decision.role())) {
        return Optional.of(role);
      }
    }
    return Optional.empty();
  }

  /**
   * The names of the members who may act in a role.
   *
   * @param role the role
   * @return distinct names, sorted
   */
  public List<String> holding(Role role) {
    List<String> names = new ArrayList<>();
    byKey.values().stream()
        .filter(member -> member.roles().contains(role))
        .map(Member::name)
        .distinct()
        .sorted()
        .forEach(names::add);
    return List.copyOf(names);
  }
}
