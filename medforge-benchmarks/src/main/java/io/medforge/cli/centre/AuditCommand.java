package io.medforge.cli.centre;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.cli.AuditPage;
import io.medforge.cli.ProgressDisplay;
import io.medforge.cli.forge.Printing;
import io.medforge.forge.Contribution;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.repository.KeyFile;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.audit.AttackResult;
import io.medforge.plugin.audit.AuditLimits;
import io.medforge.plugin.audit.AuditReport;
import io.medforge.plugin.audit.Cohort;
import io.medforge.plugin.audit.LeakageAudit;
import io.medforge.plugin.audit.PreviousRelease;
import io.medforge.plugin.audit.Safeguard;
import io.medforge.plugin.audit.SensitiveAttribute;
import io.medforge.plugin.audit.Verdict;
import io.medforge.plugin.branch.LoraTraining;
import io.medforge.plugin.branch.NoiseSource;
import io.medforge.plugin.branch.TrainingControl;
import io.medforge.plugin.branch.TrainingData;
import io.medforge.plugin.privacy.PrivacyLedger;
import io.medforge.plugin.privacy.PrivacyLoss;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.djl.DjlRuntime;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Attacks what is to leave, before it leaves. */
@Command(
    name = "audit",
    description = {
      "Attacks the branch's module and distilled set as an outsider would, with the rows set aside"
          + " as",
      "strangers, and writes certificate.json and audit.html to BRANCH. Only statistics are"
          + " written."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:PASS: no attack learned more than the limits allow",
      "1:refused or failed: nothing was audited",
      "2:wrong usage",
      "3:FAIL: an attack learned more than the limits allow",
      "4:INCONCLUSIVE: so few patients support no claim"
    })
public final class AuditCommand implements Callable<Integer> {
  static final int FAIL = 3;
  static final int INCONCLUSIVE = 4;

  private static final Set<String> LIMITS =
      Set.of("auc", "fpr", "tpr", "distance", "advantage", "class-size");
  private static final int MOST_VALUES = 32;

  @Mixin private BranchOptions place;

  @Option(
      names = "--shadows",
      defaultValue = "16",
      paramLabel = "N",
      description =
          "Modules trained as this one was on other patients, for the attacks that compare: even,"
              + " at least 4, or 0 for none. Default: 16.")
  private int shadows;

  @Option(
      names = "--attribute",
      paramLabel = "COLUMN",
      description = "A table's column, of few values, that an attacker would like to learn.")
  private @Nullable String attribute;

  @Option(
      names = "--no-attribute",
      paramLabel = "REASON",
      description = "Why no column can be guessed; images need no reason.")
  private @Nullable String noAttribute;

  @Option(
      names = "--previous",
      paramLabel = "BRANCH",
      description = "The branch of the centre's release before this one.")
  private @Nullable Path previous;

