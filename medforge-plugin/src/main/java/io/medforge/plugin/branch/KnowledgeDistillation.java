package io.medforge.plugin.branch;

import io.medforge.plugin.PluginModule;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.djl.DjlRuntime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Trains one plugin to answer as a teacher does on distilled sets, so that a mixture of many
 * plugins becomes one of bounded rank: as cheap to run as a fusion, and no patient takes part.
 * Hinton, Vinyals and Dean, Distilling the Knowledge in a Neural Network, 2015. Immutable,
 * thread-safe.
 *
 * <p>Minimises t^2 KL(q || softmax(z / t)) over the student's logits z, q being the teacher's
 * answer softened by the temperature t. Part of each set's rows, drawn class by class from the
 * student's seed, is held out to say what was lost. The same teacher's answers, sets (in any order)
 * and options give the same bytes.
 */
public final class KnowledgeDistillation {
  private static final double DEFAULT_TEMPERATURE = 2;
  private static final double DEFAULT_HELD_OUT = 0.25;

  private final LoraTraining student;
  private final double temperature;
  private final double heldOut;

  private KnowledgeDistillation(Builder builder) {
    this.student = builder.student;
    this.temperature = builder.temperature == null ? DEFAULT_TEMPERATURE : builder.temperature;
    this.heldOut = builder.heldOut == null ? DEFAULT_HELD_OUT : builder.heldOut;
  }

  /**
   * Starts a distillation; whatever is not set has the default stated at its method.
   *
   * @param student how the plugin is trained: its base, label space, ranks, heads and options
   * @return a builder, not thread-safe
   * @throws IllegalArgumentException if the options ask for class weights or patience, which have
   *     no meaning for soft targets
   */
  public static Builder into(LoraTraining student) {
    TrainingOptions options = student.options();
    if (options.patience() > 0 || !options.classWeights().equals(ClassWeights.equal())) {
      throw new IllegalArgumentException(
          "expected a student without patience and with equal class weights, found patience "
              + options.patience()
              + " and class weights "
              + options.classWeights()
              + ": soft targets have neither");
    }
    return new Builder(student);
  }

  /**
   * Trains the student.
   *
   * @param teacher whom to imitate; asked once for each set
   * @param sets at least one, of the student's label space, with examples of one shape
   * @return the plugin, and what was lost
   * @throws IllegalArgumentException if sets do not fit each other or the student, the teacher's
   *     answers are no distributions over its classes, or nothing is left to hold out or to train
   *     on; the message names the set and row
   * @throws IllegalStateException if the loss diverges, or the engine may not start (see {@link
   *     io.medforge.runtime.djl.DjlEngine})
   */
  public Imitation distil(Teacher teacher, Collection<DistilledSet> sets) {
    TaughtRows rows = TaughtRows.of(sets, student.labels(), teacher);
    boolean[] judged = judged(rows);
    int[] training = rowsWhere(judged, false);
    int[] judging = rowsWhere(judged, true);
    Trainables parameters = student.initialParameters();
    new ImitationSteps(student, parameters, rows, temperature).run(training);
    PluginModule plugin =
        student.module(
            parameters,
            student
                .provenance()
                .with("trained-with", "LoRA, soft targets of a teacher; PyTorch through DJL")
                .with("temperature", Double.toString(temperature))
                .with("held-out", Double.toString(heldOut)));
    return judge(plugin, rows, training.length, judging);
  }

  /** Of each class its share, at least one row where it has two. */
  private boolean[] judged(TaughtRows rows) {
    boolean[] judged = new boolean[rows.size()];
    int[] order = SeededRandom.of(student.options().seed(), "held-out", 0).permutation(rows.size());
    int classes = student.labels().size();
    for (int label = 0; label < classes; label++) {
      List<Integer> own = new ArrayList<>();
      for (int row : order) {
        if (rows.classOf(row) == label) {
          own.add(row);
        }
      }
      int count = (int) Math.min(own.size() - 1L, Math.max(1, Math.round(heldOut * own.size())));
      own.subList(0, Math.max(0, count)).forEach(row -> judged[row] = true);
    }
    return judged;
  }

