package io.medforge.cli.forge;

import io.medforge.forge.Contribution;
import io.medforge.forge.Finding;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.governance.Standing;
import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.mainline.VersionSummary;
import io.medforge.plugin.PluginId;
import io.medforge.report.HtmlPage;
import io.medforge.report.LineageTree;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Collectors;

/** An item as a page: what it holds, how it came to be, what was found and decided. */
final class ItemPage {
  /** More versions than this would not fit a figure; the newest are drawn. */
  private static final int DRAWN = 12;

  private ItemPage() {}

  static String of(
      Mainline<ForgedModel> mainline, VersionSummary version, Optional<Standing> standing) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("Version", Integer.toString(version.version()));
    facts.put("Made by", PlainText.of(version.cause()));
    version.item().ifPresent(item -> facts.put("Item", item.toString()));
    version.result().ifPresent(result -> facts.put("Result", result.toString()));
    standing.ifPresent(
        each -> {
          facts.put("Released", each.approved() ? "yes" : "no");
          facts.put("Approvals asked for", each.quorum().toString());
          facts.put("Approved by", names(each.approvals().keySet()));
          facts.put("Vetoed by", names(each.vetoes()));
        });
    HtmlPage.Builder page =
        HtmlPage.titled("Forge item, version " + version.version()).facts(facts);
    page.section("Lineage").figure(lineage(mainline, version).draw(), "What came of what.");
    page.section("Contributions");
    contributions(page, mainline.contributions(version.version()));
    page.section("Findings");
    if (version.entry() >= 0) {
      LedgerEntry entry = mainline.entries().get(version.entry());
      findings(page, entry.outcome().findings());
    }
    return page.build().toHtml();
  }

  private static String names(Collection<String> members) {
    return members.isEmpty() ? "nobody" : String.join(", ", members);
  }

  private static String numbers(SortedMap<String, Double> numbers) {
    return numbers.entrySet().stream()
        .map(each -> each.getKey() + " " + each.getValue())
        .collect(Collectors.joining("; "));
  }

  private static void contributions(
      HtmlPage.Builder page, SortedMap<PluginId, Contribution> contributions) {
    List<List<String>> rows = new ArrayList<>();
    contributions.forEach(
        (plugin, each) ->
            rows.add(
                List.of(
                    plugin.toString(),
                    PlainText.of(each.licence().orElse("not stated")),
                    each.baseVersion().isPresent()
                        ? Integer.toString(each.baseVersion().getAsInt())
                        : "not stated",
                    each.digest().toString())));
    if (rows.isEmpty()) {
      page.paragraph("None: the base alone answers.");
    } else {
      page.table(
          "What is merged", List.of("Plugin", "Licence", "Trained from version", "Digest"), rows);
    }
  }

  private static void findings(HtmlPage.Builder page, List<Finding> findings) {
    List<List<String>> rows = new ArrayList<>();
    for (Finding finding : findings) {
      rows.add(
          List.of(
              finding.check(),
              finding.verdict().name().toLowerCase(Locale.ROOT),
              PlainText.of(finding.message()),
              PlainText.of(numbers(finding.numbers()))));
    }
    if (rows.isEmpty()) {
      page.paragraph("The checks found nothing to note.");
    } else {
      page.table("What the checks found", List.of("Check", "Verdict", "Finding", "Numbers"), rows);
    }
  }

  /** Versions in a row up to this one, and the contributions where they came in. */
  private static LineageTree lineage(Mainline<ForgedModel> mainline, VersionSummary version) {
    List<LineageTree.Node> nodes = new ArrayList<>();
    List<LineageTree.Edge> edges = new ArrayList<>();
    List<LedgerEntry> entries = mainline.entries();
    int first = Math.max(0, version.version() - DRAWN);
    for (VersionSummary each : mainline.versions().subList(first, version.version() + 1)) {
      String id = "version " + each.version();
      nodes.add(new LineageTree.Node(id, id, "item"));
      if (each.version() > first) {
        edges.add(new LineageTree.Edge("version " + (each.version() - 1), id));
      }
      if (each.entry() >= 0 && entries.get(each.entry()) instanceof LedgerEntry.Admit admit) {
        String contribution = "contribution " + each.version();
        String label = admit.contribution().module().id().toString();
        nodes.add(new LineageTree.Node(contribution, label, "contribution"));
        edges.add(new LineageTree.Edge(contribution, id));
      }
    }
    return new LineageTree("Lineage of version " + version.version(), nodes, edges);
  }
}
