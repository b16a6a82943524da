package io.medforge.cli.forge;

import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.mainline.VersionSummary;
import io.medforge.forge.repository.RecordedRepository;
import io.medforge.plugin.Digest;
import io.medforge.plugin.safetensors.DistilledSetFile;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.onnx.OnnxRuntime;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which forge a command works on, and its base model where one is needed. */
final class OpenForge {
  @Option(
      names = {"-f", "--forge"},
      paramLabel = "DIR",
      defaultValue = ".",
      description = "The forge's folder. Default: here.")
  private Path path;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "The base model as ONNX, for checks that ask it.")
  private @Nullable Path model;

  @Option(
      names = "--hold-out",
      paramLabel = "NAME=FILE",
      description = {
        "A labelled set of your own (a distilled set's file) on which nothing may be forgotten;",
        "may be given several times. Asked beside the admitted sets; contributors do not see it."
      })
  private Map<String, Path> holdOuts = new TreeMap<>();

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  OpenForge() {}

  /** What a command needs the base model for. */
  enum Need {
    /** It only looks. */
    NOTHING,
    /** It merges again what is admitted. */
    MERGE,
    /** It changes what is admitted: every check of the charter is made. */
    CHECKS,
    /** It asks the model itself. */
    MODEL
  }

  /** A forge while a command works on it. */
  record Opened(
      Mainline<ForgedModel> mainline,
      Charter charter,
      RecordedRepository repository,
      Optional<ModelRuntime> runtime) {}

  /** Opens, works, closes. */
  <T> T open(Need need, Function<Opened, T> work) {
    RecordedRepository repository = ForgeFolder.find(path).open();
    Charter charter = ForgeFolder.charter(repository).charter();
    if (model == null || need == Need.NOTHING) {
      whoAsks(need, charter)
          .ifPresent(
              asking -> {
                throw new IllegalArgumentException(
                    "expected the base model as --model FILE, which "
                        + asking
                        + " asks, found none");
              });
      return work.apply(opened(repository, charter, Optional.empty()));
    }
    try (ModelRuntime runtime = OnnxRuntime.open(model, charter.base())) {
      return work.apply(opened(repository, charter, Optional.of(runtime)));
    }
  }

  private static Optional<String> whoAsks(Need need, Charter charter) {
    if (need == Need.MODEL) {
      return Optional.of("this command");
    }
    if (need != Need.NOTHING && charter.rule().asksTheModel()) {
      return Optional.of("a merge of this forge's strategy");
    }
    return need == Need.CHECKS && charter.asksTheModel()
        ? Optional.of("a check of this forge's charter")
        : Optional.empty();
  }

  private Opened opened(
      RecordedRepository repository, Charter charter, Optional<ModelRuntime> runtime) {
    Mainline<ForgedModel> mainline =
        charter
            .mainline(charter.rule().source(runtime))
            .repository(repository)
            .policy(charter.policy(runtime, read(holdOuts)))
            .governance(charter.governance())
            .build();
    return new Opened(mainline, charter, repository, runtime);
  }

  private static SortedMap<String, DistilledSet> read(Map<String, Path> files) {
    SortedMap<String, DistilledSet> sets = new TreeMap<>();
    files.forEach((name, file) -> sets.put(name, DistilledSetFile.read(file)));
    return sets;
  }

  /** A version by its number; {@code head} for the newest. */
  static VersionSummary version(Mainline<ForgedModel> mainline, String text) {
    List<VersionSummary> versions = mainline.versions();
    if (text.equals("head")) {
      return versions.get(versions.size() - 1);
    }
    for (VersionSummary version : versions) {
      if (Integer.toString(version.version()).equals(text)) {
        return version;
      }
    }
    throw new IllegalArgumentException(
        "expected head or a version of 0 to " + (versions.size() - 1) + ", found " + text);
  }

  /** What an approval is about: a version's item, or a contribution in quarantine. */
  static Digest subject(Mainline<ForgedModel> mainline, String text) {
    if (text.startsWith("sha256:")) {
      return Digest.parse(text);
    }
    for (var waiting : mainline.quarantine().entrySet()) {
      if (waiting.getValue().contribution().module().id().toString().equals(text)) {
        return waiting.getKey();
      }
    }
    return version(mainline, text)
        .item()
        .orElseThrow(() -> new IllegalArgumentException("expected a stated result, found none"));
  }
}
