package io.medforge.study.xray;

import io.medforge.forge.Contribution;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.audit.AttackResult;
import io.medforge.plugin.audit.AuditReport;
import io.medforge.plugin.audit.Cohort;
import io.medforge.plugin.audit.Estimate;
import io.medforge.plugin.audit.LeakageAudit;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.study.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * What leaves a hospital, attacked: can anybody tell whose image was among its own? Module and
 * distilled images are made from a random half of a hospital's training images, the members; the
 * other half, of the same scanner and the same share of pneumonia, are the strangers. Test images
 * take no part.
 *
 * <p>The attacker trains shadow modules on images of the same hospital, without noise; the same
 * shadows serve against every guarantee.
 */
final class XrayLeakage {
  private static final Set<String> ON_SET =
      Set.of("nearest-neighbours", "distilled-membership", "class-mean-differencing");

  private final XrayPlan plan;
  private final XrayHospitals hospitals;
  private final XrayModels models;
  private final long seed;

  XrayLeakage(XrayPlan plan, XrayHospitals hospitals, XrayRun run) {
    this.plan = plan;
    this.hospitals = hospitals;
    this.models = run.models();
    this.seed = run.seed();
  }

  /**
   * What one hospital sends, audited.
   *
   * @param epsilon the guarantee for module and distilled images together; empty for none
   * @param report the audit's
   */
  record Audited(Optional<Double> epsilon, AuditReport report) {
    String centre() {
      return report.plugin().centre();
    }

    /** The attacks on the module alone, or on the distilled images alone. */
    List<AttackResult> attacks(boolean onSet) {
      return report.results().stream().filter(each -> isOnSet(each) == onSet).toList();
    }

    /** The attack of the highest AUC. */
    AttackResult strongest(boolean onSet) {
      return attacks(onSet).stream()
          .filter(each -> each.figures().containsKey("auc"))
          .max(Comparator.comparingDouble(each -> figure(each, "auc").value()))
          .orElseThrow();
    }
  }

  /** Every hospital under each guarantee, then without; nothing where there is no guarantee. */
  List<Audited> audits() {
    List<Audited> audits = new ArrayList<>();
    if (plan.epsilons().isEmpty()) {
      return audits;
    }
    try (ModelRuntime runtime = DjlRuntime.open(models.base())) {
      hospitals
          .training()
          .forEach((centre, images) -> audits.addAll(new Hospital(centre, images).audits(runtime)));
    }
    audits.sort(Comparator.comparingDouble(each -> each.epsilon().orElse(Double.MAX_VALUE)));
    return audits;
  }

  static Estimate figure(AttackResult attack, String name) {
    Estimate estimate = attack.figures().get(name);
    if (estimate == null) {
      throw new IllegalArgumentException(
          "expected the figure " + name + ", found " + attack.figures().keySet());
    }
    return estimate;
  }

  private static boolean isOnSet(AttackResult attack) {
    return ON_SET.contains(attack.attack());
  }

  /** One hospital's members and strangers, and the attacker's shadows. */
  private final class Hospital {
    private final String centre;
    private final Images members;
    private final Images strangers;
    private final long own;
    private final Map<Integer, PluginModule> shadows = new TreeMap<>();

    Hospital(String centre, Images images) {
      this.centre = centre;
      this.own = Seeds.derive(seed, "leakage/" + centre);
      List<Integer> order = new ArrayList<>(IntStream.range(0, images.size()).boxed().toList());
      Collections.shuffle(order, new Random(own));
      // By class, each in its random order: every second one makes halves of one mix.
      order.sort(Comparator.comparing(images.classes()::get));
      this.members = images.select(everySecond(order, 0));
      this.strangers = images.select(everySecond(order, 1));
    }

    private static List<Integer> everySecond(List<Integer> order, int from) {
      return IntStream.range(0, order.size())
          .filter(i -> i % 2 == from)
          .mapToObj(order::get)
          .toList();
    }

    List<Audited> audits(ModelRuntime runtime) {
      List<Audited> audits = new ArrayList<>();
      Contribution plain =
          new Contribution(
              models.lora(centre, members, plan.epochs(), "leakage/" + centre),
              models.distil(centre, members));
      audits.add(new Audited(Optional.empty(), audit(plain, runtime).build().run()));
      for (double epsilon : plan.epsilons()) {
        PrivateBranch.Released released =
            new PrivateBranch(models, plan, epsilon).release(centre, members, own);
        audits.add(
            new Audited(
                Optional.of(epsilon),
                audit(released.contribution(), runtime).guarantee(released.spent()).build().run()));
      }
      return audits;
    }

    private LeakageAudit.Builder audit(Contribution contribution, ModelRuntime runtime) {
      return LeakageAudit.of(contribution, runtime, cohort(members), cohort(strangers))
          .shadows(plan.shadows(), this::shadow)
          .withoutAttribute("images have no attribute column")
          .seed(own);
    }

    /** The parts depend on the images and the seed alone, so every audit asks for the same. */
    private PluginModule shadow(Cohort part, int index) {
      return shadows.computeIfAbsent(
          index,
          place ->
              models.lora(
                  centre, part.inputs(), part.classes(), plan.epochs(), own + "/shadow" + place));
    }
  }

  private static Cohort cohort(Images images) {
    return Cohort.of(images.inputs(), images.labels());
  }
}
