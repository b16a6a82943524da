package io.medforge.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class HtmlPageTest {
  private static final String HOSTILE = "<img src=x onerror=alert(1)> \" ' &";

  @Test
  void everythingGivenIsEscaped() {
    String html =
        HtmlPage.titled(HOSTILE)
            .lead(HOSTILE)
            .section(HOSTILE)
            .paragraph(HOSTILE)
            .notice(HOSTILE)
            .verbatim(HOSTILE)
            .list(List.of(HOSTILE))
            .facts(Map.of(HOSTILE, HOSTILE))
            .table(HOSTILE, List.of(HOSTILE), List.of(List.of(HOSTILE)))
            .figure(Charts.heatMap(HOSTILE), HOSTILE)
            .build()
            .toHtml();

    assertThat(html).doesNotContain("<img", "onerror=alert(1)> \"");
    assertThat(html).contains("&lt;img src=x onerror=alert(1)&gt; &quot; &#39; &amp;");
  }

  @Test
  void aPageNeedsNothingElse() {
    String html = HtmlPage.titled("Title").figure(Charts.heatMap("a"), "A map.").build().toHtml();

    assertThat(html).startsWith("<!DOCTYPE html>").endsWith("</html>\n");
    assertThat(html).contains("default-src 'none'", "<title>Title</title>", "<figcaption>A map.");
    assertThat(html.replace("xmlns=\"http://www.w3.org/2000/svg\"", ""))
        .doesNotContain("http:", "https:", "<script", "@import", "url(http");
  }

  @Test
  void columnsOfNumbersAreSetRight() {
    String html =
        HtmlPage.titled("t")
            .table(
                "c",
                List.of("layer", "energy"),
                List.of(List.of("a", "1.5e-7"), List.of("b", "12.5 %"), List.of("c", "-")))
            .build()
            .toHtml();

    assertThat(html)
        .contains("<td>a</td><td class=\"number\">1.5e-7</td>")
        .contains("<th scope=\"col\">layer</th><th scope=\"col\" class=\"number\">energy</th>");
  }

  @Test
  void aRaggedTableIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HtmlPage.titled("t").table("c", List.of("a", "b"), List.of(List.of("1"))))
        .withMessage("expected 2 cells, found 1, at [1]");
  }
}
