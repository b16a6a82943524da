package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.Finding;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.mainline.Mainline;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What commands share that take something back: a reason, and a new version to tell of. */
final class Change {
  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "Why, for the record; never patient data.")
  private String reason;

  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  Change() {}

  /** Makes the change and prints the new version with what its entry states. */
  int make(BiFunction<Mainline<ForgedModel>, String, ForgeItem<ForgedModel>> change) {
    return forge.open(
        OpenForge.Need.MERGE,
        opened -> say(opened.mainline(), change.apply(opened.mainline(), reason)));
  }

  private int say(Mainline<ForgedModel> mainline, ForgeItem<ForgedModel> item) {
    int entry = mainline.versions().get(item.version()).entry();
    List<Finding> findings = mainline.entries().get(entry).outcome().findings();
    ObjectNode json = ForgeJson.object();
    json.put("version", item.version());
    json.put("item", item.digest().toString());
    json.set("findings", ForgeJson.findings(findings));
    List<String> lines = new ArrayList<>();
    lines.add("version " + item.version() + ": " + item.cause());
    lines.addAll(ForgeJson.lines(findings));
    printing.print(lines, json);
    return CommandLine.ExitCode.OK;
  }
}
