package io.medforge.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No file names a place that exists on one machine only. */
class CommittedTextTest {
  private static final Pattern MACHINE_PATH =
      Pattern.compile("(?<![\\w.})/\\\\-])/(?:work|root|tmp|home)/\\w");

  @Test
  void noFileNamesAMachinePath() {
    Repository repository = Repository.current();

    List<Path> found =
        repository.committedFiles().stream()
            .filter(
                file ->
                    repository
                        .text(file)
                        .filter(text -> MACHINE_PATH.matcher(text).find())
                        .isPresent())
            .toList();

    assertThat(repository.committedFiles()).contains(Path.of("pom.xml"));
    assertThat(found).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"root", "tmp", "work", "home"})
  void aPlantedPathIsFound(String directory) {
    assertThat(MACHINE_PATH.matcher("cd /" + directory + "/medforge").find()).isTrue();
    assertThat(MACHINE_PATH.matcher("\"/" + directory + "/medforge\"").find()).isTrue();
    assertThat(MACHINE_PATH.matcher("src/" + directory + "/medforge").find()).isFalse();
  }
}
