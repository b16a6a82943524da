package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.Finding;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.governance.Standing;
import io.medforge.forge.mainline.VersionSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What commands say, as JSON and as lines. */
final class ForgeJson {
  private ForgeJson() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static ObjectNode version(VersionSummary version) {
    ObjectNode json = object();
    json.put("version", version.version());
    json.put("cause", version.cause());
    version.item().ifPresent(item -> json.put("item", item.toString()));
    version.result().ifPresent(result -> json.put("result", result.toString()));
    ObjectNode contributions = json.putObject("contributions");
    version
        .contributions()
        .forEach((plugin, digest) -> contributions.put(plugin.toString(), digest.toString()));
    return json;
  }

  static ArrayNode findings(List<Finding> findings) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (Finding finding : findings) {
      ObjectNode json = array.addObject();
      json.put("check", finding.check());
      json.put("verdict", finding.verdict().name().toLowerCase(Locale.ROOT));
      json.put("message", finding.message());
      ObjectNode numbers = json.putObject("numbers");
      finding.numbers().forEach(numbers::put);
    }
    return array;
  }

  static List<String> lines(List<Finding> findings) {
    List<String> lines = new ArrayList<>();
    for (Finding finding : findings) {
      String verdict = finding.verdict().name().toLowerCase(Locale.ROOT);
      lines.add("  " + verdict + " by " + finding.check() + ": " + finding.message());
    }
    return lines;
  }

  static ObjectNode standing(Standing standing) {
    ObjectNode json = object();
    json.put("approved", standing.approved());
    json.put("quorum", standing.quorum().toString());
    ObjectNode approvals = json.putObject("approvals");
    standing
        .approvals()
        .forEach((name, role) -> approvals.put(name, role.name().toLowerCase(Locale.ROOT)));
    standing.vetoes().forEach(json.putArray("vetoes")::add);
    standing.missing().forEach(json.putArray("missing")::add);
    return json;
  }

  /** One line of the ledger: what kind of entry, and about what. */
  static String line(LedgerEntry entry) {
    if (entry instanceof LedgerEntry.Admit admit) {
      return "admit " + admit.contribution().module().id();
    }
    if (entry instanceof LedgerEntry.Withdraw withdraw) {
      return "withdraw " + withdraw.plugin() + ": " + withdraw.reason();
    }
    if (entry instanceof LedgerEntry.RollBack back) {
      return "roll back to version " + back.version() + ": " + back.reason();
    }
    if (entry instanceof LedgerEntry.Quarantine quarantine) {
      return "quarantine " + quarantine.contribution().module().id();
    }
    if (entry instanceof LedgerEntry.Refuse refuse) {
      return "refuse " + refuse.plugin();
    }
    if (entry instanceof LedgerEntry.Decide decide) {
      return decide.decision() + " " + decide.subject() + " as " + decide.role();
    }
    return "note: " + ((LedgerEntry.Note) entry).kind();
  }
}
