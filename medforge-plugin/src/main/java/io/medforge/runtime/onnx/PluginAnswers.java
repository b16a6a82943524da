package io.medforge.runtime.onnx;

import ai.onnx.proto.OnnxMl.TensorProto;
import io.medforge.plugin.LabelMapping;
import io.medforge.runtime.Pool;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Adds what plugins answer, as probabilities in double, and the pool that makes them one answer.
 * What no output needs in the end is dropped with the body. Not thread-safe.
 */
final class PluginAnswers {
  private final GraphBody body;
  private final List<Answer> answers;
  private final List<String> probabilities = new ArrayList<>();
  private final List<String> logarithms = new ArrayList<>();

  /**
   * One plugin's answer.
   *
   * @param logits {@code [n, classes]} in F32
   * @param temperature what they are divided by
   * @param classes their number, or empty if unknown
   * @param join how they are read, if in another label space
   * @param silent whether it never counts
   */
  record Answer(
      String logits,
      double temperature,
      Optional<Integer> classes,
      Optional<LabelMapping> join,
      boolean silent) {}

  PluginAnswers(GraphBody body, List<Answer> answers) {
    this.body = body;
    this.answers = List.copyOf(answers);
    for (int j = 0; j < answers.size(); j++) {
      String scaled = scaled(j);
      probabilities.add(body.node("Softmax", "axis", 1, prefix(j) + "softmax", scaled));
      logarithms.add(body.node("LogSoftmax", "axis", 1, prefix(j) + "logarithm", scaled));
    }
  }

  private String scaled(int j) {
    Answer answer = answers.get(j);
    String wide =
        body.cast(answer.logits(), TensorProto.DataType.DOUBLE_VALUE, prefix(j) + "logits");
    String temperature = body.number(prefix(j) + "temperature", answer.temperature());
    return body.node("Div", prefix(j) + "scaled", wide, temperature);
  }

  int plugins() {
    return answers.size();
  }

  /** The entropy of one plugin's answer over the logarithm of its classes, {@code [n, 1]}. */
  String relativeEntropy(int j) {
    int classes =
        answers
            .get(j)
            .classes()
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "expected stated label spaces for a gate by confidence in an exported"
                            + " mixture, found none, at plugin number "
                            + j));
    String terms =
        body.node("Mul", prefix(j) + "information", probabilities.get(j), logarithms.get(j));
    String sum = body.rowSum(terms, classes, prefix(j) + "negative-entropy");
    double scale = classes == 1 ? 0 : -1 / StrictMath.log(classes);
    String factor = body.number(prefix(j) + "entropy-scale", scale);
    return body.node("Mul", prefix(j) + "entropy", sum, factor);
  }

  /** One answer out of all, {@code [n, classes]} in double. */
  String pooled(Pool pool, String shares) {
    Optional<String> sum = Optional.empty();
    for (int j = 0; j < answers.size(); j++) {
      if (!answers.get(j).silent()) {
        String opinion = pool == Pool.LINEAR ? joined(j) : joinedLogarithm(j);
        String column = body.integers(prefix(j) + "column", j);
        String share = body.node("Gather", "axis", 1, prefix(j) + "share", shares, column);
        String term = body.node("Mul", prefix(j) + "weighed", opinion, share);
        String sumName = prefix(j) + "sum";
        sum = Optional.of(sum.map(before -> body.node("Add", sumName, before, term)).orElse(term));
      }
    }
    String mixed = sum.orElseThrow();
    return pool == Pool.LINEAR
        ? mixed
        : body.node("Softmax", "axis", 1, Hook.prefix() + "pooled", mixed);
  }

  private String joined(int j) {
    return answers
        .get(j)
        .join()
        .map(join -> body.node("MatMul", prefix(j) + "joined", probabilities.get(j), map(j, join)))
        .orElse(probabilities.get(j));
  }

  /** Of a joined space at least that of the least normal double, see {@link Pool#LOG}. */
  private String joinedLogarithm(int j) {
    if (answers.get(j).join().isEmpty()) {
      return logarithms.get(j);
    }
    String least = body.number(prefix(j) + "least", Double.MIN_NORMAL);
    String bounded = body.node("Max", prefix(j) + "bounded", joined(j), least);
    return body.node("Log", prefix(j) + "joined-logarithm", bounded);
  }

  private String map(int j, LabelMapping join) {
    int[] becomes = join.indices();
    int width = join.to().size();
    double[] matrix = new double[becomes.length * width];
    for (int i = 0; i < becomes.length; i++) {
      matrix[i * width + becomes[i]] = 1;
    }
    return body.doubles(prefix(j) + "join", matrix, becomes.length, width);
  }

  private static String prefix(int j) {
    return Hook.prefix() + "answer" + j + ":";
  }
}
