package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.cli.centre.CertificateFile;
import io.medforge.cli.centre.ContributionFolder;
import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.repository.KeyFile;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.AdapterReader;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.plugin.safetensors.DistilledSetFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Offers a contribution. */
@Command(
    name = "offer",
    description = "Signs a module with its distilled set and offers it to the main branch.",
    mixinStandardHelpOptions = true)
final class OfferCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "CONTRIBUTION",
      description = "What medforge pack made, already signed; instead of all options about it.")
  private @Nullable Path packed;

  @Option(
      names = "--adapter",
      paramLabel = "DIR",
      description = "The module: a PEFT adapter folder.")
  private @Nullable Path adapter;

  @Option(names = "--distilled", paramLabel = "FILE", description = "Its distilled set.")
  private @Nullable Path distilled;

  @Option(names = "--key", paramLabel = "FILE", description = "The centre's private key.")
  private @Nullable Path key;

  @Option(
      names = "--licence",
      paramLabel = "SPDX",
      description = "Under which terms it is contributed.")
  private @Nullable String licence;

  @Option(
      names = "--trained-from",
      paramLabel = "VERSION",
      description = "The version of the main branch that the module was trained from.")
  private @Nullable Integer trainedFrom;

  @Option(
      names = "--id",
      paramLabel = "CENTRE/NAME:VERSION",
      description = "The module's id, where the adapter does not state it.")
  private @Nullable String id;

  @Option(
      names = "--certificate",
      paramLabel = "FILE",
      description = "A leakage certificate of module and set; may be given several times.")
  private List<Path> certificates = new ArrayList<>();

  @Mixin private OpenForge forge;
  @Mixin private Printing printing;
  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private OfferCommand() {}

  @Override
  public Integer call() {
    Contribution contribution = contribution();
    Admission<ForgedModel> answer =
        forge.open(OpenForge.Need.CHECKS, opened -> opened.mainline().offer(contribution));
    return say(answer, contribution, printing);
  }

  private Contribution contribution() {
    if (packed != null) {
      boolean more =
          !certificates.isEmpty()
              || Stream.of(adapter, distilled, key, licence, trainedFrom, id)
                  .anyMatch(Objects::nonNull);
      if (more) {
        throw new ParameterException(
            spec.commandLine(), "expected CONTRIBUTION or options about one, found both");
      }
      return ContributionFolder.read(packed);
    }
    if (adapter == null || distilled == null || key == null) {
      throw new ParameterException(
          spec.commandLine(), "expected CONTRIBUTION, or --adapter, --distilled and --key");
    }
    AdapterReader reader = PeftAdapter.reader(adapter);
    PluginModule module = (id == null ? reader : reader.id(PluginId.parse(id))).read();
    Contribution contribution = new Contribution(module, DistilledSetFile.read(distilled));
    for (Path certificate : certificates) {
      contribution = contribution.with(CertificateFile.read(certificate));
    }
    if (licence != null) {
      contribution = contribution.licensed(licence);
    }
    if (trainedFrom != null) {
      contribution = contribution.trainedFrom(trainedFrom);
    }
    return contribution.signedBy(KeyFile.read(key));
  }

  /** Prints an answer; whatever is not in gives exit code 1. */
  static int say(Admission<ForgedModel> answer, Contribution contribution, Printing printing) {
    String plugin = contribution.module().id().toString();
    String digest = contribution.digest().toString();
    ObjectNode json = ForgeJson.object();
    json.put("plugin", plugin);
    json.put("contribution", digest);
    List<String> lines = new ArrayList<>();
    List<Finding> findings = List.of();
    boolean in = false;
    String verdict;
    if (answer instanceof Admission.Admitted<ForgedModel> admitted) {
      verdict = "admitted";
      findings = admitted.findings();
      json.put("version", admitted.item().version());
      lines.add("admitted " + plugin + " as version " + admitted.item().version());
      in = true;
    } else if (answer instanceof Admission.Duplicate<ForgedModel> duplicate) {
      verdict = "duplicate";
      json.put("version", duplicate.item().version());
      lines.add("already in, at version " + duplicate.item().version() + ": " + plugin);
      in = true;
    } else if (answer instanceof Admission.Quarantined<ForgedModel> quarantined) {
      verdict = "quarantined";
      findings = quarantined.findings();
      lines.add("quarantined " + plugin + ", to be approved as " + digest);
    } else {
      verdict = "refused";
      findings = ((Admission.Refused<ForgedModel>) answer).findings();
      lines.add("refused " + plugin);
    }
    json.put("answer", verdict);
    json.set("findings", ForgeJson.findings(findings));
    lines.addAll(ForgeJson.lines(findings));
    printing.print(lines, json);
    if (!in) {
      printing.complain(verdict + " " + plugin + "; the findings say why");
    }
    return in ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
  }
}
