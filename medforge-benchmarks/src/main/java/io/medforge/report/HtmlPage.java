package io.medforge.report;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * One self-contained page: no scripts, no outside resources (its own content policy forbids them),
 * readable on paper, in the light and in the dark. Built from top to bottom. Immutable.
 */
public final class HtmlPage {
  private final String html;

  private HtmlPage(String html) {
    this.html = html;
  }

  /**
   * Begins a page.
   *
   * @param title its title
   * @return a builder
   */
  public static Builder titled(String title) {
    return new Builder(title);
  }

  /**
   * The page.
   *
   * @return an HTML document in UTF-8; the same bytes for the same content
   */
  public String toHtml() {
    return html;
  }

  /** Adds what the page says, from top to bottom. Not thread-safe. */
  public static final class Builder {
    private static final Pattern NUMERIC =
        Pattern.compile("[-+]?[\\d.,]*\\d(?:[eE][-+]?\\d+)?\\s?%?|[-?]|");

    private final String title;
    private final StringBuilder body = new StringBuilder();

    private Builder(String title) {
      this.title = title;
    }

    /**
     * The page's message, right below the title.
     *
     * @param text one or two sentences
     * @return this
     */
    public Builder lead(String text) {
      return element("p class=\"lead\"", "p", text);
    }

    /**
     * Begins a section.
     *
     * @param heading its heading
     * @return this
     */
    public Builder section(String heading) {
      return element("h2", "h2", heading);
    }

    /**
     * Adds a paragraph.
     *
     * @param text any
     * @return this
     */
    public Builder paragraph(String text) {
      return element("p", "p", text);
    }

    /**
     * Adds what a reader must not miss.
     *
     * @param text one or two sentences
     * @return this
     */
    public Builder notice(String text) {
      return element("p class=\"notice\"", "p", text);
    }

    /**
     * Adds text as it is, such as JSON or a digest.
     *
     * @param text any
     * @return this
     */
    public Builder verbatim(String text) {
      return element("pre", "pre", text);
    }

    /**
     * Adds points.
     *
     * @param points one sentence each; none adds nothing
     * @return this
     */
    public Builder list(List<String> points) {
      if (!points.isEmpty()) {
        body.append("<ul>\n");
        points.forEach(point -> element("li", "li", point));
        body.append("</ul>\n");
      }
      return this;
    }

    /**
     * Adds names with what they stand for.
     *
     * @param facts in the map's own order; none adds nothing
     * @return this
     */
    public Builder facts(Map<String, String> facts) {
      if (!facts.isEmpty()) {
        body.append("<dl>\n");
        facts.forEach((name, value) -> element("dt", "dt", name).element("dd", "dd", value));
        body.append("</dl>\n");
      }
      return this;
    }

    /**
     * Adds a table. Columns of numbers are set right; a table wider than the window scrolls under
     * its first column.
     *
     * @param caption one sentence
     * @param header the columns' titles
     * @param rows of as many cells
     * @return this
     * @throws IllegalArgumentException if a row has another number of cells than the header
     */
    public Builder table(String caption, List<String> header, List<List<String>> rows) {
      for (List<String> row : rows) {
        if (row.size() != header.size()) {
          throw new IllegalArgumentException(
              "expected " + header.size() + " cells, found " + row.size() + ", at " + row);
        }
      }
      body.append("<div class=\"wide\" tabindex=\"0\"><table>\n");
      element("caption", "caption", caption);
      List<Boolean> numeric =
          IntStream.range(0, header.size()).mapToObj(c -> isNumeric(rows, c)).toList();
      body.append("<thead>");
      row("th scope=\"col\"", "th", header, numeric);
      body.append("</thead>\n<tbody>\n");
      rows.forEach(row -> row("td", "td", row, numeric));
      body.append("</tbody>\n</table></div>\n");
      return this;
    }

    /**
     * Adds a figure.
     *
     * @param figure drawn
     * @param caption one sentence that says what to see in it
     * @return this
     */
    public Builder figure(Figure figure, String caption) {
      body.append("<figure>\n").append(figure.svg());
      element("figcaption", "figcaption", caption);
      body.append("</figure>\n");
      return this;
    }

    /**
     * Finishes the page.
     *
     * @return the page
     */
    public HtmlPage build() {
      return new HtmlPage(PageLayout.around(title, body.toString()));
    }

    private Builder element(String opening, String name, String text) {
      body.append('<').append(opening).append('>').append(Markup.escape(text));
      body.append("</").append(name).append(">\n");
      return this;
    }

    private void row(String opening, String name, List<String> cells, List<Boolean> numeric) {
      body.append("<tr>");
      for (int c = 0; c < cells.size(); c++) {
        body.append('<').append(opening).append(numeric.get(c) ? " class=\"number\">" : ">");
        body.append(Markup.escape(cells.get(c))).append("</").append(name).append('>');
      }
      body.append("</tr>\n");
    }

    private static boolean isNumeric(List<List<String>> rows, int column) {
      return !rows.isEmpty()
          && rows.stream().allMatch(row -> NUMERIC.matcher(row.get(column)).matches());
    }
  }
}
