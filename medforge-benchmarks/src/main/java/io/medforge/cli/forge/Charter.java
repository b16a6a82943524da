package io.medforge.cli.forge;

import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.Role;
import io.medforge.forge.admission.AdmissionPolicy;
import io.medforge.forge.admission.BaseCheck;
import io.medforge.forge.admission.CertificateCheck;
import io.medforge.forge.admission.ConcentrationCheck;
import io.medforge.forge.admission.DisagreementCheck;
import io.medforge.forge.admission.EnvelopeCheck;
import io.medforge.forge.admission.ItemAnswers;
import io.medforge.forge.admission.LabelSpaceCheck;
import io.medforge.forge.admission.LicenceCheck;
import io.medforge.forge.admission.NearCopyCheck;
import io.medforge.forge.admission.NoForgettingCheck;
import io.medforge.forge.admission.NormCheck;
import io.medforge.forge.admission.OutlierCheck;
import io.medforge.forge.admission.PairedTest;
import io.medforge.forge.admission.SignatureCheck;
import io.medforge.forge.admission.SizeCheck;
import io.medforge.forge.admission.StalenessCheck;
import io.medforge.forge.admission.TriggerCheck;
import io.medforge.forge.governance.Governance;
import io.medforge.forge.governance.Member;
import io.medforge.forge.governance.Quorum;
import io.medforge.forge.governance.Roster;
import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.mainline.StrategySource;
import io.medforge.plugin.BaseModel;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The rules of a forge, as JSON that every clone shares: base, strategy, checks, members, quorums.
 * A section that is missing means a check that is not made; a key that is not known is refused.
 */
final class Charter {
  /** The kind of the note that holds it. */
  static final String KIND = "charter";

  private final String text;
  private final StrictJson json;
  private final BaseModel base;
  private final MergeRule rule;
  private final Governance governance;

  private Charter(String text, String where) {
    this.text = text;
    this.json =
        StrictJson.parse(text, where)
            .keys(
                "base",
                "strategy",
                "labelSpaces",
                "licences",
                "certificate",
                "limits",
                "screens",
                "noForgetting",
                "envelope",
                "members",
                "quorums");
    this.base = base(json.need("base"));
    this.rule = MergeRule.of(json.need("strategy"));
    StrictJson quorums = json.need("quorums").keys("admission", "release");
    this.governance =
        new Governance(
            Roster.of(members(json)),
            quorum(quorums.need("admission")),
            quorum(quorums.need("release")));
    policy(Optional.empty(), new TreeMap<>());
  }

  static Charter parse(String text, String where) {
    return new Charter(text, where);
  }

  static Charter read(Path file) {
    try {
      return parse(Files.readString(file), file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + file, e);
    }
  }

  /** A part as it is written, but for blanks. */
  String part(String key) {
    return json.need(key).toString();
  }

  String text() {
    return text;
  }

  BaseModel base() {
    return base;
  }

  Governance governance() {
    return governance;
  }

  MergeRule rule() {
    return rule;
  }

  /** Whether a change of what is admitted needs the base model, to merge or to check. */
  boolean asksTheModel() {
    return rule.asksTheModel()
        || json.has("noForgetting")
        || json.object("envelope").filter(part -> part.has("floor")).isPresent()
        || json.object("screens")
            .filter(part -> part.has("triggerShare") || part.has("disagreementShare"))
            .isPresent();
  }

  /** A main branch that merges by this charter and checks nothing yet. */
  Mainline.Builder<ForgedModel> mainline(StrategySource<ForgedModel> source) {
    Mainline.Builder<ForgedModel> mainline = Mainline.ofSource(source);
    return rule.missingLayersAllowed() ? mainline.allowMissingLayers() : mainline;
  }

  /**
   * The checks. Those that ask the model are left out without one, so whoever offers or admits must
   * bring it where {@link #asksTheModel}.
   *
   * @param holdOuts the maintainer's own sets for the no-forgetting check, by name
   * @throws IllegalArgumentException if there are some and the charter does not ask for that check
   */
  AdmissionPolicy<ForgedModel> policy(
      Optional<ModelRuntime> runtime, SortedMap<String, DistilledSet> holdOuts) {
    if (!holdOuts.isEmpty() && !json.has("noForgetting")) {
      throw new IllegalArgumentException(
          "expected a charter with a section noForgetting for hold-outs "
              + holdOuts.keySet()
              + ", found none");
    }
    AdmissionPolicy.Builder<ForgedModel> policy = AdmissionPolicy.builder();
    policy.check(new BaseCheck(base)).check(new SignatureCheck(governance.roster()));
    if (json.has("labelSpaces")) {
      List<LabelSpace> spaces = new ArrayList<>();
      for (StrictJson each : json.objects("labelSpaces")) {
        spaces.add(
            new LabelSpace(each.keys("name", "classes").text("name"), each.texts("classes")));
      }
      policy.check(LabelSpaceCheck.of(spaces));
    }
    if (json.has("licences")) {
      policy.check(LicenceCheck.of(json.texts("licences")));
    }
    json.object("certificate")
        .ifPresent(part -> policy.check(new CertificateCheck(level(part), governance.roster())));
    json.object("limits").ifPresent(limits -> addLimits(policy, limits));
    json.object("screens").ifPresent(screens -> addScreens(policy, screens, runtime));
    Optional<ItemAnswers<ForgedModel>> answers = runtime.map(ForgedModel::answers);
    json.object("noForgetting").ifPresent(part -> addNoForgetting(policy, part, answers, holdOuts));
    json.object("envelope").ifPresent(part -> addEnvelope(policy, part, answers));
    return policy.build();
  }

