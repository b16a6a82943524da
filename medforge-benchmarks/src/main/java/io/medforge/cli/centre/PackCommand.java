package io.medforge.cli.centre;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.cli.AtomicFolder;
import io.medforge.cli.forge.Printing;
import io.medforge.forge.Contribution;
import io.medforge.forge.LeakageCertificate;
import io.medforge.forge.repository.KeyFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Packs what leaves, signed. */
@Command(
    name = "pack",
    description = {
      "Packs the branch's module, distilled set and certificate into one signed folder, for"
          + " medforge",
      "forge offer, with a manifest of exactly what leaves; refuses what the site's policy forbids."
    },
    mixinStandardHelpOptions = true)
public final class PackCommand implements Callable<Integer> {
  @Mixin private BranchOptions place;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description = "The folder to make: nothing else leaves.")
  private Path out;

  @Option(
      names = "--key",
      required = true,
      paramLabel = "FILE",
      description = "The centre's private key.")
  private Path key;

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
      names = "--policy",
      paramLabel = "FILE",
      description =
          "What the site lets leave: {\"maxBytes\": N, \"minLevel\": \"L2\", \"minClassCount\": N},"
              + " null where there is no limit.")
  private @Nullable Path policy;

  @Mixin private Printing printing;

  /** Made by picocli. */
  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private PackCommand() {}

  @Override
  public Integer call() {
    Branch branch = place.open();
    AtomicFolder.check(out, place.overwrite());
    Contribution contribution = contribution(branch);
    boolean eightBit = Files.exists(branch.file(Branch.LIGHT).resolve(LightFolder.MODULE));
    List<Manifest> written = new ArrayList<>();
    AtomicFolder.write(
        out,
        place.overwrite(),
        folder -> {
          ContributionFolder.write(contribution, eightBit, folder);
          Manifest manifest = Manifest.of(folder, contribution, branch.training());
          Files.writeString(
              folder.resolve(ContributionFolder.MANIFEST),
              manifest.toMarkdown(),
              StandardCharsets.UTF_8);
          checkPolicy(
              manifest.bytes() + manifest.toMarkdown().getBytes(StandardCharsets.UTF_8).length,
              contribution,
              branch);
          ContributionFolder.read(folder); // as the forge will
          written.add(manifest);
        });
    print(contribution, written.get(0));
    return CommandLine.ExitCode.OK;
  }

  private Contribution contribution(Branch branch) {
    Contribution contribution = new Contribution(branch.module(), branch.distilled());
    Path certificate = branch.file(CertificateFile.NAME);
    if (Files.exists(certificate)) {
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

  private void checkPolicy(long bytes, Contribution contribution, Branch branch) {
    if (policy == null) {
      return;
    }
    LeakageCertificate.Level level =
        contribution.certificates().stream()
            .map(LeakageCertificate::level)
            .findFirst()
            .orElse(LeakageCertificate.Level.L0);
    int smallest =
        branch.training().patients().values().stream().mapToInt(count -> count).min().orElse(0);
    SitePolicy.read(policy).check(bytes, level, smallest, policy);
  }

  private void print(Contribution contribution, Manifest manifest) {
    List<String> lines = new ArrayList<>(manifest.toMarkdown().lines().toList());
    lines.add("");
    lines.add("wrote " + out);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("out", out.toString());
    json.put("plugin", contribution.module().id().toString());
    json.put("contribution", contribution.digest().toString());
    json.put("statement", contribution.statement().toString());
    json.put("bytes", manifest.bytes());
    Optional<LeakageCertificate> certificate = contribution.certificates().stream().findFirst();
    certificate.ifPresent(each -> json.put("level", each.level().name()));
    ObjectNode files = json.putObject("files");
    manifest.files().forEach(file -> files.put(file.name(), file.bytes()));
    printing.print(lines, json);
  }
}
