package io.medforge.architecture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Merging files needs no engine: no ONNX Runtime, DJL, protobuf or flatbuffers. */
class NoEngineTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "ai.djl.Model",
        "ai.djl.pytorch.engine.PtEngine",
        "ai.onnx.proto.OnnxMl",
        "ai.onnxruntime.OrtEnvironment",
        "com.google.flatbuffers.FlatBufferBuilder",
        "com.google.protobuf.Message",
        "org.eclipse.jgit.lib.Repository",
      })
  void theEngineIsThereForOthersAndNotHere(String name) throws Exception {
    assertThat(Class.forName(name, false, getClass().getClassLoader())).isNotNull();
    try (URLClassLoader noEngines = withoutEngines()) {
      assertThatThrownBy(() -> noEngines.loadClass(name))
          .isInstanceOf(ClassNotFoundException.class);
    }
  }

  @Test
  void adaptersAreReadFusedAndWrittenWithoutAnEngine(@TempDir Path folder) throws Exception {
    try (URLClassLoader noEngines = withoutEngines()) {
      Object program =
          noEngines.loadClass(FuseInFiles.class.getName()).getConstructor().newInstance();
      assertThat(program.getClass()).isNotEqualTo(FuseInFiles.class);

      @SuppressWarnings("unchecked") // FuseInFiles declares this type
      double[] change = ((Function<Path, double[]>) program).apply(folder);

      assertThat(change).containsExactly(new double[] {1, 2, 0, 0, 3, 1}, within(1e-6));
    }
  }

  private static URLClassLoader withoutEngines() throws MalformedURLException {
    List<URL> urls = new ArrayList<>();
    for (Path entry : ClassPath.entriesWithoutEngines()) {
      urls.add(entry.toUri().toURL());
    }
    return new URLClassLoader(urls.toArray(URL[]::new), ClassLoader.getPlatformClassLoader());
  }
}
