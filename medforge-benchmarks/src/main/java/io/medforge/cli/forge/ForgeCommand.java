package io.medforge.cli.forge;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The main branch: offer, review, release, leave, verify. */
@Command(
    name = "forge",
    description = "Keeps a main branch that hospitals contribute to.",
    subcommands = {
      KeyCommand.class,
      InitCommand.class,
      OfferCommand.class,
      LogCommand.class,
      ShowCommand.class,
      DiffCommand.class,
      ApproveCommand.class,
      AmendCommand.class,
      WithdrawCommand.class,
      RollbackCommand.class,
      VerifyCommand.class,
      ValueCommand.class,
      ExportCommand.class
    },
    mixinStandardHelpOptions = true)
public final class ForgeCommand implements Runnable {
  @Spec private CommandSpec spec;

  /** Made by picocli. */
  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private ForgeCommand() {}

  /** Without a command there is nothing to do. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "expected a command: " + spec.subcommands().keySet());
  }
}
