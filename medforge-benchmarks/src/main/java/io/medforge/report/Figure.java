package io.medforge.report;

/**
 * A drawn figure.
 *
 * @param title what it shows, in a few words; read aloud by screen readers
 * @param svg an {@code svg} element without an XML declaration, as it stands within a page; its ids
 *     are unique to its content, so that figures share a page
 */
public record Figure(String title, String svg) {
  /**
   * The figure as a file of its own.
   *
   * @return an SVG document in UTF-8
   */
  public String toDocument() {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + svg;
  }
}
