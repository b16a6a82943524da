package io.medforge.plugin.audit;

import io.medforge.forge.Contribution;
import io.medforge.plugin.privacy.PrivacyLoss;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.ModelRuntime;
import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Attacks a contribution before it leaves the hospital, and says what that showed.
 *
 * <pre>{@code
 * AuditReport report =
 *     LeakageAudit.of(contribution, runtime, members, strangers)
 *         .shadows(16, (part, index) -> training(index).train(part.inputs(), part.classes()))
 *         .withoutAttribute("images have no attribute column")
 *         .build()
 *         .run();
 * }</pre>
 *
 * <p>Strangers must be patients like the members, set aside before training: of the same hospital,
 * years and scanner. Else the attacks tell hospitals apart, not members. Immutable; run it as often
 * as you like, for the same report.
 */
public final class LeakageAudit {
  /** What the numbers of a report mean; changes when an attack or a rule changes. */
  public static final String VERSION = "medforge-audit-1";

  private final Contribution contribution;
  private final ModelRuntime runtime;
  private final Cohort members;
  private final Cohort strangers;
  private final long seed;
  private final AuditLimits limits;
  private final UnaryOperator<ModelInput> embedding;
  private final int shadows;
  private final @Nullable ShadowTraining shadowTraining;
  private final @Nullable SensitiveAttribute attribute;
  private final @Nullable String noAttribute;
  private final @Nullable PreviousRelease previous;
  private final @Nullable Cohort canaries;
  private final @Nullable Cohort absentCanaries;
  private final @Nullable PrivacyLoss guarantee;
  private final SortedSet<Safeguard> safeguards;
  private final SortedMap<String, MembershipAttack> ownAttacks;
  private final AuditListener listener;

  private LeakageAudit(Builder builder) {
    this.contribution = builder.contribution;
    this.runtime = builder.runtime;
    this.members = builder.members;
    this.strangers = builder.strangers;
    this.seed = builder.seed == null ? 0 : builder.seed;
    this.limits = builder.limits == null ? AuditLimits.standard() : builder.limits;
    this.embedding = builder.embedding == null ? UnaryOperator.identity() : builder.embedding;
    this.shadows = builder.shadows;
    this.shadowTraining = builder.shadowTraining;
    this.attribute = builder.attribute;
    this.noAttribute = builder.noAttribute;
    this.previous = builder.previous;
    this.canaries = builder.canaries;
    this.absentCanaries = builder.absentCanaries;
    this.guarantee = builder.guarantee;
    this.safeguards = Collections.unmodifiableSortedSet(new TreeSet<>(builder.safeguards));
    this.ownAttacks = Collections.unmodifiableSortedMap(new TreeMap<>(builder.ownAttacks));
    this.listener = builder.listener == null ? (step, done, total) -> {} : builder.listener;
  }

  /**
   * Begins an audit; whatever is not set is stated as a limitation of the report.
   *
   * @param contribution the module and the distilled set that are to leave
   * @param runtime runs the base with the module
   * @param members the patients that the module was trained on
   * @param strangers patients like them that nothing in the contribution ever saw
   * @return a builder, not thread-safe
   * @throws IllegalArgumentException if the cohorts' rows differ in shape from each other or from
   *     the distilled set's, or a class lies outside the distilled set's label space; the message
   *     names row or shape, never a value
   */
  public static Builder of(
      Contribution contribution, ModelRuntime runtime, Cohort members, Cohort strangers) {
    return new Builder(contribution, runtime, members, strangers);
  }

  /**
   * Runs every attack that the settings allow.
   *
   * @return what they showed
   * @throws io.medforge.merge.IncompatiblePluginsException if the module or a shadow does not fit
   *     the runtime's base
   * @throws IllegalArgumentException if inputs do not fit the model, or a value of the attribute's
   *     column is none of its values; the message names the row, never a value
   */
  public AuditReport run() {
    return new AuditRun(this).report();
  }

  Contribution contribution() {
    return contribution;
  }

  ModelRuntime runtime() {
    return runtime;
  }

  Cohort members() {
    return members;
  }

  Cohort strangers() {
    return strangers;
  }

