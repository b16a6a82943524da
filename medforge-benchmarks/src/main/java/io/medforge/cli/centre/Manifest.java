package io.medforge.cli.centre;

import io.medforge.forge.Contribution;
import io.medforge.forge.LeakageCertificate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.Replacement;
import io.medforge.plugin.Update;
import io.medforge.runtime.DistilledSet;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Exactly what leaves, in bytes and in words. Immutable.
 *
 * @param files every file but the manifest itself
 * @param words what they hold and what they do not
 */
record Manifest(List<Entry> files, List<String> words) {
  Manifest {
    files = List.copyOf(files);
    words = List.copyOf(words);
  }

  /**
   * One file.
   *
   * @param name seen from the folder
   * @param bytes its size
   * @param digest its SHA-256
   */
  record Entry(String name, long bytes, String digest) {}

  /** Of a folder that is filled. */
  static Manifest of(Path folder, Contribution contribution, BranchRecord training)
      throws IOException {
    List<Entry> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path file : all.filter(Files::isRegularFile).sorted().toList()) {
        String name = folder.relativize(file).toString().replace('\\', '/');
        files.add(
            new Entry(name, Files.size(file), Digest.of(Files.readAllBytes(file)).toString()));
      }
    }
    return new Manifest(files, words(contribution, training));
  }

  long bytes() {
    return files.stream().mapToLong(Entry::bytes).sum();
  }

  /** The page that goes with the files. */
  String toMarkdown() {
    StringBuilder page = new StringBuilder("# What leaves\n\n");
    page.append("| file | bytes | SHA-256 |\n|---|---:|---|\n");
    for (Entry file : files) {
      page.append(
          String.format(
              Locale.ROOT, "| %s | %d | %s |\n", file.name(), file.bytes(), file.digest()));
    }
    page.append("| all of these | ").append(bytes()).append(" | |\n\n");
    words.forEach(line -> page.append("- ").append(line).append('\n'));
    return page.toString();
  }

  private static List<String> words(Contribution contribution, BranchRecord training) {
    List<String> words = new ArrayList<>();
    words.add(module(contribution));
    DistilledSet set = contribution.distilled();
    words.add(
        "The distilled set: "
            + set.size()
            + " synthetic rows of shape "
            + set.inputs().values().shape()
            + " with classes "
            + set.labels().classes()
            + ", optimised from noise. None is a patient's.");
    words.add(certificate(contribution));
    words.add(
        "How the module was trained: "
            + String.join(", ", contribution.module().provenance().facts().keySet())
            + "; the licence "
            + contribution.licence().orElse("(none stated)")
            + "; the centre's signature.");
    Spending spending = training.spending();
    words.add(
        spending == null
            ? "The module was trained without differential privacy: the audit measures what it"
                + " leaks, nothing bounds it."
            : "The module alone keeps epsilon "
                + spending.guarantee().epsilon()
                + " at delta "
                + spending.guarantee().delta()
                + ".");
    words.add(
        "What stays: the rows, their scaling, the split, the losses, the shadow modules, and every"
            + " number of a single patient.");
    return words;
  }

  private static String module(Contribution contribution) {
    long numbers = 0;
    int lowRank = 0;
    for (Update update : contribution.module().updates().values()) {
      if (update instanceof LowRankUpdate factors) {
        lowRank++;
        numbers += factors.a().shape().elements() + factors.b().shape().elements();
      } else if (update instanceof Replacement head) {
        numbers += head.tensor().shape().elements();
      }
    }
    return "The module "
        + contribution.module().id()
        + ": changes to "
        + contribution.module().updates().size()
        + " layers of base "
        + contribution.module().base().name()
        + ", "
        + lowRank
        + " of them low-rank; "
        + numbers
        + " numbers learned from patients.";
  }

  private static String certificate(Contribution contribution) {
    if (contribution.certificates().isEmpty()) {
      return "No leakage certificate: nothing was measured.";
    }
    LeakageCertificate certificate = contribution.certificates().get(0);
    return "A leakage certificate of level "
        + certificate.level()
        + (certificate.signature().isPresent() ? ", signed" : ", not signed")
        + ": statistics over all patients behind the module, none of a single one.";
  }
}
