package io.medforge.cli.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.Shape;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ExampleReaderTest {
  /** Stands for a patient's value: no message may repeat it. */
  private static final String SECRET = "77.123456";

  @TempDir Path folder;

  @Test
  void readsATableWithQuotesAndAnId() throws IOException {
    String header = "\uFEFFpatient,\"age, in years\",label,cp\r\n";
    Path file = csv(header + "A1,63,ill,1.5\n\n\"B\"\"2\",41, well ,-2e1\n");
    Examples read = ExampleReader.of(file).idColumn("patient").read();
    assertThat(read.columns()).containsExactly("age, in years", "cp");
    assertThat(read.names()).containsExactly("A1", "B\"2");
    assertThat(read.classNames()).containsExactly("ill", "well");
    assertThat(read.classes()).containsExactly(0, 1);
    assertThat(read.inputs().values().toFloats()).containsExactly(63, 1.5f, 41, -20);
    assertThat(read.inputs(List.of(1)).values().toFloats()).containsExactly(41, -20);
  }

  @Test
  void ordersWholeNumbersByValueAndTakesAStatedOrder() throws IOException {
    Path file = csv("x,label\n1,10\n2,9\n3,10\n");
    assertThat(ExampleReader.of(file).read().classNames()).containsExactly("9", "10");
    Examples stated = ExampleReader.of(file).classes(List.of("10", "9", "8")).read();
    assertThat(stated.classes()).containsExactly(0, 1, 0);
  }

  @Test
  void aTableWithoutALabelIsUnlabelled() throws IOException {
    Examples read = ExampleReader.of(csv("x,y\n1,2\n")).ignore(List.of("y")).read();
    assertThat(read.areLabelled()).isFalse();
    assertThat(read.names()).containsExactly("0");
    assertThatThrownBy(read::classes).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          x,label\\n,a                     | a number, found a missing value   | row 0 (from 0), column x
          x,label\\n?,a                    | a number, found a missing value   | row 0 (from 0), column x
          x,label\\n1,a\\nSECRET0x,b       | a number, found something else    | row 1 (from 0), column x
          x,label\\n1,a\\nNaN,b            | a finite number, found another    | row 1 (from 0), column x
          x,label\\n1e39,a                 | a finite number, found another    | row 0 (from 0), column x
          x,label\\n1,a\\nSECRET           | 2 fields, found 1                 | row 1
          x,label\\n1,a,SECRET             | 2 fields, found 3                 | row 0
          x,x\\n1,2                        | a name of its own for each column | data.csv
          x,\\n1,2                         | a name of its own for each column | data.csv
          label\\na                        | at least one column of numbers    | data.csv
          x,label\\n                       | at least one row                  | data.csv
          ''                               | a header, found an empty file     | data.csv
          x,label\\n1,"SECRET              | quotes in pairs                   | data.csv
          """)
  void refusesTablesByPlaceAndNeverByValue(String text, String said, String place)
      throws IOException {
    Path file = csv(text.replace("\\n", "\n").replace("SECRET", SECRET));
    assertThatThrownBy(() -> ExampleReader.of(file).read())
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining(said)
        .hasMessageContaining(place)
        .satisfies(ExampleReaderTest::hidesValues);
  }

  @Test
  void refusesALabelOutsideTheClassesWithoutSayingIt() throws IOException {
    Path file = csv("x,label\n1,a\n2," + SECRET + "\n");
    assertThatThrownBy(() -> ExampleReader.of(file).classes(List.of("a", "b")).read())
        .hasMessageContaining("a label among [a, b]")
        .hasMessageContaining("row 1")
        .satisfies(ExampleReaderTest::hidesValues);
  }

  @Test
  void refusesOtherBytesThanUtf8() throws IOException {
    Path file = Files.write(folder.resolve("latin.csv"), new byte[] {'x', '\n', (byte) 0xe9});
    assertThatThrownBy(() -> ExampleReader.of(file).read()).hasMessageContaining("UTF-8");
  }

  @Test
  void readsImagesOfAnArchive() {
    byte[] pixels = {0, (byte) 255, 51, 102, 1, 2, 3, 4};
    Path file =
        TestNpz.write(
            folder.resolve("data.npz"),
            Map.of(
                "train_images", TestNpz.npy("|u1", "(2, 2, 2)", pixels),
                "train_labels", TestNpz.npy("|u1", "(2, 1)", new byte[] {1, 0})));
    Examples read = ExampleReader.of(file).split("train").classes(List.of("no", "yes")).read();
    assertThat(read.inputs().values().shape()).isEqualTo(Shape.of(2, 1, 2, 2));
    assertThat(read.inputs(List.of(0)).values().toFloats()).containsExactly(0, 1, 0.2f, 0.4f);
    assertThat(read.classes()).containsExactly(1, 0);
    assertThat(read.classNames()).containsExactly("no", "yes");
  }

  @Test
  void putsChannelsFirst() {
    byte[] pixels = {0, 51, 102, 51, 102, (byte) 153};
    Path file =
        TestNpz.write(
            folder.resolve("data.npz"),
            Map.of("inputs", TestNpz.npy("|u1", "(1, 1, 2, 3)", pixels)));
    Examples read = ExampleReader.of(file).read();
    assertThat(read.inputs().values().shape()).isEqualTo(Shape.of(1, 3, 1, 2));
    assertThat(read.inputs().values().toFloats()).containsExactly(0, 0.2f, 0.2f, 0.4f, 0.4f, 0.6f);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'descr': '|O', 'fortran_order': False, 'shape': (2, 2), }",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2147483647, 2147483647), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (), }",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 9999999999), }",
        "__import__('os').system('x')",
        "{'descr': '<f2', 'fortran_order': False, 'shape': (2, 2), }",
      })
  void refusesOtherArrays(String dictionary) {
    byte[] values = TestNpz.floats(1, 2, 3, 4);
    Path file =
        TestNpz.write(
            folder.resolve("data.npz"), Map.of("inputs", TestNpz.npy(dictionary, values)));
    assertThatThrownBy(() -> ExampleReader.of(file).read())
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("entry inputs");
  }

  @Test
  void refusesInfinitiesAndWrongLabels() {
    byte[] values = TestNpz.floats(1, 2, Float.NaN, 4);
    Path nan =
        TestNpz.write(
            folder.resolve("nan.npz"), Map.of("inputs", TestNpz.npy("<f4", "(2, 2)", values)));
    assertThatThrownBy(() -> ExampleReader.of(nan).read()).hasMessageContaining("row 1");
    Path labels =
        TestNpz.write(
            folder.resolve("labels.npz"),
            Map.of(
                "inputs", TestNpz.npy("<f4", "(2, 2)", TestNpz.floats(1, 2, 3, 4)),
                "labels", TestNpz.npy("<f4", "(2,)", TestNpz.floats(0, 0.5f))));
    assertThatThrownBy(() -> ExampleReader.of(labels).read())
        .hasMessageContaining("whole numbers as labels")
        .hasMessageContaining("row 1");
    assertThatThrownBy(() -> ExampleReader.of(labels).split("train").read())
        .hasMessageContaining("train_images")
        .hasMessageContaining("[inputs, labels]");
  }

  @Test
  void readsAFolderOfImagesPerClass() throws IOException {
    image("well/b.png", BufferedImage.TYPE_BYTE_GRAY, 2, 2, 255);
    image("ill/a.png", BufferedImage.TYPE_BYTE_GRAY, 2, 2, 51);
    Files.writeString(folder.resolve("images/ill/notes.txt"), "left out");
    Examples read = ExampleReader.of(folder.resolve("images")).read();
    assertThat(read.names()).containsExactly("ill/a.png", "well/b.png");
    assertThat(read.classNames()).containsExactly("ill", "well");
    assertThat(read.inputs().values().shape()).isEqualTo(Shape.of(2, 1, 2, 2));
    assertThat(read.inputs(List.of(0)).values().toFloats()).containsExactly(0.2f, 0.2f, 0.2f, 0.2f);
  }

  @Test
  void refusesImagesOfDifferentSizesAndDamagedOnes() throws IOException {
    image("a.png", BufferedImage.TYPE_INT_RGB, 2, 2, 0);
    image("b.png", BufferedImage.TYPE_INT_RGB, 2, 3, 0);
    assertThatThrownBy(() -> ExampleReader.of(folder.resolve("images")).read())
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("3 x 2 x 2")
        .hasMessageContaining("b.png");
    Files.write(folder.resolve("images/b.png"), new byte[] {1, 2, 3});
    assertThatThrownBy(() -> ExampleReader.of(folder.resolve("images")).read())
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("b.png");
    byte[] whole = Files.readAllBytes(folder.resolve("images/a.png"));
    Files.write(folder.resolve("images/b.png"), java.util.Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> ExampleReader.of(folder.resolve("images")).read())
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("b.png");
  }

  @Test
  void refusesOtherFiles() {
    assertThatThrownBy(() -> ExampleReader.of(folder.resolve("x.pkl")).read())
        .isInstanceOf(MalformedDataException.class)
        .hasMessageContaining("x.pkl");
  }

  private void image(String name, int type, int width, int height, int grey) throws IOException {
    BufferedImage image = new BufferedImage(width, height, type);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        image.getRaster().setSample(x, y, 0, grey);
      }
    }
    Path file = folder.resolve("images").resolve(name);
    Files.createDirectories(file.resolveSibling(""));
    ImageIO.write(image, "png", file.toFile());
  }

  private Path csv(String text) throws IOException {
    return Files.writeString(folder.resolve("data.csv"), text);
  }

  private static void hidesValues(Throwable failure) {
    for (Throwable each = failure; each != null; each = each.getCause()) {
      assertThat(String.valueOf(each.getMessage())).doesNotContain(SECRET);
    }
  }
}
