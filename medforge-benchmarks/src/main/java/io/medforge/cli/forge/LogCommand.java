package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.mainline.Mainline;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells the history. */
@Command(
    name = "log",
    description = "Lists every entry of the ledger, newest first.",
    mixinStandardHelpOptions = true)
final class LogCommand implements Callable<Integer> {
  @Option(names = "--graph", description = "Draw which contribution came in where.")
  private boolean graph;

  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private LogCommand() {}

  @Override
  public Integer call() {
    return forge.open(OpenForge.Need.NOTHING, opened -> tell(opened.mainline()));
  }

  private int tell(Mainline<ForgedModel> mainline) {
    List<String> lines = new ArrayList<>();
    ObjectNode json = ForgeJson.object();
    ArrayNode array = json.putArray("entries");
    int version = 0;
    for (LedgerEntry entry : mainline.entries()) {
      version += entry.makesVersion() ? 1 : 0;
      ObjectNode each = array.addObject();
      each.put("entry", array.size() - 1);
      each.put("what", ForgeJson.line(entry));
      each.set("findings", ForgeJson.findings(entry.outcome().findings()));
      String name = entry.makesVersion() ? "v" + version : "-";
      if (entry.makesVersion()) {
        each.put("version", version);
      }
      lines.addAll(0, lines(entry, name));
    }
    printing.print(lines, json);
    return CommandLine.ExitCode.OK;
  }

  private List<String> lines(LedgerEntry entry, String name) {
    String what = name + "  " + ForgeJson.line(entry);
    if (!graph) {
      return List.of(what);
    }
    if (entry instanceof LedgerEntry.Admit admit) {
      return List.of("*    " + what, "|\\", "| o  " + admit.contribution().digest(), "|/");
    }
    return List.of((entry.makesVersion() ? "*    " : "|    ") + what);
  }
}
