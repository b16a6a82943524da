package io.medforge.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.w3c.dom.Document;
import org.xml.sax.InputSource;

class FigureTest {
  private static final Pattern ID = Pattern.compile(" id=\"([^\"]+)\"");

  @Test
  void theSameChartIsTheSameBytes() {
    List<Figure> once = Charts.naming("st-anna/lung:2.1.0").toList();
    List<Figure> again = Charts.naming("st-anna/lung:2.1.0").toList();

    assertThat(again).isEqualTo(once);
  }

  @Test
  void chartsShareAPage() {
    List<String> ids =
        Charts.naming("a")
            .flatMap(figure -> ID.matcher(figure.svg()).results().map(match -> match.group(1)))
            .toList();

    assertThat(ids).hasSizeGreaterThan(5).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "st-anna/lung-nodule-detector-with-a-long-name:2.1.0",
        "<script>alert(1)</script>",
        "]]> & \" ' </svg>",
        "\u0000\u001b[31m\u202eabc",
        "{.2f} {name}",
        "Universitätsklinikum 東京",
      })
  void aNameIsDrawnWholeAsTextWhateverItHolds(String name) throws Exception {
    for (Figure figure : Charts.naming(name).toList()) {
      Document document =
          DocumentBuilderFactory.newDefaultInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(figure.toDocument())));
      List<String> texts = new ArrayList<>();
      for (int i = 0; i < document.getElementsByTagName("text").getLength(); i++) {
        texts.add(document.getElementsByTagName("text").item(i).getTextContent());
      }
      assertThat(document.getElementsByTagName("script").getLength()).isZero();
      assertThat(texts.stream().collect(Collectors.joining("\n")))
          .contains(Markup.plain(name).strip());
    }
  }

  @Test
  void aHeatMapSaysEveryNumberAndWhatIsUnknown() {
    assertThat(Charts.heatMap("a").svg())
        .contains(">1.00<", ">-0.50<", ">?<")
        // Beyond the range the colour is the strongest, the number its own.
        .contains(">3.00<");
  }

  @Test
  void numbersAreRoundedToHundredths() {
    assertThat(Charts.naming("a").map(Figure::svg).collect(Collectors.joining()))
        .doesNotContainPattern("\\d\\.\\d{3}");
  }

  @Test
  void whatCannotBeDrawnIsRefusedByName() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> BarChart.Bar.of("north", Double.NaN))
        .withMessageContaining("north");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new BarChart("title", "x", List.of()))
        .withMessageContaining("at least one bar");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new LineageTree(
                    "title",
                    List.of(new LineageTree.Node("a", "a", ""), new LineageTree.Node("b", "b", "")),
                    List.of(new LineageTree.Edge("a", "b"), new LineageTree.Edge("b", "a"))))
        .withMessageContaining("cycle");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new HeatMap("title", "x", List.of("r"), List.of("c"), List.of(List.of()), 0, 1))
        .withMessageContaining("expected 1 values, found 0, at row r");
  }
}
