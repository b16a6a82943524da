package io.medforge.cli.forge;

import io.medforge.plugin.PluginId;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Takes a contribution out. */
@Command(
    name = "withdraw",
    description = "Takes a contribution out: the new item is the one that never saw it.",
    mixinStandardHelpOptions = true)
final class WithdrawCommand implements Callable<Integer> {
  @Parameters(paramLabel = "PLUGIN", description = "Its id.")
  private String plugin;

  @Mixin private Change change;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private WithdrawCommand() {}

  @Override
  public Integer call() {
    PluginId leaving = PluginId.parse(plugin);
    return change.make((mainline, reason) -> mainline.withdraw(leaving, reason));
  }
}
