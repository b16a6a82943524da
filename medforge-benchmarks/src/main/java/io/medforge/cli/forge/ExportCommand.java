package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.cli.AtomicFolder;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.governance.Standing;
import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.mainline.VersionSummary;
import io.medforge.forge.repository.ReleaseDocuments;
import io.medforge.merge.Merged;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes an item out of the forge. */
@Command(
    name = "export",
    description = {
      "Writes a released item: an adapter that PEFT loads (or a mixture that medforge predict",
      "asks), its record, a page, and as evidence the",
      "model card, the CycloneDX ML-BOM, the in-toto statement and what was checked and decided."
    },
    mixinStandardHelpOptions = true)
final class ExportCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      defaultValue = "head",
      paramLabel = "VERSION",
      description = "A version's number. Default: head.")
  private String version;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "DIR",
      description = "The folder to write.")
  private Path out;

  @Option(names = "--unreleased", description = "Also where approvals are missing.")
  private boolean unreleased;

  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private ExportCommand() {}

  @Override
  public Integer call() {
    return forge.open(OpenForge.Need.MERGE, this::export);
  }

  private int export(OpenForge.Opened opened) {
    Mainline<ForgedModel> mainline = opened.mainline();
    VersionSummary found = OpenForge.version(mainline, version);
    ForgeItem<ForgedModel> item = mainline.item(found.version());
    Merged<ForgedModel> merged =
        item.merged()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "expected a version with a model, found the empty one " + version));
    Standing standing = mainline.review().standing(found);
    boolean asApproved = found.item().filter(item.digest()::equals).isPresent();
    if (!unreleased && !(standing.approved() && asApproved)) {
      throw new IllegalArgumentException(
          "expected a released version, found "
              + (asApproved
                  ? ShowCommand.lacking(standing)
                  : "one that merges to another result than recorded")
              + ", at version "
              + found.version());
    }
    AtomicFolder.write(
        out,
        false,
        folder -> {
          merged.value().write(folder, merged.record());
          ReleaseDocuments.of(opened.charter().base().name(), item, opened.repository())
              .writeEvidence(folder.resolve("evidence"));
          ShowCommand.write(
              folder.resolve("item.html"), ItemPage.of(mainline, found, Optional.of(standing)));
        });
    ObjectNode json = ForgeJson.version(found);
    json.put("released", standing.approved());
    printing.print(List.of("wrote version " + found.version() + " to " + out), json);
    return CommandLine.ExitCode.OK;
  }
}
