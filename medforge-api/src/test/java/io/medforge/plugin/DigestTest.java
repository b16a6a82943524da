package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

class DigestTest {
  private static Digest of(Object... fields) {
    Digest.Builder builder = Digest.builder();
    for (Object field : fields) {
      if (field instanceof String text) {
        builder.add(text);
      } else if (field instanceof Long number) {
        builder.add(number);
      } else if (field instanceof Double number) {
        builder.add(number);
      } else if (field instanceof Digest digest) {
        builder.add(digest);
      } else {
        builder.add((Tensor) field);
      }
    }
    return builder.build();
  }

  @Example
  void isTheStandardsSha256() {
    assertThat(Digest.of("abc".getBytes(StandardCharsets.US_ASCII)).hex())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assertThat(Digest.of(new byte[0]))
        .hasToString("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }

  @Property
  void differentTextsMakeDifferentDigestsHoweverTheyAreCut(@ForAll String one, @ForAll String two) {
    assertThat(of(one + two)).isNotEqualTo(of(one, two));
    if (!one.isEmpty()) {
      assertThat(of(one, two)).isNotEqualTo(of("", one + two));
    }
    assertThat(of(one).equals(of(two))).isEqualTo(one.equals(two));
    assertThat(of(one, two)).isEqualTo(of(one, two));
  }

  @Example
  void kindsOfFieldsAreToldApart() {
    Digest digest = Digest.of(new byte[0]);
    List<Digest> different =
        List.of(
            of(),
            of(""),
            of("", ""),
            of(0L),
            of(0.0),
            of(-0.0),
            of(digest),
            of(digest.hex()),
            of(digest.toString()),
            of(Tensor.of(Shape.of(1), 0f)),
            of(Tensor.of(Shape.of(1, 1), 0f)),
            of(Tensor.of(Shape.of(1), 0.0)),
            of(Tensor.ofBytes(DType.I32, Shape.of(1), new byte[4])),
            of(Tensor.ofBytes(DType.U32, Shape.of(1), new byte[4])),
            of(Double.doubleToLongBits(0.5)),
            of(0.5));
    assertThat(different).doesNotHaveDuplicates();
  }

  @Example
  void halfASurrogatePairIsNoQuestionMark() {
    assertThat(of("\uD800")).isNotEqualTo(of("?")).isNotEqualTo(of("\uD801"));
    assertThat(of("\uD83D\uDE00")).isNotEqualTo(of("\uDE00\uD83D"));
  }

  @Property(tries = 20)
  void aLargeTensorIsReadWhole(@ForAll boolean last) {
    byte[] bytes = new byte[200_001];
    Digest zeros = of(Tensor.ofBytes(DType.U8, Shape.of(bytes.length), bytes));
    bytes[last ? bytes.length - 1 : 70_000] = 1;
    assertThat(of(Tensor.ofBytes(DType.U8, Shape.of(bytes.length), bytes))).isNotEqualTo(zeros);
  }

  @Property
  void isReadAsWritten(@ForAll byte[] content) {
    Digest digest = Digest.of(content);
    assertThat(Digest.parse(digest.toString())).isEqualTo(digest).hasSameHashCodeAs(digest);
    assertThat(Digest.parse(digest.hex())).isEqualByComparingTo(digest);
  }

  @Example
  void refusesAnotherForm() {
    String hex = Digest.of(new byte[0]).hex();
    for (String text :
        List.of(
            "",
            "sha256:",
            hex + "\n",
            hex.substring(1),
            hex.toUpperCase(Locale.ROOT),
            "sha512:" + hex,
            "sha256:sha256:" + hex,
            hex + "0")) {
      assertThatThrownBy(() -> Digest.parse(text))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected sha256:")
          .message()
          .doesNotContain("\n");
    }
  }
}
