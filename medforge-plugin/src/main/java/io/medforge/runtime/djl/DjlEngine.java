package io.medforge.runtime.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.Utils;

/**
 * Starts PyTorch, or says why not. Thread-safe.
 *
 * <p>When DJL's engine class loads, it asks a cloud metadata service who this machine is and
 * reports that to its makers ({@code ai.djl.util.Ec2Utils.callHome}), unless DJL is offline or its
 * tracking was declined. A library inside a hospital must not do that unasked, and must not set the
 * JVM's properties either; so the engine is refused until whoever starts the JVM has decided.
 *
 * <p>PyTorch computes with {@value #THREADS} thread per call, however many cores there are, so that
 * sums are always split in the same way; callers parallelise over calls. Whoever sets {@code
 * -Dai.djl.pytorch.num_threads} has stated another number, which stands.
 */
public final class DjlEngine {
  /** PyTorch's threads per call unless the JVM was started with another number. */
  static final int THREADS = 1;

  private static final String THREADS_PROPERTY = "ai.djl.pytorch.num_threads";

  private DjlEngine() {}

  /**
   * A manager of native arrays on the CPU; the first call starts the engine.
   *
   * @return a new manager that its caller closes
   * @throws IllegalStateException if DJL would contact a host at its start
   */
  public static NDManager newManager() {
    boolean declined = Boolean.parseBoolean(Utils.getEnvOrSystemProperty("OPT_OUT_TRACKING"));
    if (!Utils.isOfflineMode() && !declined) {
      throw new IllegalStateException(
          "expected DJL to be started offline, found that its start would contact a host: start the"
              + " JVM with -Dai.djl.offline=true (or the environment variable DJL_OFFLINE=true), or"
              + " allow its downloads but decline its tracking with -DOPT_OUT_TRACKING=true");
    }
    return Started.PYTORCH.newBaseManager(Device.cpu());
  }

  /**
   * A scope for one computation on the calling thread. Every computation begins with one: PyTorch
   * keeps its number of threads per calling thread, and takes over the engine's only when asked.
   *
   * @param manager the manager that the scope belongs to
   * @return a new manager that the caller closes
   */
  public static NDManager newScope(NDManager manager) {
    // Asking is what makes this thread take over the number (at::get_num_threads initialises it);
    // without it the matrix products of a new thread differ in their last bits.
    int threads = JniUtils.getNumThreads();
    if (threads < 1) {
      throw new IllegalStateException("expected PyTorch to have a thread, found " + threads);
    }
    return manager.newSubManager();
  }

  /** Loaded by the first manager, never by this class's own loading. */
  private static final class Started {
    static final Engine PYTORCH = start();

    private static Engine start() {
      Engine engine = Engine.getEngine("PyTorch");
      if (Integer.getInteger(THREADS_PROPERTY) == null) {
        JniUtils.setNumThreads(THREADS);
      }
      return engine;
    }
  }
}
