package io.medforge.forge.governance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Role;
import io.medforge.forge.SigningKey;
import io.medforge.plugin.Digest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class GovernanceTest {
  private static final Digest ITEM = Digest.of("item".getBytes(StandardCharsets.UTF_8));
  private static final Digest OTHER = Digest.of("other".getBytes(StandardCharsets.UTF_8));
  private static final Set<String> CONCERNED = Set.of("north");

  private final TreeMap<String, SigningKey> keys = new TreeMap<>();
  private final List<LedgerEntry.Decide> decisions = new ArrayList<>();
  private final Governance governance =
      new Governance(
          Roster.of(
              List.of(
                  member("north", Role.CONTRIBUTOR),
                  member("south", Role.CONTRIBUTOR),
                  member("maria", Role.MAINTAINER, Role.SAFETY),
                  member("sven", Role.SAFETY),
                  member("ines", Role.PRIVACY))),
          Quorum.of(2),
          Quorum.of(2).with(Role.MAINTAINER, 1).with(Role.SAFETY, 1));

  private Member member(String name, Role... roles) {
    SigningKey key = keys.computeIfAbsent(name, each -> SigningKey.generate());
    return new Member(name, key.keyId(), Set.of(roles));
  }

  private void decide(String name, String role, String decision, Digest subject) {
    SigningKey key = keys.get(name);
    assertThat(key).isNotNull();
    decisions.add(LedgerEntry.Decide.signed(subject, role, decision, "", key));
  }

  private Standing item() {
    return governance.ofItem(ITEM, CONCERNED, decisions);
  }

  @Test
  void enoughOfEachRoleApproves() {
    decide("maria", "maintainer", "approve", ITEM);
    assertThat(item().missing()).hasSize(2);
    decide("sven", "safety", "approve", ITEM);
    assertThat(item().approved()).isTrue();
    assertThat(governance.ofItem(OTHER, CONCERNED, decisions).approved()).isFalse();
  }

  @Test
  void onePersonFillsOneRole() {
    decide("maria", "maintainer", "approve", ITEM);
    decide("maria", "safety", "approve", ITEM);
    assertThat(item().approved()).isFalse();
    assertThat(item().approvals()).hasSize(1);
  }

  @Test
  void whatIsNotSignedByAMemberInTheRoleCountsForNothing() {
    decide("sven", "maintainer", "approve", ITEM);
    keys.put("stranger", SigningKey.generate());
    decide("stranger", "maintainer", "approve", ITEM);
    decide("maria", "maintainer", "approve", OTHER);
    LedgerEntry.Decide signedForOther = decisions.get(2);
    decisions.add(
        new LedgerEntry.Decide(ITEM, "maintainer", "approve", "", signedForOther.signature()));
    assertThat(item().approvals()).isEmpty();
  }

  @Test
  void aCentreConcernedAndTheOfficersMayVeto() {
    decide("maria", "maintainer", "approve", ITEM);
    decide("sven", "safety", "approve", ITEM);
    decide("south", "contributor", "veto", ITEM);
    assertThat(item().approved()).isTrue();
    decide("north", "contributor", "veto", ITEM);
    assertThat(item().vetoes()).containsExactly("north");
    assertThat(item().approved()).isFalse();
    decide("north", "contributor", "approve", ITEM);
    assertThat(item().approved()).isTrue();
    decide("ines", "privacy", "veto", ITEM);
    assertThat(item().approved()).isFalse();
  }

  @Test
  void nobodyApprovesTheirOwnOffer() {
    decide("north", "contributor", "approve", ITEM);
    decide("sven", "safety", "approve", ITEM);
    assertThat(governance.ofContribution(ITEM, "north", Set.of(), decisions).approved()).isFalse();
    assertThat(governance.ofContribution(ITEM, "south", Set.of(), decisions).approved()).isTrue();
  }

  @Test
  void rolesAskForNoMoreThanAll() {
    assertThatThrownBy(() -> Quorum.of(1).with(Role.SAFETY, 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Quorum.of(0)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Quorum.of(2).with(Role.SAFETY, 1)).hasToString("2, of them 1 safety");
    assertThatThrownBy(() -> member("two\nlines", Role.SAFETY))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("\n");
  }
}
