package io.medforge.cli.forge;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Goes back. */
@Command(
    name = "rollback",
    description = "Makes a new version equal to an old one; history is never rewritten.",
    mixinStandardHelpOptions = true)
final class RollbackCommand implements Callable<Integer> {
  @Parameters(paramLabel = "VERSION", description = "The old version's number.")
  private int version;

  @Mixin private Change change;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private RollbackCommand() {}

  @Override
  public Integer call() {
    return change.make((mainline, reason) -> mainline.rollBackTo(version, reason));
  }
}
