package io.medforge.architecture;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rules a source file keeps besides its imports. */
final class SourceRules {
  static final int LONGEST_FILE = 500;

  private static final Pattern VAGUE_NAME =
      Pattern.compile(
          "\\b(?:class|interface|record|enum)\\s+"
              + "(Abstract\\w+|\\w*(?:Utils?|Utilities|Helpers?|Managers?|Impl))\\b");

  /** What code that lives inside another program must not do, and why. */
  private static final Map<String, Pattern> NOT_IN_A_LIBRARY = notInALibrary();

  private SourceRules() {}

  private static Map<String, Pattern> notInALibrary() {
    Map<String, Pattern> rules = new TreeMap<>();
    rules.put("ends the JVM", Pattern.compile("\\bSystem\\s*\\.\\s*exit\\b|\\.\\s*halt\\s*\\("));
    rules.put(
        "prints", Pattern.compile("\\bSystem\\s*\\.\\s*(?:out|err)\\b|\\bprintStackTrace\\b"));
    rules.put(
        "sets JVM-wide state",
        Pattern.compile(
            "\\bSystem\\s*\\.\\s*(?:setProperty|setOut|setErr|setIn)\\b"
                + "|\\bLocale\\s*\\.\\s*setDefault\\b"
                + "|\\bsetDefaultUncaughtExceptionHandler\\b"
                + "|\\bTimeZone\\s*\\.\\s*setDefault\\b"));
    return rules;
  }

  /** One line per vague type name or excess length; for main and test sources. */
  static List<String> violations(SourceFile source) {
    List<String> violations = new ArrayList<>();
    Matcher matcher = VAGUE_NAME.matcher(source.code());
    while (matcher.find()) {
      violations.add(source.path() + ": " + matcher.group(1) + " says nothing of what it does");
    }
    long lines = source.text().lines().count();
    if (lines >= LONGEST_FILE) {
      violations.add(source.path() + ": " + lines + " lines, expected under " + LONGEST_FILE);
    }
    return violations;
  }

  /** One line per thing that only a program of its own may do; for main sources. */
  static List<String> libraryViolations(SourceFile source) {
    if (source.isModuleInfo() || ImportTable.isApplication(source.packageName())) {
      return List.of();
    }
    List<String> violations = new ArrayList<>();
    String code = source.code();
    NOT_IN_A_LIBRARY.forEach(
        (what, pattern) -> {
          Matcher matcher = pattern.matcher(code);
          while (matcher.find()) {
            violations.add(source.path() + ": " + what + " with " + matcher.group());
          }
        });
    return violations;
  }
}
