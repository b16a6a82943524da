package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.ForgeItem;
import io.medforge.plugin.PluginModule;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Goes back. */
@Command(
    name = "rollback",
    description = "Makes a new version equal to an old one; history is never rewritten.",
    mixinStandardHelpOptions = true)
final class RollbackCommand implements Callable<Integer> {
  @Parameters(paramLabel = "VERSION", description = "The old version's number.")
  private int version;

  @Option(
      names = "--reason",
      required = true,
      paramLabel = "TEXT",
      description = "Why, for the record; never patient data.")
  private String reason;

  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private RollbackCommand() {}

  @Override
  public Integer call() {
    ForgeItem<PluginModule> item =
        forge.open(OpenForge.Need.NOTHING, opened -> opened.mainline().rollBackTo(version, reason));
    ObjectNode json = ForgeJson.object();
    json.put("version", item.version());
    json.put("item", item.digest().toString());
    printing.print(List.of("version " + item.version() + ": " + item.cause()), json);
    return CommandLine.ExitCode.OK;
  }
}
