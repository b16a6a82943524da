package io.medforge.report;

import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.XMLConstants;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

/**
 * An SVG image in one form: Lets-Plot names elements at random and writes all digits of a double.
 * Here ids come from the content, numbers are rounded to hundredths, attributes are sorted, and the
 * image scales with its place.
 */
final class CanonicalSvg {
  private static final Pattern NUMBER = Pattern.compile("-?\\d+\\.\\d+(?:E-?\\d+)?");
  private static final Pattern RULE = Pattern.compile("([^{}]+)\\{([^{}]*)\\}");
  private static final int ID_DIGITS = 8;

  private final String title;
  private final Element root;
  private final Map<String, Integer> ids = new LinkedHashMap<>();

  private CanonicalSvg(String title, Element root) {
    this.title = title;
    this.root = root;
    collectIds(root);
  }

  /**
   * Rewrites an image.
   *
   * @param title for screen readers
   * @param svg what Lets-Plot drew
   * @return the same picture, the same bytes for the same picture
   */
  static String of(String title, String svg) {
    CanonicalSvg image = new CanonicalSvg(title, parse(svg).getDocumentElement());
    String draft = image.write("");
    return image.write("f" + sha256(draft).substring(0, ID_DIGITS) + "-");
  }

  private String write(String prefix) {
    StringBuilder out = new StringBuilder();
    String width = number(root.getAttribute("width"));
    String height = number(root.getAttribute("height"));
    out.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ")
        .append(width + " " + height + "\" width=\"" + width + "\" height=\"" + height)
        .append("\" role=\"img\" font-family=\"sans-serif\">\n<title>")
        .append(Markup.escape(title))
        .append("</title>\n");
    children(root, prefix, out);
    return out.append("</svg>\n").toString();
  }

  private void children(Node parent, String prefix, StringBuilder out) {
    NodeList nodes = parent.getChildNodes();
    for (int i = 0; i < nodes.getLength(); i++) {
      Node node = nodes.item(i);
      if (node instanceof Element element) {
        element(element, prefix, out);
      } else if (node.getNodeType() == Node.TEXT_NODE && !node.getTextContent().isBlank()) {
        out.append(Markup.escape(node.getTextContent().strip()));
      }
    }
  }

  private void element(Element element, String prefix, StringBuilder out) {
    String name = element.getTagName();
    if (name.equals("style")) {
      out.append("<style>\n").append(style(element.getTextContent(), prefix)).append("</style>\n");
      return;
    }
    out.append('<').append(name);
    attributes(element, prefix).forEach((key, value) -> attribute(key, value, out));
    if (element.getTextContent().isBlank() && !hasElements(element)) {
      out.append("/>\n");
      return;
    }
    out.append('>');
    if (hasElements(element)) {
      out.append('\n');
    }
    children(element, prefix, out);
    out.append("</").append(name).append(">\n");
  }

  private static void attribute(String name, String value, StringBuilder out) {
    out.append(' ').append(name).append("=\"").append(Markup.escape(value)).append('"');
  }

  private Map<String, String> attributes(Element element, String prefix) {
    Map<String, String> sorted = new TreeMap<>();
    NamedNodeMap attributes = element.getAttributes();
    for (int i = 0; i < attributes.getLength(); i++) {
      Node attribute = attributes.item(i);
      String name = attribute.getNodeName();
      String value = attribute.getNodeValue();
      switch (name) {
        case "id" -> sorted.put(name, prefix + ids.get(value));
        case "class" -> sorted.put(name, value);
        case "clip-path" -> sorted.put(name, withIds(value, prefix));
        case "clip-bounds-jfx" -> {
          // For another renderer.
        }
        default -> sorted.put(name, rounded(value).strip());
      }
    }
    return sorted;
  }

  /** The rules that style what is printed; a still image has no tooltips. */
  private String style(String css, String prefix) {
    StringBuilder kept = new StringBuilder();
    Matcher rules = RULE.matcher(css);
    while (rules.find()) {
      String selector = rules.group(1).strip();
      if (selector.startsWith("#") && !selector.contains("tooltip")) {
        kept.append(withIds(selector, prefix))
            .append(" { ")
            .append(rounded(rules.group(2)).replaceAll("\\s+", " ").strip())
            .append(" }\n");
      }
    }
    return kept.toString();
  }

  private String withIds(String text, String prefix) {
    String result = text;
    for (Map.Entry<String, Integer> id : ids.entrySet()) {
      result = result.replace("#" + id.getKey(), "#" + prefix + id.getValue());
    }
    return result;
  }

  private void collectIds(Element element) {
    if (element.hasAttribute("id")) {
      ids.putIfAbsent(element.getAttribute("id"), ids.size());
    }
    NodeList nodes = element.getChildNodes();
    for (int i = 0; i < nodes.getLength(); i++) {
      if (nodes.item(i) instanceof Element child) {
        collectIds(child);
      }
    }
  }

  private static boolean hasElements(Element element) {
    NodeList nodes = element.getChildNodes();
    for (int i = 0; i < nodes.getLength(); i++) {
      if (nodes.item(i) instanceof Element) {
        return true;
      }
    }
    return false;
  }

  private static String rounded(String text) {
    return NUMBER.matcher(text).replaceAll(match -> number(match.group()));
  }

  /** From the double itself: how many digits it is written with depends on the JDK. */
  private static String number(String text) {
    BigDecimal exact = new BigDecimal(Double.parseDouble(text));
    BigDecimal hundredths = exact.setScale(2, RoundingMode.HALF_EVEN).stripTrailingZeros();
    return hundredths.signum() == 0 ? "0" : hundredths.toPlainString();
  }

  private static Document parse(String svg) {
    try {
      DocumentBuilderFactory factory = DocumentBuilderFactory.newDefaultInstance();
      factory.setFeature(XMLConstants.FEATURE_SECURE_PROCESSING, true);
      factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
      factory.setAttribute(XMLConstants.ACCESS_EXTERNAL_DTD, "");
      return factory.newDocumentBuilder().parse(new InputSource(new StringReader(svg)));
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new IllegalStateException("expected Lets-Plot to draw well-formed SVG", e);
    }
  }

  private static String sha256(String text) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("expected every Java to have SHA-256", e);
    }
  }
}
