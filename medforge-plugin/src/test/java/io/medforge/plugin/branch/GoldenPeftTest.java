package io.medforge.plugin.branch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.peft.PeftAdapter;
import io.medforge.runtime.ModelInput;
import io.medforge.runtime.Outputs;
import io.medforge.runtime.djl.DjlRuntime;
import io.medforge.runtime.djl.Network;
import java.nio.file.Path;
import java.util.SortedMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Against PyTorch, transformers and PEFT, both ways; see the scripts beside the golden files. */
class GoldenPeftTest {
  private static void assertLogits(Outputs found, Tensor expected, Offset<Float> within) {
    float[] logits = expected.toFloats();
    for (int row = 0; row < found.size(); row++) {
      for (int c = 0; c < found.classes(); c++) {
        assertThat(found.logit(row, c)).isCloseTo(logits[row * found.classes() + c], within);
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAdapterThatPeftTrainedAnswersAlikeHere(GoldenBases golden) {
    Network network = golden.network();
    ModelInput x = golden.inputs();
    SortedMap<String, Tensor> expected = golden.expected();
    PluginModule plugin =
        PeftAdapter.reader(golden.theirs().resolve("adapter"))
            .baseName(network.base().name())
            .baseDigest(network.base().digest().orElseThrow())
            .read();
    try (DjlRuntime runtime = DjlRuntime.open(network)) {
      assertLogits(runtime.runBase(x), GoldenBases.tensor(expected, "logits.base"), within(1e-5f));
      assertLogits(
          runtime.run(plugin, x), GoldenBases.tensor(expected, "logits.adapter"), within(1e-5f));
    }
  }

  @ParameterizedTest
  @EnumSource
  void anAdapterThatWeTrainedAnswersAlikeInPeft(GoldenBases golden) {
    Network network = golden.network();
    Path ours = golden.ours(GoldenBases.root().resolve("ours"));
    PluginModule written =
        PeftAdapter.reader(ours.resolve("adapter"))
            .baseDigest(network.base().digest().orElseThrow())
            .read();
    Tensor theirAnswer =
        GoldenBases.tensor(GoldenBases.read(ours.resolve("logits.safetensors")), "logits");
    try (DjlRuntime runtime = DjlRuntime.open(network)) {
      assertLogits(runtime.run(written, golden.inputs()), theirAnswer, within(1e-5f));
      // Another processor may round otherwise, and training magnifies that.
      assertLogits(
          runtime.run(OurAdapters.train(golden), golden.inputs()), theirAnswer, within(5e-2f));
    }
  }

  @ParameterizedTest
  @CsvSource({"MLP, sgd", "MLP, adamw", "VIT, sgd", "VIT, adamw"})
  void trainingTakesPyTorchsSteps(GoldenBases golden, String kind) {
    TrainingOptions.Builder options =
        TrainingOptions.seeded(1)
            .epochs(12)
            .batchSize(24)
            .schedule(Schedule.cosine().warmUp(3))
            .clipNorm(0.5)
            .classWeights(ClassWeights.of(1, 3));
    if (kind.equals("sgd")) {
      options.optimizer(Optimizer.sgd(0.9)).learningRate(0.05).weightDecay(0.01);
    } else {
      options.learningRate(0.003).weightDecay(0.05);
    }
    SortedMap<String, Tensor> expected = golden.expected();
    FullTraining.of(golden.network(), GoldenBases.LABELS, options.build())
        .train(golden.inputs(), golden.classes())
        .forEach(
            (name, tensor) -> {
              // Softmax ignores this bias: its gradient is rounding, which AdamW scales to steps.
              if (!name.endsWith("k_proj.bias") || kind.equals("sgd")) {
                assertThat(tensor.toDoubles())
                    .as(name)
                    .containsExactly(
                        GoldenBases.tensor(expected, kind + "." + name).toDoubles(), within(1e-4));
              }
            });
  }
}
