package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.Finding;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.mainline.Mainline;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Takes a contribution out. */
@Command(
    name = "withdraw",
    description = "Takes a contribution out: the new item is the one that never saw it.",
    mixinStandardHelpOptions = true)
final class WithdrawCommand implements Callable<Integer> {
  @Parameters(paramLabel = "PLUGIN", description = "Its id.")
  private String plugin;

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "Why, for the record; never patient data.")
  private String reason;

  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private WithdrawCommand() {}

  @Override
  public Integer call() {
    return forge.open(OpenForge.Need.NOTHING, opened -> withdraw(opened.mainline()));
  }

  private int withdraw(Mainline<PluginModule> mainline) {
    ForgeItem<PluginModule> item = mainline.withdraw(PluginId.parse(plugin), reason);
    List<Finding> remains =
        mainline
            .entries()
            .get(mainline.versions().get(item.version()).entry())
            .outcome()
            .findings();
    ObjectNode json = ForgeJson.object();
    json.put("version", item.version());
    json.put("item", item.digest().toString());
    json.set("findings", ForgeJson.findings(remains));
    List<String> lines = new ArrayList<>();
    lines.add("version " + item.version() + ": " + item.cause());
    lines.addAll(ForgeJson.lines(remains));
    printing.print(lines, json);
    return CommandLine.ExitCode.OK;
  }
}
