package io.medforge.benchmarks;

import io.medforge.plugin.LowRankUpdate;
import io.medforge.plugin.PluginModule;
import java.util.concurrent.TimeUnit;
import org.ejml.data.DMatrixRMaj;
import org.ejml.dense.row.CommonOps_DDRM;
import org.ejml.dense.row.factory.DecompositionFactory_DDRM;
import org.ejml.interfaces.decomposition.SingularValueDecomposition_F64;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * What {@link ProductFusionBenchmark} computes, the dense way in pure Java: the d x d average is
 * multiplied out, and EJML decomposes it with both sets of singular vectors.
 *
 * <p>{@code java -jar medforge-benchmarks/target/benchmarks.jar DenseSvd}; a width of 4096 takes
 * many minutes: {@code -p width=4096 -wi 0 -i 1}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx4g")
@Warmup(iterations = 2)
@Measurement(iterations = 3)
public class DenseSvdBenchmark {
  /** d = k, the layer's width. */
  @Param("768")
  public int width;

  private final ProductFusionBenchmark factors = new ProductFusionBenchmark();

  /** Draws the same plugins. */
  @Setup
  public void setUp() {
    factors.width = width;
    factors.setUp();
  }

  /** Ends the threads of the other benchmark. */
  @TearDown
  public void tearDown() {
    factors.tearDown();
  }

  /**
   * The average and its decomposition.
   *
   * @return the decomposition
   */
  @Benchmark
  public SingularValueDecomposition_F64<DMatrixRMaj> decompose() {
    DMatrixRMaj sum = new DMatrixRMaj(width, width);
    for (PluginModule plugin : factors.plugins()) {
      LowRankUpdate update =
          (LowRankUpdate) plugin.update(ProductFusionBenchmark.layer(0)).orElseThrow();
      int r = (int) update.rank();
      DMatrixRMaj a = new DMatrixRMaj(r, width, true, update.a().toDoubles());
      DMatrixRMaj b = new DMatrixRMaj(width, r, true, update.b().toDoubles());
      CommonOps_DDRM.multAdd(update.scaling() / ProductFusionBenchmark.PLUGINS, b, a, sum);
    }
    SingularValueDecomposition_F64<DMatrixRMaj> svd =
        DecompositionFactory_DDRM.svd(width, width, true, true, true);
    if (!svd.decompose(sum)) {
      throw new IllegalStateException("expected EJML's decomposition to converge");
    }
    return svd;
  }
}
