package io.medforge.cli.centre;

import io.medforge.cli.data.DataSource;
import io.medforge.cli.data.Examples;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.audit.Cohort;
import io.medforge.plugin.branch.TrainingData;
import io.medforge.plugin.safetensors.DistilledSetFile;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.djl.Network;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A branch that is worked on: its folder, its record, and its patients, read where they are.
 *
 * <pre>
 * BRANCH/adapter/               the module as trained           may leave
 * BRANCH/light/                 the module lightened            may leave
 * BRANCH/distilled.safetensors  the distilled set               may leave
 * BRANCH/certificate.json       what the audit showed           may leave
 * BRANCH/base/                  a base made here                may leave
 * BRANCH/audit.html, training.json                              for the hospital
 * BRANCH/stays/                 rows, scaling, split, distilling: never leaves
 * </pre>
 */
final class Branch {
  static final String ADAPTER = "adapter";
  static final String LIGHT = "light";
  static final String BASE = "base";
  static final String DISTILLED = "distilled.safetensors";
  static final String DISTILLATION = "distillation.json";
  static final String PAGE = "audit.html";

  private final Path folder;
  private final BranchRecord training;
  private final PatientsRecord patients;
  private @Nullable Examples examples;
  private @Nullable Network network;

  private Branch(Path folder, BranchRecord training, PatientsRecord patients) {
    this.folder = folder;
    this.training = training;
    this.patients = patients;
  }

  /** Opens a branch; nothing of the patients is read yet. */
  static Branch open(Path folder, Optional<Path> data) {
    BranchRecord training = RecordFile.read(folder.resolve(BranchRecord.FILE), BranchRecord.class);
    PatientsRecord patients =
        RecordFile.read(
            folder.resolve(PatientsRecord.FOLDER).resolve(PatientsRecord.FILE),
            PatientsRecord.class);
    if (data.isPresent()) {
      DataSource moved = patients.source().at(data.get());
      patients = new PatientsRecord(patients.notice(), moved, patients.scaling(), patients.split());
    }
    return new Branch(folder, training, patients);
  }

  Path file(String name) {
    return folder.resolve(name);
  }

  /** What stays in the hospital. */
  Path staying(String name) {
    return folder.resolve(PatientsRecord.FOLDER).resolve(name);
  }

  BranchRecord training() {
    return training;
  }

  PluginId plugin() {
    return PluginId.parse(training.plugin());
  }

  LabelSpace labels() {
    return training.labels();
  }

  Split split() {
    return patients.split();
  }

  /** The base, which must be that of the training. */
  Network network() {
    if (network == null) {
      Path place = folder.resolve(training.base().folder());
      Network found = BaseFolder.read(place);
      Digest wanted = Digest.parse(training.base().digest());
      if (!found.base().digest().equals(Optional.of(wanted))) {
        throw new IllegalArgumentException(
            "expected base "
                + training.base().name()
                + " with "
                + wanted
                + ", found "
                + found.base()
                + ", at "
                + place);
      }
      network = found;
    }
    return network;
  }

  /** The module that would leave: the lightened one if there is one. */
  PluginModule module() {
    PluginModule trained = LightFolder.readAdapter(file(ADAPTER), plugin());
    return Files.exists(file(LIGHT))
        ? LightFolder.read(file(LIGHT), plugin(), trained.provenance().with("stored-as", "int8"))
        : trained;
  }

  DistilledSet distilled() {
    Path file = file(DISTILLED);
    if (!Files.exists(file)) {
      throw new IllegalArgumentException(
          "expected a distilled set, found none, at " + file + " (make it: medforge distil)");
    }
    return DistilledSetFile.read(file);
  }

  DistillationRecord distillation() {
    return RecordFile.read(staying(DISTILLATION), DistillationRecord.class);
  }

  /** Every row, in the order of the data, checked to be those that were split. */
  Examples examples() {
    if (examples == null) {
      Examples read = patients.source().read(training.labels().classes());
      patients.split().checkData(read, patients.source().path());
      examples = read;
    }
    return examples;
  }

  /** Some rows, scaled. */
  ModelInput inputs(List<Integer> rows) {
    return patients.scaling().apply(examples().inputs(rows));
  }

  int[] classes(List<Integer> rows) {
    int[] all = examples().classes();
    return rows.stream().mapToInt(row -> all[row]).toArray();
  }

  /** The training rows, with the validation rows if there are any. */
  TrainingData trainingData() {
    TrainingData data = TrainingData.of(inputs(split().training()), classes(split().training()));
    List<Integer> validation = split().validation();
    return validation.isEmpty() ? data : data.validatedOn(inputs(validation), classes(validation));
  }

  Cohort cohort(List<Integer> rows) {
    return Cohort.of(inputs(rows), classes(rows));
  }

  /** The validation rows; a command that must measure something needs some. */
  List<Integer> validationFor(String what) {
    if (split().validation().isEmpty()) {
      throw new IllegalArgumentException(
          "expected validation rows to measure "
              + what
              + " on, found none: train with --validation above 0");
    }
    return split().validation();
  }
}
