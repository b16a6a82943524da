package io.medforge.plugin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DigestingTensorsTest {
  private static final int BLOCK = 1 << 20;

  /** A tensor of the heap that counts the bytes that are read of it, and can break. */
  private static final class Counted implements Tensor {
    private final byte[] bytes;
    private final AtomicLong read = new AtomicLong();
    private volatile boolean broken;

    Counted(int length, long seed) {
      bytes = new byte[length];
      new Random(seed).nextBytes(bytes);
    }

    @Override
    public DType dtype() {
      return DType.U8;
    }

    @Override
    public Shape shape() {
      return Shape.of(bytes.length);
    }

    @Override
    public void readBytes(long from, byte[] into, int offset, int count) {
      System.arraycopy(bytes, (int) from, into, offset, count);
      if (broken) {
        throw new UncheckedIOException(new IOException("broken"));
      }
      read.addAndGet(count);
    }
  }

  private static SortedMap<String, Tensor> named(Tensor tensor) {
    return new TreeMap<>(Map.of("w", tensor));
  }

  /** As the format's words say, in the plainest way. */
  private static Digest plain(byte[] bytes) {
    ByteArrayOutputStream tensor = new ByteArrayOutputStream();
    tensor.writeBytes(header(bytes.length));
    for (int at = 0; at < bytes.length; at += BLOCK) {
      byte[] block = Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + BLOCK));
      tensor.write('H');
      tensor.writeBytes(new byte[] {0, 0, 0, 0, 0, 0, 0, 32});
      tensor.writeBytes(sha(block));
    }
    Digest digest = Digest.parse(HexFormat.of().formatHex(sha(tensor.toByteArray())));
    return Digest.builder().add("medforge-base-v2").add("w").add(digest).build();
  }

  private static byte[] header(long length) {
    ByteBuffer header = ByteBuffer.allocate(256);
    text(header, "medforge-tensor-v1");
    header.put((byte) 'A');
    text(header, "U8");
    header.put((byte) 'L').putLong(1);
    header.put((byte) 'L').putLong(length);
    return Arrays.copyOf(header.array(), header.position());
  }

  private static void text(ByteBuffer into, String text) {
    into.put((byte) 'T').putLong(text.length()).put(text.getBytes(StandardCharsets.US_ASCII));
  }

  private static byte[] sha(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK + 5})
  void theDigestIsThatOfItsWords(int length) {
    Counted tensor = new Counted(length, length);
    assertThat(BaseModel.digestOf(named(tensor))).isEqualTo(plain(tensor.bytes));
    assertThat(tensor.read).hasValue(length);
  }

  @ParameterizedTest
  @ValueSource(ints = {64 * 1024, 10_000, 3 * BLOCK})
  void whatWasReadIsNotReadAgain(int piece) {
    Counted tensor = new Counted(3 * BLOCK + 5, 1);
    DigestingTensors digesting = DigestingTensors.of(named(tensor));
    Tensor wrapped = digesting.tensors().get("w");
    byte[] copy = new byte[tensor.bytes.length];
    for (int at = 0; at < copy.length; at += piece) {
      int n = Math.min(piece, copy.length - at);
      if (at % 20_000 == 0) {
        wrapped.readBytes(at, copy, at, n);
      } else {
        ByteBuffer direct = ByteBuffer.allocateDirect(n + 3).position(1).limit(1 + n);
        wrapped.readBytes(at, direct);
        assertThat(direct.hasRemaining()).isFalse();
        direct.position(1).get(copy, at, n);
      }
    }
    assertThat(copy).isEqualTo(tensor.bytes);
    assertThat(digesting.digest()).isEqualTo(plain(tensor.bytes));
    assertThat(digesting.digest()).isEqualTo(plain(tensor.bytes));
    assertThat(tensor.read).hasValue(copy.length);
  }

  @Property(tries = 40)
  void readersOfAnyOrderAndNumberChangeNothing(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 3 * BLOCK) int length) throws Exception {
    Random random = new Random(seed);
    Counted tensor = new Counted(length, seed);
    DigestingTensors digesting = DigestingTensors.of(named(tensor));
    Tensor wrapped = digesting.tensors().get("w");
    List<Runnable> reads = new ArrayList<>();
    for (int at = 0; at < length; ) {
      int from = at;
      int n = Math.min(length - at, 1 + random.nextInt(BLOCK / 2));
      reads.add(() -> wrapped.readBytes(from, ByteBuffer.allocate(n)));
      // Some overlap, some leave a gap.
      at += Math.max(1, n + random.nextInt(2_000) - 1_000);
    }
    if (random.nextBoolean()) {
      Collections.shuffle(reads, random);
    }
    ExecutorService executor = Executors.newFixedThreadPool(3);
    try {
      List<Future<?>> running = new ArrayList<>();
      int first = random.nextInt(reads.size());
      reads.subList(0, first).forEach(read -> running.add(executor.submit(read)));
      Future<Digest> meanwhile = executor.submit(() -> digesting.digest());
      reads.subList(first, reads.size()).forEach(read -> running.add(executor.submit(read)));
      for (Future<?> read : running) {
        read.get();
      }
      assertThat(meanwhile.get()).isEqualTo(plain(tensor.bytes));
    } finally {
      executor.shutdownNow();
    }
    assertThat(digesting.digest()).isEqualTo(plain(tensor.bytes));
  }

  /** What Python's hashlib gives by the page on formats: digests outlive this code. */
  @Test
  void theDigestStaysAsItIs() {
    byte[] sevens = new byte[BLOCK + 1];
    Arrays.fill(sevens, (byte) 7);
    Map<String, Tensor> model =
        Map.of(
            "a", Tensor.of(Shape.of(2, 3), 0f, 1f, 2f, 3f, 4f, 5f),
            "b", Tensor.ofBytes(DType.U8, Shape.of(1, sevens.length), sevens),
            "c", Tensor.ofBytes(DType.BF16, Shape.of(0), new byte[0]));
    assertThat(BaseModel.digestOf(new TreeMap<>(model)).hex())
        .isEqualTo("eea3e64082d2b6e7fe72582babead6a8e76e95fe24a6129ec1d2c3830dc5d8ff");
  }

  @Test
  void whatIsHashedAlreadyIsNotHashedAgain() {
    Counted tensor = new Counted(BLOCK + 7, 6);
    DigestingTensors first = DigestingTensors.of(named(tensor));
    DigestingTensors second = DigestingTensors.of(first.tensors());
    assertThat(second.tensors()).isEqualTo(first.tensors());
    second.tensors().get("w").readBytes(0, ByteBuffer.allocate(BLOCK + 7));
    assertThat(first.digest()).isEqualTo(second.digest()).isEqualTo(plain(tensor.bytes));
    assertThat(tensor.read).hasValue(BLOCK + 7);
  }

  @Test
  void restIsReadFromWhereItWasWritten() {
    Counted computed = new Counted(2 * BLOCK + 9, 4);
    Counted written = new Counted(2 * BLOCK + 9, 4);
    DigestingTensors digesting = DigestingTensors.of(named(computed));
    digesting.tensors().get("w").readBytes(0, ByteBuffer.allocate(BLOCK + 1));
    assertThat(digesting.digest(named(written))).isEqualTo(plain(computed.bytes));
    assertThat(computed.read).hasValue(BLOCK + 1);
    assertThat(written.read).hasValue(BLOCK + 8);
  }

  @Test
  void whatCouldNotBeReadIsNotHashed() {
    Counted tensor = new Counted(BLOCK + 7, 5);
    DigestingTensors digesting = DigestingTensors.of(named(tensor));
    Tensor wrapped = digesting.tensors().get("w");
    wrapped.readBytes(0, ByteBuffer.allocate(100));
    tensor.broken = true;
    assertThatThrownBy(() -> wrapped.readBytes(100, ByteBuffer.allocate(100)))
        .isInstanceOf(UncheckedIOException.class);
    assertThatThrownBy(digesting::digest).isInstanceOf(UncheckedIOException.class);
    tensor.broken = false;
    assertThat(digesting.digest()).isEqualTo(plain(tensor.bytes));
  }

  @Test
  void typeShapeNameAndEveryBlockCount() {
    byte[] bytes = new byte[2 * BLOCK];
    Shape shape = Shape.of(bytes.length / 4);
    Digest digest = digest("w", Tensor.ofBytes(DType.F32, shape, bytes));
    assertThat(digest("v", Tensor.ofBytes(DType.F32, shape, bytes))).isNotEqualTo(digest);
    assertThat(digest("w", Tensor.ofBytes(DType.I32, shape, bytes))).isNotEqualTo(digest);
    assertThat(digest("w", Tensor.ofBytes(DType.F32, Shape.of(2, bytes.length / 8), bytes)))
        .isNotEqualTo(digest);
    for (int at : new int[] {0, BLOCK - 1, BLOCK, 2 * BLOCK - 1}) {
      byte[] other = bytes.clone();
      other[at] = 1;
      assertThat(digest("w", Tensor.ofBytes(DType.F32, shape, other))).isNotEqualTo(digest);
    }
  }

  private static Digest digest(String name, Tensor tensor) {
    return BaseModel.digestOf(new TreeMap<>(Map.of(name, tensor)));
  }

  @Test
  void otherTensorsAreRefused() {
    DigestingTensors digesting = DigestingTensors.of(named(Tensor.of(Shape.of(2), 1f, 2f)));
    assertThatThrownBy(() -> digesting.digest(new TreeMap<>()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected the tensors [w], found []");
    assertThatThrownBy(() -> digesting.digest(named(Tensor.of(Shape.of(1), 1f))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("expected F32[2], found F32[1], at tensor w");
    assertThatThrownBy(() -> digesting.digest(named(Tensor.of(Shape.of(2), 1d, 2d))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("F64");
    assertThatThrownBy(() -> digesting.tensors().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }
}