  private static void addLimits(AdmissionPolicy.Builder<ForgedModel> policy, StrictJson limits) {
    limits.keys("bytes", "rank", "examples", "norm", "timesMedian");
    policy.check(
        new SizeCheck(limits.whole("bytes"), limits.whole("rank"), (int) limits.whole("examples")));
    policy.check(new NormCheck(limits.number("norm"), limits.number("timesMedian")));
  }

  private static void addScreens(
      AdmissionPolicy.Builder<ForgedModel> policy,
      StrictJson screens,
      Optional<ModelRuntime> runtime) {
    screens.keys(
        "nearCopyCosine",
        "outlierDeviations",
        "concentrationDeviations",
        "triggerShare",
        "disagreementShare",
        "staleness");
    if (screens.has("nearCopyCosine")) {
      policy.check(NearCopyCheck.above(screens.number("nearCopyCosine")));
    }
    if (screens.has("outlierDeviations")) {
      policy.check(OutlierCheck.beyond(screens.number("outlierDeviations")));
    }
    if (screens.has("concentrationDeviations")) {
      policy.check(ConcentrationCheck.beyond(screens.number("concentrationDeviations")));
    }
    if (screens.has("staleness")) {
      policy.candidateCheck(new StalenessCheck<>((int) screens.whole("staleness")));
    }
    if (screens.has("triggerShare")) {
      double share = screens.number("triggerShare");
      runtime.ifPresent(model -> policy.check(TriggerCheck.above(model, share)));
    }
    if (screens.has("disagreementShare")) {
      double share = screens.number("disagreementShare");
      runtime.ifPresent(
          model ->
              policy.candidateCheck(DisagreementCheck.above(ForgedModel.answers(model), share)));
    }
  }

  private static void addNoForgetting(
      AdmissionPolicy.Builder<ForgedModel> policy,
      StrictJson part,
      Optional<ItemAnswers<ForgedModel>> answers,
      SortedMap<String, DistilledSet> holdOuts) {
    part.keys("delta", "alpha", "test", "seed");
    PairedTest test =
        switch (part.text("test")) {
          case "exact" -> PairedTest.exact();
          case "bootstrap" -> PairedTest.bootstrap(part.whole("seed"));
          default -> throw part.wrong("exact or bootstrap", "test");
        };
    double delta = part.number("delta");
    double alpha = part.number("alpha");
    if (answers.isPresent()) {
      NoForgettingCheck.Builder<ForgedModel> check =
          NoForgettingCheck.of(answers.get()).test(test).delta(delta).alpha(alpha);
      holdOuts.forEach(check::holdOut);
      policy.candidateCheck(check.build());
    }
  }

  private void addEnvelope(
      AdmissionPolicy.Builder<ForgedModel> policy,
      StrictJson part,
      Optional<ItemAnswers<ForgedModel>> answers) {
    part.keys("strategies", "floor");
    EnvelopeCheck<ForgedModel> envelope = EnvelopeCheck.of(part.texts("strategies"), List.of(base));
    double floor = part.number("floor", 0);
    policy.candidateCheck(
        part.has("floor") && answers.isPresent()
            ? envelope.withFloor(floor, answers.get())
            : envelope);
  }

  private static LeakageCertificate.Level level(StrictJson part) {
    String name = part.keys("level").text("level");
    for (LeakageCertificate.Level level : LeakageCertificate.Level.values()) {
      if (level.name().equals(name)) {
        return level;
      }
    }
    throw part.wrong("a level of L0 to L4", "level");
  }

  private static BaseModel base(StrictJson json) {
    json.keys("name", "digest");
    return json.has("digest")
        ? BaseModel.of(json.text("name"), Digest.parse(json.text("digest")))
        : BaseModel.named(json.text("name"));
  }

  private static List<Member> members(StrictJson json) {
    List<Member> members = new ArrayList<>();
    for (StrictJson each : json.objects("members")) {
      each.keys("name", "key", "roles");
      Set<Role> roles = EnumSet.noneOf(Role.class);
      each.texts("roles").forEach(role -> roles.add(role(role)));
      members.add(new Member(each.text("name"), Digest.parse(each.text("key")), roles));
    }
    return members;
  }

  private static Quorum quorum(StrictJson json) {
    json.keys("approvals", "roles");
    Quorum quorum = Quorum.of((int) json.whole("approvals"));
    if (json.has("roles")) {
      StrictJson roles = json.need("roles");
      for (String role : roles.names()) {
        quorum = quorum.with(role(role), (int) roles.whole(role));
      }
    }
    return quorum;
  }

  /** A role by its name in lower case. */
  static Role role(String name) {
    for (Role role : Role.values()) {
      if (role.name().toLowerCase(Locale.ROOT).equals(name)) {
        return role;
      }
    }
    throw new IllegalArgumentException(
        "expected contributor, maintainer, safety or privacy, found " + PlainText.of(name));
  }
}
