package io.medforge.report;

import java.util.ArrayList;
import java.util.List;

/**
 * Where points' names stand so that none covers another name or a point: the first free place
 * above, below, right or left of the point, in the order of the points. A name that has none is
 * left out. The sizes of letters are estimated, so a chart has the same bytes on every machine.
 */
final class LabelPlaces {
  static final double LETTER = 6.2;
  static final double LINE = 13;
  private static final double DOT = 5.5;
  private static final double AWAY = 13;

  private final double width;
  private final double height;
  private final List<Box> taken = new ArrayList<>();

  /**
   * A panel.
   *
   * @param width in pixels
   * @param height in pixels
   */
  LabelPlaces(double width, double height) {
    this.width = width;
    this.height = height;
  }

  /** In pixels from the panel's lower left corner. */
  private record Box(double left, double bottom, double right, double top) {
    boolean meets(Box other) {
      return left < other.right && other.left < right && bottom < other.top && other.bottom < top;
    }
  }

  /** What of a text stands at its coordinates. */
  enum Anchor {
    /** Its left end: it runs to the right. */
    LEFT,
    /** Its middle. */
    MIDDLE,
    /** Its right end. */
    RIGHT
  }

  /**
   * A name's place.
   *
   * @param point the place of its point in the list
   * @param x of the anchor, in pixels
   * @param y of the text's middle line, in pixels
   * @param anchor what stands there
   */
  record Place(int point, double x, double y, Anchor anchor) {}

  /**
   * Finds places.
   *
   * @param x of each point, in pixels
   * @param y of each point, in pixels
   * @param labels of each point; empty ones need no place
   * @return the places found, in order of the points
   */
  List<Place> of(double[] x, double[] y, List<String> labels) {
    for (int i = 0; i < x.length; i++) {
      taken.add(new Box(x[i] - DOT, y[i] - DOT, x[i] + DOT, y[i] + DOT));
    }
    List<Place> places = new ArrayList<>();
    for (int i = 0; i < x.length; i++) {
      if (!labels.get(i).isEmpty()) {
        double length = LETTER * labels.get(i).length();
        for (Place place : around(i, x[i], y[i])) {
          Box box = box(place, length);
          if (isFree(box)) {
            taken.add(box);
            places.add(place);
            break;
          }
        }
      }
    }
    return places;
  }

  private static List<Place> around(int point, double x, double y) {
    double beside = DOT + 2;
    return List.of(
        new Place(point, x, y + AWAY, Anchor.MIDDLE),
        new Place(point, x, y - AWAY, Anchor.MIDDLE),
        new Place(point, x + beside, y, Anchor.LEFT),
        new Place(point, x - beside, y, Anchor.RIGHT),
        new Place(point, x, y + AWAY, Anchor.LEFT),
        new Place(point, x, y + AWAY, Anchor.RIGHT),
        new Place(point, x, y - AWAY, Anchor.LEFT),
        new Place(point, x, y - AWAY, Anchor.RIGHT));
  }

  private static Box box(Place place, double length) {
    double left =
        switch (place.anchor()) {
          case LEFT -> place.x();
          case MIDDLE -> place.x() - length / 2;
          case RIGHT -> place.x() - length;
        };
    return new Box(left, place.y() - LINE / 2, left + length, place.y() + LINE / 2);
  }

  private boolean isFree(Box box) {
    return box.left() >= 0
        && box.right() <= width
        && box.bottom() >= 0
        && box.top() <= height
        && taken.stream().noneMatch(box::meets);
  }
}
