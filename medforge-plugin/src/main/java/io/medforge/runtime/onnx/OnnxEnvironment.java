package io.medforge.runtime.onnx;

import ai.onnxruntime.OrtEnvironment;
import com.google.common.util.concurrent.Uninterruptibles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/** ONNX Runtime's environment, of which a process has one. Thread-safe. */
final class OnnxEnvironment {
  /*
   * On Linux, ONNX Runtime 1.29.0 looks at the process's command line when its environment is created,
   * with a recursion as deep as the line is long: some 300 bytes of stack per character. A line of 4 kB,
   * such as any long class path, overruns the customary 1 MiB, and the JVM is gone without a message.
   * So the environment is created on a thread of its own, whose stack suits the line with room to spare;
   * stacks are reserved, not filled, so this costs address space only.
   */
  private static final Path COMMAND_LINE = Path.of("/proc/self/cmdline");
  private static final long LEAST_STACK = 16L << 20;
  private static final long STACK_PER_CHARACTER = 1L << 10;

  private static @Nullable OrtEnvironment created;

  private OnnxEnvironment() {}

  /**
   * The environment; the first call creates it.
   *
   * @return the environment, which nobody closes
   */
  static synchronized OrtEnvironment get() {
    OrtEnvironment environment = created;
    if (environment == null) {
      environment = create();
      created = environment;
    }
    return environment;
  }

  private static OrtEnvironment create() {
    FutureTask<OrtEnvironment> creation = new FutureTask<>(OrtEnvironment::getEnvironment);
    long stack = LEAST_STACK + STACK_PER_CHARACTER * commandLineLength();
    Thread thread = new Thread(null, creation, "onnxruntime-start", stack);
    thread.start();
    try {
      return Objects.requireNonNull(Uninterruptibles.getUninterruptibly(creation));
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Error error) {
        throw error; // A native library that is missing or does not load.
      }
      throw new IllegalStateException("expected ONNX Runtime to start, found " + e.getCause(), e);
    }
  }

  /** In bytes; 0 where there is no such file, as on other systems than Linux. */
  private static long commandLineLength() {
    try {
      return Files.readAllBytes(COMMAND_LINE).length;
    } catch (IOException e) {
      return 0;
    }
  }
}
