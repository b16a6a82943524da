package io.medforge.plugin;

import java.util.regex.Pattern;

/** Untrusted text as a message may carry it: on one line, short, without control characters. */
final class Quotation {
  private static final int LONGEST = 64;
  private static final Pattern UNPRINTABLE =
      Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Cs}\\p{Zl}\\p{Zp}]");

  private Quotation() {}

  static String of(String text) {
    boolean cut = text.length() > LONGEST;
    String start = cut ? text.substring(0, LONGEST) : text;
    return '"' + UNPRINTABLE.matcher(start).replaceAll("?") + '"' + (cut ? "..." : "");
  }
}