  long seed() {
    return seed;
  }

  AuditLimits limits() {
    return limits;
  }

  double[][] embed(ModelInput inputs) {
    return Cohort.rows(embedding.apply(inputs));
  }

  int shadows() {
    return shadows;
  }

  @Nullable ShadowTraining shadowTraining() {
    return shadowTraining;
  }

  @Nullable SensitiveAttribute attribute() {
    return attribute;
  }

  @Nullable String noAttribute() {
    return noAttribute;
  }

  @Nullable PreviousRelease previous() {
    return previous;
  }

  @Nullable Cohort canaries() {
    return canaries;
  }

  @Nullable Cohort absentCanaries() {
    return absentCanaries;
  }

  @Nullable PrivacyLoss guarantee() {
    return guarantee;
  }

  SortedSet<Safeguard> safeguards() {
    return safeguards;
  }

  SortedMap<String, MembershipAttack> ownAttacks() {
    return ownAttacks;
  }

  AuditListener listener() {
    return listener;
  }

  /** Collects what to attack with; each option may be set once. Not thread-safe. */
  public static final class Builder {
    private final Contribution contribution;
    private final ModelRuntime runtime;
    private final Cohort members;
    private final Cohort strangers;
    private final SortedSet<Safeguard> safeguards = new TreeSet<>();
    private final SortedMap<String, MembershipAttack> ownAttacks = new TreeMap<>();
    private @Nullable Long seed;
    private @Nullable AuditLimits limits;
    private @Nullable UnaryOperator<ModelInput> embedding;
    private int shadows;
    private @Nullable ShadowTraining shadowTraining;
    private @Nullable SensitiveAttribute attribute;
    private @Nullable String noAttribute;
    private @Nullable PreviousRelease previous;
    private @Nullable Cohort canaries;
    private @Nullable Cohort absentCanaries;
    private @Nullable PrivacyLoss guarantee;
    private @Nullable AuditListener listener;

    private Builder(
        Contribution contribution, ModelRuntime runtime, Cohort members, Cohort strangers) {
      this.contribution = Objects.requireNonNull(contribution, "contribution");
      this.runtime = Objects.requireNonNull(runtime, "runtime");
      this.members = AuditInputs.checked("members", members, contribution.distilled());
      this.strangers = AuditInputs.checked("strangers", strangers, contribution.distilled());
    }

    /**
     * The seed of shadows, subsets and resampling; 0 by default.
     *
     * @param value any
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder seed(long value) {
      seed = once("seed", seed, value);
      return this;
    }

    /**
     * Where to draw the lines; {@link AuditLimits#standard()} by default.
     *
     * @param chosen the hospital's limits
     * @return this
     * @throws IllegalStateException if they are set already
     */
    public Builder limits(AuditLimits chosen) {
      limits = once("limits", limits, chosen);
      return this;
    }

    /**
     * Where distances are measured; by default in the inputs as they are, so columns should be of
     * one scale.
     *
     * @param features maps inputs to their features, for example those of the base
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder embedding(UnaryOperator<ModelInput> features) {
      embedding = once("embedding", embedding, features);
      return this;
    }

    /**
     * Trains shadow plugins, for LiRA and RMIA; none by default.
     *
     * @param count even, at least 4; 16 to 64 for a certificate to mean much
     * @param training how the audited plugin was trained
     * @return this
     * @throws IllegalArgumentException if the count is odd or below 4
     * @throws IllegalStateException if they are set already
     */
    public Builder shadows(int count, ShadowTraining training) {
      if (count < 4 || count % 2 != 0) {
        throw new IllegalArgumentException(
            "expected an even number of at least 4 shadow plugins, found " + count);
      }
      shadowTraining = once("shadows", shadowTraining, training);
      shadows = count;
      return this;
    }

    /**
     * An attribute to be guessed; none by default.
     *
     * @param column which one
     * @return this
     * @throws IllegalStateException if it is set already, or declared absent
     */
    public Builder attribute(SensitiveAttribute column) {
      once("attribute", noAttribute, "");
      attribute = once("attribute", attribute, column);
      return this;
    }

