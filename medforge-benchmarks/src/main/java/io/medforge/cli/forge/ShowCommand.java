package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.governance.Standing;
import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.mainline.VersionSummary;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import picocli.CommandLine.Parameters;

/** Shows an item. */
@Command(
    name = "show",
    description = "Shows a version: what it holds, what made it, who approved it; and what waits.",
    mixinStandardHelpOptions = true)
final class ShowCommand implements Callable<Integer> {
  @Parameters(
      arity = "0..1",
      paramLabel = "VERSION",
      defaultValue = "head",
      description = "A version's number. Default: head.")
  private String version;

  @Option(
      names = "--html",
      paramLabel = "FILE",
      description = "Also write a page with the item's lineage drawn.")
  private @Nullable Path html;

  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private ShowCommand() {}

  @Override
  public Integer call() {
    return forge.open(OpenForge.Need.NOTHING, opened -> show(opened.mainline()));
  }

  private int show(Mainline<ForgedModel> mainline) {
    VersionSummary found = OpenForge.version(mainline, version);
    Optional<Standing> standing = found.item().map(item -> mainline.review().standing(found));
    ObjectNode json = ForgeJson.version(found);
    List<String> lines = new ArrayList<>();
    lines.add("version " + found.version() + ": " + found.cause());
    found.item().ifPresent(item -> lines.add("item    " + item));
    found.contributions().forEach((plugin, digest) -> lines.add("  " + plugin + "  " + digest));
    if (found.entry() >= 0) {
      LedgerEntry entry = mainline.entries().get(found.entry());
      json.set("findings", ForgeJson.findings(entry.outcome().findings()));
      lines.addAll(ForgeJson.lines(entry.outcome().findings()));
    }
    if (standing.isPresent()) {
      json.set("standing", ForgeJson.standing(standing.get()));
      lines.add(
          standing.get().approved() ? "released" : "not released: " + lacking(standing.get()));
    }
    ObjectNode waiting = json.putObject("quarantine");
    mainline
        .quarantine()
        .forEach(
            (digest, held) -> {
              waiting.put(digest.toString(), held.contribution().module().id().toString());
              lines.add("waits   " + held.contribution().module().id() + "  " + digest);
            });
    if (html != null) {
      write(html, ItemPage.of(mainline, found, standing));
      lines.add("wrote " + html);
    }
    printing.print(lines, json);
    return CommandLine.ExitCode.OK;
  }

  /** What keeps a version from being released, in words. */
  static String lacking(Standing standing) {
    List<String> reasons = new ArrayList<>(standing.missing());
    standing.vetoes().forEach(name -> reasons.add("veto of " + name));
    return String.join("; ", reasons);
  }

  static void write(Path file, String text) {
    try {
      Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException("writing " + file, e);
    }
  }
}
