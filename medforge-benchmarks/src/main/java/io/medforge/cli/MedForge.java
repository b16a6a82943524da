package io.medforge.cli;

import io.medforge.cli.centre.AuditCommand;
import io.medforge.cli.centre.DistilCommand;
import io.medforge.cli.centre.LightenCommand;
import io.medforge.cli.centre.PackCommand;
import io.medforge.cli.centre.TrainCommand;
import io.medforge.cli.forge.ForgeCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.Spec;

/** The program: {@code java -jar medforge.jar}. */
@Command(
    name = "medforge",
    description = "Merges LoRA plugin modules that hospitals trained apart.",
    subcommands = {
      TrainCommand.class,
      LightenCommand.class,
      DistilCommand.class,
      AuditCommand.class,
      PackCommand.class,
      InspectCommand.class,
      CompareCommand.class,
      FuseCommand.class,
      ExtractCommand.class,
      ForgeCommand.class,
      MixCommand.class,
      PredictCommand.class,
      ExplainCommand.class,
      StudyCommand.class
    },
    mixinStandardHelpOptions = true,
    versionProvider = MedForge.Version.class,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:done", "1:refused or failed", "2:wrong usage"})
public final class MedForge implements Runnable {
  private static final String OFFLINE = "ai.djl.offline";

  @Option(
      names = "--verbose",
      description = "Print the stack trace of a failure.",
      scope = CommandLine.ScopeType.INHERIT)
  private boolean verbose;

  @Spec private CommandSpec spec;

  /** Made by {@link #commandLine()}. */
  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private MedForge() {}

  /**
   * Runs a command and ends the JVM with its exit code.
   *
   * @param args the command and its arguments
   */
  public static void main(String[] args) {
    // Nothing here may contact a host; whoever wants DJL's downloads says so.
    if (System.getProperty(OFFLINE) == null) {
      System.setProperty(OFFLINE, "true");
    }
    System.exit(commandLine().execute(args));
  }

  /**
   * The command line, ready to execute.
   *
   * @return a new one, writing to standard output and error unless told otherwise
   */
  static CommandLine commandLine() {
    MedForge program = new MedForge();
    return new CommandLine(program)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setParameterExceptionHandler(MedForge::explainUsage)
        .setExecutionStrategy(MedForge::run)
        .setExecutionExceptionHandler(
            (failure, command, parsed) -> program.explainFailure(failure, command));
  }

  /** Without a command there is nothing to do. */
  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "expected a command: " + spec.subcommands().keySet());
  }

  /** A missing or broken native library, or too little memory, is a failure like any other. */
  private static int run(CommandLine.ParseResult parsed) {
    try {
      return new RunLast().execute(parsed);
    } catch (LinkageError | OutOfMemoryError e) {
      throw new ExecutionException(
          parsed.commandSpec().commandLine(), e.toString(), new IllegalStateException(e));
    }
  }

  private static int explainUsage(ParameterException misuse, String[] args) {
    CommandLine command = misuse.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    command.getErr().println(name + ": " + FailureLine.of(misuse));
    command.getErr().println("Try '" + name + " --help'.");
    return CommandLine.ExitCode.USAGE;
  }

  private int explainFailure(Exception failure, CommandLine command) {
    command
        .getErr()
        .println(command.getCommandSpec().qualifiedName() + ": " + FailureLine.of(failure));
    if (verbose) {
      failure.printStackTrace(command.getErr());
    }
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** The version in the jar's manifest. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = MedForge.class.getPackage().getImplementationVersion();
      return new String[] {
        "medforge " + (version == null ? "(development)" : version),
        "Java " + System.getProperty("java.version") + ", " + System.getProperty("os.arch")
      };
    }
  }
}
