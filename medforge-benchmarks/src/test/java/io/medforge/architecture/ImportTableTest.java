package io.medforge.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ImportTableTest {

  @Test
  void everySourceKeepsToTheTable() {
    List<SourceFile> sources = Repository.current().mainSources();

    assertThat(sources).extracting(SourceFile::packageName).contains("io.medforge.plugin");
    assertThat(sources).flatMap(ImportTable::violations).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "io.medforge.merge.kernel,   import io.medforge.plugin.Tensor;",
    "io.medforge.merge.kernel,   import com.google.common.primitives.Floats;",
    "io.medforge.plugin,         import io.medforge.merge.PluginSet;",
    "io.medforge.plugin,         import com.google.common.collect.ImmutableList;",
    "io.medforge.runtime,        import io.medforge.merge.PluginSet;",
    "io.medforge.merge,          import io.medforge.forge.ForgeItem;",
    "io.medforge.forge,          import io.medforge.forge.mainline.Mainline;",
    "io.medforge.merge.mixture,  import io.medforge.merge.fusion.Fusion;",
    "io.medforge.merge.mixture,  import static io.medforge.merge.fusion.Fusion.average;",
    "io.medforge.merge.fusion,   import io.medforge.merge.mixture.Mixture;",
    "io.medforge.merge.alignment,import io.medforge.merge.fusion.Fusion;",
    "io.medforge.merge.fusion,   import io.medforge.plugin.peft.PeftAdapter;",
    "io.medforge.forge.mainline, import io.medforge.merge.fusion.Fusion;",
    "io.medforge.plugin.peft,    import io.medforge.merge.fusion.*;",
    "io.medforge.plugin.safetensors, import io.medforge.plugin.peft.PeftAdapter;",
    "io.medforge.plugin.peft,    import ai.onnxruntime.OrtEnvironment;",
    "io.medforge.runtime.djl,    import ai.onnxruntime.OrtEnvironment;",
    "io.medforge.runtime.onnx,   import ai.djl.ndarray.NDArray;",
    "io.medforge.runtime.onnx,   import io.medforge.plugin.peft.PeftAdapter;",
    "io.medforge.plugin.audit,   import ai.djl.ndarray.NDArray;",
    "io.medforge.plugin,         import io.medforge.cli.MedForge;",
    "io.medforge.forge.mainline, import io.medforge.study.Study;",
    "io.medforge.runtime.djl,    import io.medforge.benchmarks.KernelBenchmark;",
    "io.medforge.study,          import ai.djl.ndarray.NDArray;",
    "io.medforge.cli,            import org.jetbrains.letsPlot.core.util.PlotSvgExportCommon;",
    "io.medforge.report,         import io.medforge.cli.MedForge;",
    "io.medforge.report,         import io.medforge.merge.MergeRecord;",
    "io.medforge.merge.fusion,   import io.medforge.report.HtmlPage;",
    "io.medforge.unheard.of,     import java.util.List;",
    "io.medforge.plugin,         final class A { io.medforge.merge.PluginSet b; }",
    "io.medforge.plugin.peft,    final class A { ai.djl.Model b; }",
  })
  void aPlantedViolationIsFound(String packageName, String line) {
    assertThat(ImportTable.violations(planted(packageName, line))).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource({
    "io.medforge.merge.fusion,   import io.medforge.merge.kernel.Axpy;",
    "io.medforge.plugin.branch,  import io.medforge.runtime.djl.DjlRuntime;",
    "io.medforge.runtime.onnx,   import ai.onnxruntime.OrtEnvironment;",
    "io.medforge.runtime.djl,    import ai.djl.ndarray.NDArray;",
    "io.medforge.cli,            import io.medforge.study.Study;",
    "io.medforge.study,          import io.medforge.report.HtmlPage;",
    "io.medforge.report,         import org.jetbrains.letsPlot.core.util.PlotSvgExportCommon;",
    "io.medforge.plugin,         import static java.util.Objects.requireNonNull;",
    "io.medforge.plugin,         // import io.medforge.merge.PluginSet;",
    "io.medforge.plugin,         /** See io.medforge.merge. */ final class A {}",
    "io.medforge.plugin,         final class A { String b = \"ai.djl.Model\"; }",
  })
  void whatTheTableAllowsIsNotReported(String packageName, String line) {
    assertThat(ImportTable.violations(planted(packageName, line))).isEmpty();
  }

  private static SourceFile planted(String packageName, String line) {
    return new SourceFile("Planted.java", "package " + packageName + ";\n" + line + "\n");
  }
}