    /**
     * Declares that no attribute can be guessed, for example of images. Without this or {@link
     * #attribute}, the audit is incomplete and reaches no level of its own.
     *
     * @param reason why; printed in the report
     * @return this
     * @throws IllegalArgumentException if the reason is blank
     * @throws IllegalStateException if it is set already, or an attribute is
     */
    public Builder withoutAttribute(String reason) {
      if (reason.isBlank()) {
        throw new IllegalArgumentException("expected a reason, found a blank");
      }
      once("attribute", attribute, "");
      noAttribute = once("attribute", noAttribute, reason);
      return this;
    }

    /**
     * The centre's release before this one; none by default.
     *
     * @param release what left then
     * @return this
     * @throws IllegalArgumentException if its label space is another one
     * @throws IllegalStateException if it is set already
     */
    public Builder previous(PreviousRelease release) {
      if (!release.distilled().labels().equals(contribution.distilled().labels())) {
        throw new IllegalArgumentException(
            "expected a previous release of label space "
                + contribution.distilled().labels().name()
                + ", found "
                + release.distilled().labels().name());
      }
      previous = once("previous", previous, release);
      return this;
    }

    /**
     * Invented patients with random classes: some that were added to the training data, and some
     * drawn alike that were not. None by default. Carlini et al., The secret sharer, USENIX
     * Security 2019.
     *
     * @param inserted those that the module was trained on, besides the members
     * @param absent those that it was not
     * @return this
     * @throws IllegalArgumentException as {@link LeakageAudit#of} does
     * @throws IllegalStateException if they are set already
     */
    public Builder canaries(Cohort inserted, Cohort absent) {
      canaries =
          once(
              "canaries",
              canaries,
              AuditInputs.checked("canaries", inserted, contribution.distilled()));
      absentCanaries = AuditInputs.checked("absent canaries", absent, contribution.distilled());
      return this;
    }

    /**
     * The differential privacy that the training kept, composed over everything that was released
     * about these patients; none by default. An attack that refutes it fails the audit.
     *
     * @param claimed epsilon and delta
     * @return this
     * @throws IllegalArgumentException if epsilon is infinite
     * @throws IllegalStateException if it is set already
     */
    public Builder guarantee(PrivacyLoss claimed) {
      if (Double.isInfinite(claimed.epsilon())) {
        throw new IllegalArgumentException("expected a finite epsilon, found " + claimed);
      }
      guarantee = once("guarantee", guarantee, claimed);
      return this;
    }

    /**
     * A rule that the centre declares to have kept; none by default. The audit cannot see it.
     *
     * @param kept the rule
     * @return this
     * @throws IllegalStateException if it is declared already
     */
    public Builder safeguard(Safeguard kept) {
      if (!safeguards.add(kept)) {
        throw new IllegalStateException("expected each safeguard once, found " + kept + " twice");
      }
      return this;
    }

    /**
     * One more attack of the caller's own, judged as the others are.
     *
     * @param name its name in the report: lower-case letters, digits and hyphens
     * @param attack the attack
     * @return this
     * @throws IllegalArgumentException if the name has another form or is one of MedForge's own
     * @throws IllegalStateException if the name is taken
     */
    public Builder attack(String name, MembershipAttack attack) {
      if (!name.matches("[a-z0-9-]{1,64}") || AuditRun.KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "expected a new name of lower-case letters, digits and hyphens, found "
                + name.replaceAll("\\p{Cntrl}", "?"));
      }
      once(name, ownAttacks.put(name, attack), attack);
      return this;
    }

    /**
     * Hears of progress; nobody by default.
     *
     * @param hearer told after each step
     * @return this
     * @throws IllegalStateException if it is set already
     */
    public Builder listener(AuditListener hearer) {
      listener = once("listener", listener, hearer);
      return this;
    }

    /**
     * Ends the description.
     *
     * @return the audit
     */
    public LeakageAudit build() {
      return new LeakageAudit(this);
    }

    private static <T> T once(String option, @Nullable Object earlier, T value) {
      if (earlier != null) {
        throw new IllegalStateException(
            "expected " + option + " to be set once, found it set already");
      }
      return Objects.requireNonNull(value, option);
    }
  }
}
