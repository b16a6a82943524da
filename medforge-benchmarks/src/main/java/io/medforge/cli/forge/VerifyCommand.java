package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.ForgeRepository;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.mainline.StrategySource;
import io.medforge.forge.repository.Verification;
import io.medforge.plugin.Digest;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Checks everything again. */
@Command(
    name = "verify",
    description = "Recomputes every digest, signature and proof; names the first broken thing.",
    mixinStandardHelpOptions = true)
final class VerifyCommand implements Callable<Integer> {
  @Option(names = "--replay", description = "Merge every version again and compare the results.")
  private boolean replay;

  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private VerifyCommand() {}

  @Override
  public Integer call() {
    return forge.open(replay ? OpenForge.Need.MERGE : OpenForge.Need.NOTHING, this::verify);
  }

  private int verify(OpenForge.Opened opened) {
    Verification verification = Verification.of(opened.repository());
    if (replay) {
      StrategySource<ForgedModel> source = opened.charter().rule().source(opened.runtime());
      verification.replaying(entries -> merge(entries, opened.charter(), source));
    }
    Verification.Report report = verification.run();
    ObjectNode json = ForgeJson.object();
    json.put("clean", report.isClean());
    json.put("entries", report.entries());
    json.put("redacted", report.redacted());
    json.put("replayed", report.replayed());
    String counts = report.entries() + " entries, " + report.replayed() + " merges replayed";
    if (report.broken().isPresent()) {
      Verification.Broken broken = report.broken().get();
      json.put("where", broken.where());
      json.put("broken", broken.message());
      printing.print(List.of("broken after " + counts), json);
      printing.complain(broken.message() + ", at " + broken.where());
      return CommandLine.ExitCode.SOFTWARE;
    }
    printing.print(List.of("clean: " + counts), json);
    return CommandLine.ExitCode.OK;
  }

  private static Optional<Digest> merge(
      List<LedgerEntry> entries, Charter charter, StrategySource<ForgedModel> source) {
    ForgeRepository fixed = ForgeRepository.inMemory();
    for (LedgerEntry entry : entries) {
      fixed.append(fixed.entries().size(), entry);
    }
    Mainline<ForgedModel> mainline = charter.mainline(source).repository(fixed).build();
    return mainline.head().merged().map(model -> model.record().result());
  }
}
