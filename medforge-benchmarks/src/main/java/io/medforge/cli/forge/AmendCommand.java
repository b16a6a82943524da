package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.governance.Standing;
import io.medforge.forge.repository.RecordedRepository;
import io.medforge.plugin.Digest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Changes the rules, by the rules. */
@Command(
    name = "amend",
    description = {
      "Proposes another charter, or approves (or vetoes) one proposed: every member runs it with",
      "the same file. It holds once the quorum of a release under the charter before has signed.",
      "Base and strategy stay."
    },
    mixinStandardHelpOptions = true)
final class AmendCommand implements Callable<Integer> {
  @Option(
      names = "--charter",
      required = true,
      paramLabel = "FILE",
      description = "The new rules, as JSON.")
  private Path file;

  @Mixin private Vote vote;
  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private AmendCommand() {}

  @Override
  public Integer call() {
    Charter proposal = Charter.read(file);
    vote.checkRole();
    return forge.open(OpenForge.Need.NOTHING, opened -> amend(opened.repository(), proposal));
  }

  private int amend(RecordedRepository repository, Charter proposal) {
    while (true) {
      CharterInForce held = ForgeFolder.charter(repository);
      int size = repository.entries().size();
      held.checkAmends(proposal);
      Digest subject = held.subject(proposal);
      LedgerEntry.Decide decision = vote.on(subject);
      if (held.charter().governance().roster().deciderOf(decision).isEmpty()) {
        throw new IllegalArgumentException(
            "expected a member's key and one of the member's roles, found "
                + decision.signature().keyId()
                + " as "
                + decision.role());
      }
      if (!held.isProposed(subject)) {
        repository.append(size, new LedgerEntry.Note(CharterInForce.PROPOSAL, proposal.text()));
      } else if (repository.append(size, decision)) {
        return say(repository, proposal, subject);
      }
    }
  }

  private int say(RecordedRepository repository, Charter proposal, Digest subject) {
    CharterInForce now = ForgeFolder.charter(repository);
    boolean holds = now.charter().text().equals(proposal.text());
    ObjectNode json = ForgeJson.object();
    json.put("amended", holds);
    json.put("subject", subject.toString());
    List<String> lines = new ArrayList<>();
    if (holds) {
      lines.add("amended: the new charter holds");
    } else {
      Standing standing = now.standing(subject);
      json.set("standing", ForgeJson.standing(standing));
      lines.add(
          "recorded; "
              + String.join("; ", standing.missing())
              + (standing.vetoes().isEmpty() ? "" : ", vetoed by " + standing.vetoes()));
    }
    printing.print(lines, json);
    return CommandLine.ExitCode.OK;
  }
}
