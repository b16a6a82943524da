package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.JsonNode;
import io.medforge.cli.CanonicalJson;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** How an answer is printed: lines for people, or JSON. */
public final class Printing {
  @Option(names = "--json", description = "Print JSON instead of text.")
  private boolean json;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Made by picocli. */
  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  public Printing() {}

  /**
   * Prints an answer.
   *
   * @param lines for people
   * @param document the same as JSON
   */
  public void print(List<String> lines, JsonNode document) {
    StringBuilder text = new StringBuilder();
    lines.forEach(line -> text.append(PlainText.of(line)).append('\n'));
    spec.commandLine().getOut().print(json ? CanonicalJson.toText(document) : text.toString());
    spec.commandLine().getOut().flush();
  }

  /**
   * Says on standard error what is wrong.
   *
   * @param line one line
   */
  public void complain(String line) {
    spec.commandLine().getErr().println(spec.qualifiedName() + ": " + PlainText.of(line));
  }
}
