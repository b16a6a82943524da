package io.medforge.cli.centre;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.cli.AtomicFolder;
import io.medforge.cli.InputOptions;
import io.medforge.cli.ProgressDisplay;
import io.medforge.cli.data.DataSource;
import io.medforge.cli.data.Examples;
import io.medforge.cli.forge.Printing;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.DjlRuntime;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Trains a plugin module on a centre's patients. */
@Command(
    name = "train",
    description = {
      "Trains a LoRA on a centre's own patients and begins a branch folder: the adapter, how it"
          + " was",
      "trained, and which rows are set aside to validate and to audit. Killed, it leaves a"
          + " checkpoint",
      "beside OUT and nothing else; --resume goes on from there."
    },
    mixinStandardHelpOptions = true)
public final class TrainCommand implements Callable<Integer> {
  private static final int MOST_CLASSES = 100;

  @Parameters(paramLabel = "DATA", description = InputOptions.FORMS)
  private Path data;

  @Option(
      names = {"-o", "--out"},
      required = true,
      paramLabel = "OUT",
      description = "The branch folder to begin.")
  private Path out;

  @Option(
      names = "--id",
      required = true,
      paramLabel = "CENTRE/NAME:VERSION",
      description = "Who the module will be.")
  private String id;

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description = "The label space's name, the same in all centres. Default: the module's name.")
  private @Nullable String task;

  @Option(
      names = "--classes",
      split = ",",
      paramLabel = "NAME",
      description = "The classes in order, the same in all centres. Default: those found, sorted.")
  private List<String> classes = List.of();

  @Option(
      names = "--scale",
      defaultValue = "",
      paramLabel = "FILE|patients|none",
      description =
          "How rows are centred and scaled: numbers from a file {origin, columns, centres,"
              + " spreads}; the training rows' means and deviations; or not. Default: patients for"
              + " tables, fixed numbers for images.")
  private String scale;

  @Option(
      names = "--validation",
      defaultValue = "0.15",
      paramLabel = "SHARE",
      description = "Of each class's rows, to choose models by. Default: 0.15.")
  private double validation;

  @Option(
      names = "--holdout",
      defaultValue = "0.3",
      paramLabel = "SHARE",
      description = "Of each class's rows, set aside as strangers for the audit. Default: 0.3.")
  private double holdout;

  @Option(names = "--resume", description = "Go on from the checkpoint of a killed training.")
  private boolean resume;

  @Option(names = "--overwrite", description = "Replace OUT if it is a branch folder.")
  private boolean overwrite;

  @Mixin private InputOptions reading;
  @Mixin private BaseOptions base;
  @Mixin private TrainingSettings settings;
  @Mixin private PrivacyOptions privacy;
  @Mixin private Printing printing;

  /** Made by picocli. */
  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private TrainCommand() {}

  @Override
  public Integer call() {
    PluginId plugin = PluginId.parse(id);
    AtomicFolder.check(out, overwrite);
    checkBaseOutside();
    DataSource source = reading.source(data);
    Examples examples = source.read(classes);
    LabelSpace labels = labels(examples, plugin);
    TrainingPlan plan = settings.plan();
    boolean isPrivate = privacy.areGiven();
    if (isPrivate) {
      checkOneRowEach(examples);
    }
    Split split = Split.draw(examples, validation, holdout, plan.seed());
    Scaling scaling = Scaling.of(scale, examples, split.training(), isPrivate);
    BaseOptions.Base chosen = base.base(examples.inputs().values().shape(), labels);
    Rows rows = new Rows(examples, scaling, split);
    BranchTraining training =
        new BranchTraining(chosen.network(), plugin, labels, plan, rows, checkpoint(isPrivate));
    BranchTraining.Result result;
    try (ProgressDisplay progress = ProgressDisplay.of("train")) {
      result = isPrivate ? training.privately(privacy, progress) : training.plainly(progress);
    }
    BranchRecord written = write(result, chosen, source, rows, labels);
    deleteCheckpoint();
    print(written);
    return CommandLine.ExitCode.OK;
  }

  /** The rows of a training, before there is a branch. */
  record Rows(Examples examples, Scaling scaling, Split split) {
    ModelInput inputs(List<Integer> rows) {
      return scaling.apply(examples.inputs(rows));
    }

    int[] classes(List<Integer> rows) {
      int[] all = examples.classes();
      return rows.stream().mapToInt(row -> all[row]).toArray();
    }
  }

  private BranchRecord write(
      BranchTraining.Result result,
      BaseOptions.Base chosen,
      DataSource source,
      Rows rows,
      LabelSpace labels) {
    List<BranchRecord> written = new ArrayList<>();
    AtomicFolder.write(
        out,
        overwrite,
        folder -> {
          Files.createDirectories(folder.resolve(PatientsRecord.FOLDER));
          PeftAdapter.write(result.module(), folder.resolve(Branch.ADAPTER));
          String place = Branch.BASE;
          if (chosen.made().isPresent()) {
            Files.createDirectories(folder.resolve(Branch.BASE));
            BaseFolder.write(chosen.network(), chosen.made().get(), folder.resolve(Branch.BASE));
          } else {
            place = chosen.folder().orElseThrow().toString();
          }
          PluginModule module =
              LightFolder.readAdapter(folder.resolve(Branch.ADAPTER), result.module().id());
          BranchRecord branch = record(result, module, chosen, place, rows, labels);
          RecordFile.write(folder.resolve(BranchRecord.FILE), branch);
          RecordFile.write(
              folder.resolve(PatientsRecord.FOLDER).resolve(PatientsRecord.FILE),
              new PatientsRecord(PatientsRecord.NOTICE, source, rows.scaling(), rows.split()));
          written.add(branch);
        });
    return written.get(0);
  }

  private static BranchRecord record(
      BranchTraining.Result result,
      PluginModule module,
      BaseOptions.Base chosen,
      String place,
      Rows rows,
      LabelSpace labels) {
    Split split = rows.split();
    ModelQuality before = null;
    ModelQuality after = null;
    if (!split.validation().isEmpty()) {
      ModelInput inputs = rows.inputs(split.validation());
      int[] truth = rows.classes(split.validation());
      try (DjlRuntime runtime = DjlRuntime.open(chosen.network())) {
        after = ModelQuality.of(runtime, module, inputs, truth);
        before =
            runtime.runBase(inputs).classes() == labels.size()
                ? ModelQuality.ofBase(runtime, inputs, truth)
                : null;
      }
    }
    return new BranchRecord(
        BranchRecord.FORMAT,
        module.id().toString(),
        module.digest().toString(),
        new BranchRecord.BaseReference(
            chosen.network().base().name(),
            chosen.network().base().digest().orElseThrow().toString(),
            place),
        labels,
        result.plan(),
        result.spending().orElse(null),
        Split.counts(rows.examples(), split.training()),
        split.validation().size(),
        split.holdout().size(),
        rows.examples().skipped(),
        result.epochs(),
        result.bestEpoch(),
        before,
        after);
  }

  private LabelSpace labels(Examples examples, PluginId plugin) {
    if (!examples.areLabelled()) {
      throw new IllegalArgumentException(
          "expected rows with a class (--label-column, --split, or a folder for each class), found"
              + " none, at "
              + data);
    }
    List<String> names = examples.classNames();
    if (names.size() > MOST_CLASSES && classes.isEmpty()) {
      // A column of measurements taken for labels must not be printed.
      throw new IllegalArgumentException(
          "expected at most "
              + MOST_CLASSES
              + " classes where --classes does not name them, found "
              + names.size()
              + ", at "
              + data);
    }
    return new LabelSpace(task == null ? plugin.name() : task, names);
  }

  private void checkOneRowEach(Examples examples) {
    if (examples.names().stream().distinct().count() != examples.size()) {
      throw new IllegalArgumentException(
          "expected one row for each patient in a private training, found an id of several rows, at"
              + " "
              + data);
    }
  }

  private void checkBaseOutside() {
    boolean inside =
        base.folder()
            .filter(
                folder ->
                    folder
                        .toAbsolutePath()
                        .normalize()
                        .startsWith(out.toAbsolutePath().normalize()))
            .isPresent();
    if (inside) {
      throw new IllegalArgumentException(
          "expected a base outside the folder to write, found one inside, at " + out);
    }
  }

  private Path checkpointFile() {
    return out.resolveSibling(out.getFileName() + ".checkpoint.safetensors");
  }

  /** Where a training is kept that may be killed; a private one shows nothing before its end. */
  private Optional<Path> checkpoint(boolean isPrivate) {
    Path file = checkpointFile();
    if (isPrivate) {
      if (resume) {
        throw new IllegalArgumentException(
            "expected a private training to run in one go, found --resume: a checkpoint would hold"
                + " what has no noise yet");
      }
      return Optional.empty();
    }
    if (Files.exists(file) && !resume) {
      throw new IllegalArgumentException(
          "expected no checkpoint yet, found one, at "
              + file
              + " (go on with --resume, or delete it)");
    }
    return Optional.of(file);
  }

  private void deleteCheckpoint() {
    try {
      Files.deleteIfExists(checkpointFile());
    } catch (IOException e) {
      throw new UncheckedIOException("removing " + checkpointFile(), e);
    }
  }

  private void print(BranchRecord branch) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "trained "
            + branch.plugin()
            + " on "
            + branch.patients()
            + " rows: "
            + branch.plan().inWords());
    lines.add(
        "set aside "
            + branch.validation()
            + " rows to validate and "
            + branch.holdout()
            + " as strangers for the audit"
            + (branch.skipped() == 0
                ? ""
                : "; left out " + branch.skipped() + " with missing values"));
    ModelQuality after = branch.after();
    if (after != null) {
      ModelQuality before = branch.before();
      lines.add(
          String.format(
              Locale.ROOT,
              "on the validation rows: accuracy %.3f, log-loss %.3f%s",
              after.accuracy(),
              after.loss(),
              before == null
                  ? ""
                  : String.format(
                      Locale.ROOT,
                      " (the base: %.3f and %.3f)",
                      before.accuracy(),
                      before.loss())));
    }
    Spending spending = branch.spending();
    if (spending != null) {
      lines.add(
          "spent at most epsilon "
              + spending.guarantee().epsilon()
              + " at delta "
              + spending.guarantee().delta()
              + ", written to "
              + spending.ledger());
    }
    lines.add("wrote " + out);
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("out", out.toString()).put("plugin", branch.plugin()).put("module", branch.module());
    if (after != null) {
      json.put("accuracy", after.accuracy()).put("loss", after.loss());
    }
    printing.print(lines, json);
  }
}