  @Option(
      names = "--limit",
      split = ",",
      paramLabel = "NAME=VALUE",
      description =
          "The hospital's own limits: auc (0.6), fpr (0.01), tpr (0.05), distance (0.8), advantage"
              + " (0.05), class-size (5).")
  private Map<String, Double> limits = Map.of();

  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = "Sign the certificate with this private key.")
  private @Nullable Path key;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Of shadows and resampling. Default: 1.")
  private long seed;

  @Mixin private Printing printing;

  /** Made by picocli. */
  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private AuditCommand() {}

  @Override
  public Integer call() {
    Branch branch = place.open();
    Path certificateFile = branch.file(CertificateFile.NAME);
    place.checkFree(certificateFile);
    if (branch.split().holdout().isEmpty()) {
      throw new IllegalArgumentException(
          "expected rows set aside as strangers, found none: train with --holdout above 0");
    }
    Contribution contribution = new Contribution(branch.module(), branch.distilled());
    checkDistillation(branch, contribution.distilled());
    AuditReport report;
    try (DjlRuntime runtime = DjlRuntime.open(branch.network());
        ProgressDisplay progress = ProgressDisplay.of("audit")) {
      LeakageAudit.Builder audit =
          LeakageAudit.of(
                  contribution,
                  runtime,
                  branch.cohort(branch.split().training()),
                  branch.cohort(branch.split().holdout()))
              .seed(seed)
              .limits(limits())
              .listener((step, done, total) -> progress.at(done, total, step));
      if (shadows != 0) {
        audit.shadows(shadows, (part, index) -> shadow(branch, part, index));
      }
      addAttribute(audit, branch);
      addPrevious(audit);
      guarantee(branch).ifPresent(audit::guarantee);
      safeguards(branch).forEach(audit::safeguard);
      report = audit.build().run();
    }
    LeakageCertificate certificate =
        report.certificate(Instant.now().truncatedTo(ChronoUnit.SECONDS));
    if (key != null) {
      certificate = certificate.signedBy(KeyFile.read(key));
    }
    String page = AuditPage.of(report).toHtml();
    RecordFile.place(
        branch.file(Branch.PAGE), file -> Files.writeString(file, page, StandardCharsets.UTF_8));
    CertificateFile.write(certificate, certificateFile);
    print(report, certificate, branch);
    return exitCode(report.verdict());
  }

  private static int exitCode(Verdict verdict) {
    return switch (verdict) {
      case PASS -> CommandLine.ExitCode.OK;
      case FAIL -> FAIL;
      case INCONCLUSIVE -> INCONCLUSIVE;
    };
  }

  /** Trained as the branch's module was, but for the patients and the seed. */
  private static PluginModule shadow(Branch branch, Cohort part, int index) {
    TrainingPlan plan = branch.training().plan();
    LoraTraining training =
        plan.seeded(plan.seed() + 1 + index)
            .training(branch.network(), branch.plugin(), branch.labels());
    TrainingData data = TrainingData.of(part.inputs(), part.classes());
    Spending spending = branch.training().spending();
    if (spending != null) {
      // The shadows stay here and protect nobody, so their noise may be repeatable.
      return BranchTraining.privately(
              training, spending.mechanisms().get(0).noiseMultiplier(), spending.clip())
          .noise(NoiseSource.seeded(plan.seed() + 1 + index))
          .build()
          .train(data, TrainingControl.none())
          .module();
    }
    List<Integer> validation = branch.split().validation();
    if (!validation.isEmpty()) {
      data = data.validatedOn(branch.inputs(validation), branch.classes(validation));
    }
    return training.train(data, TrainingControl.none()).value();
  }

  private static void checkDistillation(Branch branch, DistilledSet set) {
    String found = set.digest().toString();
    String wanted = branch.distillation().distilled();
    if (!found.equals(wanted)) {
      throw new IllegalArgumentException(
          "expected the distilled set "
              + wanted
              + " that medforge distil made here, found "
              + found
              + ", at "
              + branch.file(Branch.DISTILLED));
    }
  }

  private void addAttribute(LeakageAudit.Builder audit, Branch branch) {
    boolean images = branch.examples().inputs().values().shape().dimensions() == 4;
    if (attribute != null && noAttribute != null) {
      throw new IllegalArgumentException("expected --attribute or --no-attribute, found both");
    }
    if (attribute != null) {
      audit.attribute(attribute(branch, attribute));
    } else if (noAttribute != null) {
      audit.withoutAttribute(noAttribute);
    } else if (images) {
      audit.withoutAttribute("images have no column to guess");
    }
  }

  private static SensitiveAttribute attribute(Branch branch, String name) {
    int column = branch.examples().columns().indexOf(name);
    if (column < 0) {
      throw new IllegalArgumentException(
          "expected a column of "
              + branch.examples().columns()
              + ", found "
              + name
              + ", at --attribute");
    }
    Set<Double> values = new TreeSet<>();
    for (List<Integer> rows : List.of(branch.split().training(), branch.split().holdout())) {
      float[] flat = branch.inputs(rows).values().toFloats();
      int width = flat.length / rows.size();
      for (int i = column; i < flat.length; i += width) {
        values.add((double) flat[i]);
      }
    }
    if (values.size() > MOST_VALUES) {
      throw new IllegalArgumentException(
          "expected a column of at most "
              + MOST_VALUES
              + " values, found "
              + values.size()
              + ", at --attribute "
              + name);
    }
    return new SensitiveAttribute(name, column, new ArrayList<>(values));
  }

  private void addPrevious(LeakageAudit.Builder audit) {
    if (previous == null) {
      return;
    }
    Branch earlier = Branch.open(previous, Optional.empty());
    List<Integer> counts =
        earlier.labels().classes().stream()
            .map(label -> earlier.training().patients().getOrDefault(label, 0))
            .toList();
    audit.previous(new PreviousRelease(earlier.distilled(), counts));
  }

  /** What holds for module and distilled set together: the ledger's sum over all releases. */
  private static Optional<PrivacyLoss> guarantee(Branch branch) {
    Spending module = branch.training().spending();
    Spending set = branch.distillation().spending();
    if (module == null || set == null) {
      return Optional.empty();
    }
    if (!module.ledger().equals(set.ledger()) || !module.cohort().equals(set.cohort())) {
      throw new IllegalArgumentException(
          "expected one ledger and cohort for module and distilled set, found "
              + module.ledger()
              + ", "
              + module.cohort()
              + " and "
              + set.ledger()
              + ", "
              + set.cohort());
    }
    PrivacyLoss spent = PrivacyLedger.open(Path.of(module.ledger())).spent(module.cohort());
    return Double.isInfinite(spent.epsilon()) ? Optional.empty() : Optional.of(spent);
  }

  private List<Safeguard> safeguards(Branch branch) {
    List<Safeguard> kept = new ArrayList<>(List.of(Safeguard.STARTED_FROM_NOISE));
    int smallest =
        branch.training().patients().values().stream().mapToInt(count -> count).min().orElse(0);
    if (smallest >= limits().classSize()) {
      kept.add(Safeguard.MINIMUM_CLASS_SIZE);
    }
    if (branch.training().spending() != null) {
      kept.add(Safeguard.CLIPPED_NORM);
    }
    return kept;
  }

  private AuditLimits limits() {
    for (String name : limits.keySet()) {
      if (!LIMITS.contains(name)) {
        throw new IllegalArgumentException(
            "expected one of " + new TreeSet<>(LIMITS) + ", found " + name + ", at --limit");
      }
    }
    AuditLimits standard = AuditLimits.standard();
    return new AuditLimits(
        limits.getOrDefault("auc", standard.auc()),
        limits.getOrDefault("fpr", standard.falsePositiveRate()),
        limits.getOrDefault("tpr", standard.truePositiveRate()),
        limits.getOrDefault("distance", standard.distanceRatio()),
        limits.getOrDefault("advantage", standard.attributeAdvantage()),
        (int) (double) limits.getOrDefault("class-size", (double) standard.classSize()));
  }

  private void print(AuditReport report, LeakageCertificate certificate, Branch branch) {
    List<String> lines = new ArrayList<>();
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode attacks = json.putObject("attacks");
    for (AttackResult result : report.results()) {
      lines.add(
          String.format(
              Locale.ROOT, "%-12s %s: %s", result.verdict(), result.attack(), result.reason()));
      attacks.put(result.attack(), result.verdict().name());
    }
    lines.add(
        report.verdict()
            + ", certificate level "
            + certificate.level()
            + (report.isComplete() ? "" : " (not every attack was run; the page says which)")
            + (certificate.signature().isPresent() ? ", signed" : ", not signed"));
    report
        .guarantee()
        .ifPresent(
            loss ->
                lines.add(
                    "claims epsilon "
                        + loss.epsilon()
                        + " at delta "
                        + loss.delta()
                        + " for all releases of this cohort"));
    lines.add("wrote " + branch.file(CertificateFile.NAME) + " and " + branch.file(Branch.PAGE));
    json.put("verdict", report.verdict().name()).put("level", certificate.level().name());
    json.put("complete", report.isComplete());
    printing.print(lines, json);
    if (report.verdict() != Verdict.PASS) {
      printing.complain(report.verdict() + ": see " + branch.file(Branch.PAGE));
    }
  }
}
