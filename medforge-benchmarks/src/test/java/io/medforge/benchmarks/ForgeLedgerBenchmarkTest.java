package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.repository.Verification;
import java.io.IOException;
import org.junit.jupiter.api.Test;

class ForgeLedgerBenchmarkTest {
  @Test
  void everyEntryIsReadCheckedAndFollowedByOneMore() throws IOException {
    ForgeLedgerBenchmark benchmark = new ForgeLedgerBenchmark();
    benchmark.entries = 5;
    benchmark.setUp();
    try {
      assertThat(benchmark.open()).hasSize(5);
      assertThat(benchmark.append()).isTrue();
      Verification.Report report = benchmark.verify();
      assertThat(report.broken()).isEmpty();
      assertThat(report.entries()).isEqualTo(6);
    } finally {
      benchmark.tearDown();
    }
  }
}
