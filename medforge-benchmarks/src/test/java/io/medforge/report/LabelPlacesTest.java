package io.medforge.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.geom.Rectangle2D;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class LabelPlacesTest {
  private static final double WIDTH = 500;
  private static final double HEIGHT = 300;

  private static Rectangle2D box(LabelPlaces.Place place, String label) {
    double length = LabelPlaces.LETTER * label.length();
    double left =
        switch (place.anchor()) {
          case LEFT -> place.x();
          case MIDDLE -> place.x() - length / 2;
          case RIGHT -> place.x() - length;
        };
    return new Rectangle2D.Double(left, place.y() - LabelPlaces.LINE / 2, length, LabelPlaces.LINE);
  }

  @Property(tries = 200)
  void noNameCoversAnotherAPointOrTheEdge(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 60) int points) {
    double[] x = random.doubles(points, 0, WIDTH).toArray();
    double[] y = random.doubles(points, 0, HEIGHT).toArray();
    List<String> labels =
        IntStream.range(0, points).mapToObj(i -> "n".repeat(random.nextInt(30))).toList();

    List<LabelPlaces.Place> places = new LabelPlaces(WIDTH, HEIGHT).of(x, y, labels);

    List<Rectangle2D> boxes = new ArrayList<>();
    for (LabelPlaces.Place place : places) {
      Rectangle2D box = box(place, labels.get(place.point()));
      assertThat(new Rectangle2D.Double(0, 0, WIDTH, HEIGHT).contains(box)).isTrue();
      assertThat(boxes).noneMatch(box::intersects);
      for (int i = 0; i < points; i++) {
        assertThat(box.contains(x[i], y[i])).isFalse();
      }
      boxes.add(box);
    }
  }

  @Example
  void aNameStandsAboveItsPointAndElsewhereOnlyWhereItMust() {
    LabelPlaces.Place alone =
        new LabelPlaces(WIDTH, HEIGHT)
            .of(new double[] {250}, new double[] {150}, List.of("a"))
            .get(0);
    assertThat(alone.anchor()).isEqualTo(LabelPlaces.Anchor.MIDDLE);
    assertThat(alone.y()).isGreaterThan(150);
    LabelPlaces.Place atTheTop =
        new LabelPlaces(WIDTH, HEIGHT)
            .of(new double[] {250}, new double[] {299}, List.of("a"))
            .get(0);
    assertThat(atTheTop.y()).isLessThan(299);
  }

  @Example
  void ofManyPointsInOnePlaceSomeStandWithoutAName() {
    double[] same = new double[20];
    java.util.Arrays.fill(same, 150);
    List<String> labels = IntStream.range(0, 20).mapToObj(i -> "a name of many letters").toList();
    assertThat(new LabelPlaces(WIDTH, HEIGHT).of(same, same, labels)).hasSizeBetween(2, 8);
  }
}