  private static int[] rowsWhere(boolean[] judged, boolean wanted) {
    int[] rows = new int[judged.length];
    int count = 0;
    for (int row = 0; row < judged.length; row++) {
      if (judged[row] == wanted) {
        rows[count++] = row;
      }
    }
    if (count == 0) {
      throw new IllegalArgumentException(
          "expected two rows of one class, to train on one and judge by the other, found "
              + judged.length
              + " rows in all");
    }
    return Arrays.copyOf(rows, count);
  }

  private Imitation judge(PluginModule plugin, TaughtRows rows, int trainedOn, int[] judging) {
    Outputs outputs;
    try (DjlRuntime runtime = DjlRuntime.open(student.network())) {
      outputs = runtime.run(plugin, rows.batch(judging));
    }
    double teacherLoss = 0;
    double studentLoss = 0;
    double divergence = 0;
    int agreed = 0;
    for (int i = 0; i < judging.length; i++) {
      double[] taught = rows.answer(judging[i]);
      double[] learned = logProbabilities(outputs.logits(i));
      teacherLoss -= StrictMath.log(taught[rows.classOf(judging[i])]);
      studentLoss -= learned[rows.classOf(judging[i])];
      for (int c = 0; c < taught.length; c++) {
        divergence += taught[c] > 0 ? taught[c] * (StrictMath.log(taught[c]) - learned[c]) : 0;
      }
      agreed += best(taught) == best(learned) ? 1 : 0;
    }
    double n = judging.length;
    return new Imitation(
        plugin,
        trainedOn,
        judging.length,
        teacherLoss / n,
        studentLoss / n,
        divergence / n,
        agreed / n);
  }

  private static double[] logProbabilities(float[] logits) {
    double highest = Double.NEGATIVE_INFINITY;
    for (float logit : logits) {
      highest = Math.max(highest, logit);
    }
    double sum = 0;
    for (float logit : logits) {
      sum += StrictMath.exp(logit - highest);
    }
    double[] logs = new double[logits.length];
    for (int c = 0; c < logs.length; c++) {
      logs[c] = logits[c] - highest - StrictMath.log(sum);
    }
    return logs;
  }

  private static int best(double[] scores) {
    int best = 0;
    for (int c = 1; c < scores.length; c++) {
      best = scores[c] > scores[best] ? c : best;
    }
    return best;
  }

  /** Collects how to distil; each option may be set once. Not thread-safe. */
  public static final class Builder {
    private final LoraTraining student;
    private @Nullable Double temperature;
    private @Nullable Double heldOut;

    private Builder(LoraTraining student) {
      this.student = student;
    }

    /**
     * The temperature t by which teacher and student are softened; 2 by default. 1 imitates the
     * answers as they are; higher ones tell more of the classes that the teacher thinks unlikely.
     *
     * @param t above 0, finite
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder temperature(double t) {
      Settings.checkOnce("temperature", temperature);
      temperature = Settings.positive("temperature", t);
      return this;
    }

    /**
     * The part of each class's rows that the student is judged by and not trained on; a quarter by
     * default. At least one row of every class that has two.
     *
     * @param share above 0 and below 1
     * @return this
     * @throws IllegalArgumentException if it lies outside its range
     * @throws IllegalStateException if it is set already
     */
    public Builder heldOut(double share) {
      Settings.checkOnce("heldOut", heldOut);
      if (!(share > 0 && share < 1)) {
        throw new IllegalArgumentException("expected heldOut between 0 and 1, found " + share);
      }
      heldOut = share;
      return this;
    }

    /**
     * Ends the distillation's description.
     *
     * @return the distillation
     */
    public KnowledgeDistillation build() {
      return new KnowledgeDistillation(this);
    }
  }
}
