package io.medforge.architecture;

import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One Java source file.
 *
 * @param path path from the repository's root, with slashes
 * @param text the whole text
 */
record SourceFile(String path, String text) {
  private static final Pattern PACKAGE =
      Pattern.compile("^\\s*package\\s+([\\w.]+)\\s*;", Pattern.MULTILINE);
  private static final Pattern IMPORT =
      Pattern.compile(
          "^\\s*import\\s+(?:static\\s+)?([\\w.]+?)(?:\\.\\*)?\\s*;", Pattern.MULTILINE);

  /** Names written out in the code, without an import. */
  private static final Pattern QUALIFIED =
      Pattern.compile(
          "(?<![\\w.])(?:io\\.medforge|ai\\.djl|ai\\.onnx|ai\\.onnxruntime|com\\.google|"
              + "com\\.fasterxml|org\\.slf4j|org\\.tribuo)(?!\\w)(?:\\.\\w+)*");

  /** Comments, text blocks, strings and characters; the first that starts wins. */
  private static final Pattern NOT_CODE =
      Pattern.compile(
          "//[^\\n]*|/\\*.*?\\*/|\"\"\".*?(?<!\\\\)\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])+'",
          Pattern.DOTALL);

  String fileName() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  boolean isModuleInfo() {
    return fileName().equals("module-info.java");
  }

  boolean isPackageInfo() {
    return fileName().equals("package-info.java");
  }

  /** The text with comments and literals blanked out. */
  String code() {
    return NOT_CODE.matcher(text).replaceAll(" ");
  }

  /** The declared package; empty in a module descriptor. */
  String packageName() {
    Matcher matcher = PACKAGE.matcher(code());
    return matcher.find() ? matcher.group(1) : "";
  }

  /** The packages of everything this file imports or names in full, itself left out. */
  SortedSet<String> referencedPackages() {
    String code = code();
    SortedSet<String> packages = new TreeSet<>();
    for (Pattern pattern : new Pattern[] {IMPORT, QUALIFIED}) {
      Matcher matcher = pattern.matcher(code);
      while (matcher.find()) {
        packages.add(packageOf(matcher.group(matcher.groupCount())));
      }
    }
    packages.remove(packageName());
    return packages;
  }

  private static String packageOf(String name) {
    StringBuilder result = new StringBuilder();
    for (String segment : name.split("\\.", -1)) {
      if (Character.isUpperCase(segment.charAt(0))) {
        break;
      }
      result.append(result.length() == 0 ? "" : ".").append(segment);
    }
    return result.toString();
  }
}
