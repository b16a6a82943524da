package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.Contribution;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.governance.Standing;
import io.medforge.forge.mainline.Mainline;
import io.medforge.plugin.Digest;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Approves or vetoes. */
@Command(
    name = "approve",
    description = {
      "Approves (or vetoes) a version's release, or what waits in quarantine; once enough members",
      "have approved, what waits is examined again and admitted."
    },
    mixinStandardHelpOptions = true)
final class ApproveCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "SUBJECT",
      description = "A version's number, head, a plugin in quarantine, or a digest.")
  private String subject;

  @Mixin private Vote vote;
  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private ApproveCommand() {}

  @Override
  public Integer call() {
    vote.checkRole();
    return forge.open(
        OpenForge.Need.NOTHING,
        looked -> {
          Digest digest = OpenForge.subject(looked.mainline(), subject);
          looked.mainline().review().decide(vote.on(digest));
          LedgerEntry.Quarantine waiting = looked.mainline().quarantine().get(digest);
          return waiting != null
              ? ofContribution(digest, waiting, looked.mainline())
              : ofItem(digest, looked.mainline());
        });
  }

  private int ofContribution(
      Digest digest, LedgerEntry.Quarantine waiting, Mainline<ForgedModel> mainline) {
    Standing standing = mainline.review().standing(digest);
    if (!standing.approved()) {
      return say(standing, digest);
    }
    Contribution held = waiting.contribution();
    return forge.open(
        OpenForge.Need.CHECKS,
        opened -> OfferCommand.say(opened.mainline().review().admit(digest), held, printing));
  }

  private int ofItem(Digest digest, Mainline<ForgedModel> mainline) {
    return mainline.versions().stream()
        .filter(version -> version.item().filter(digest::equals).isPresent())
        .findFirst()
        .map(version -> say(mainline.review().standing(version), digest))
        .orElseThrow();
  }

  private int say(Standing standing, Digest digest) {
    ObjectNode json = ForgeJson.standing(standing);
    json.put("subject", digest.toString());
    String state =
        standing.approved() ? "approved" : "recorded; " + String.join("; ", standing.missing());
    printing.print(
        List.of(state + (standing.vetoes().isEmpty() ? "" : ", vetoed by " + standing.vetoes())),
        json);
    return CommandLine.ExitCode.OK;
  }
}
