package io.medforge.study;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A table of texts: as aligned plain text or as Markdown. The first column is set left, the others
 * right. Immutable.
 *
 * @param header the columns' titles
 * @param rows of as many cells
 */
public record Grid(List<String> header, List<List<String>> rows) {
  /**
   * Copies and checks.
   *
   * @throws IllegalArgumentException if a row has another number of cells than the header
   */
  public Grid {
    header = List.copyOf(header);
    rows = rows.stream().map(List::copyOf).toList();
    for (List<String> row : rows) {
      if (row.size() != header.size()) {
        throw new IllegalArgumentException(
            "expected " + header.size() + " cells, found " + row.size() + ", at " + row);
      }
    }
  }

  /**
   * Aligned with blanks, each line indented by two.
   *
   * @return lines of text
   */
  public String toText() {
    int[] widths =
        IntStream.range(0, header.size())
            .map(c -> lines().stream().mapToInt(row -> row.get(c).length()).max().orElse(0))
            .toArray();
    return lines().stream()
        .map(
            row ->
                IntStream.range(0, row.size())
                    .mapToObj(c -> pad(row.get(c), widths[c], c == 0))
                    .collect(Collectors.joining("  ", "  ", "\n")))
        .collect(Collectors.joining());
  }

  /**
   * A GitHub-flavoured Markdown table.
   *
   * @return lines of Markdown
   */
  public String toMarkdown() {
    List<String> rule =
        IntStream.range(0, header.size()).mapToObj(c -> c == 0 ? "---" : "---:").toList();
    List<List<String>> all = lines();
    all.add(1, rule);
    return all.stream()
        .map(row -> row.stream().collect(Collectors.joining(" | ", "| ", " |\n")))
        .collect(Collectors.joining());
  }

  private List<List<String>> lines() {
    List<List<String>> lines = new ArrayList<>();
    lines.add(header);
    lines.addAll(rows);
    return lines;
  }

  private static String pad(String text, int width, boolean left) {
    String blanks = " ".repeat(width - text.length());
    return left ? text + blanks : blanks + text;
  }
}
