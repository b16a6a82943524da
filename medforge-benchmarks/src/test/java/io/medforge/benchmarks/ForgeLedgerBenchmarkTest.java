package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.Admission;
import io.medforge.forge.repository.Verification;
import io.medforge.plugin.PluginModule;
import java.io.IOException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForgeLedgerBenchmarkTest {
  @ParameterizedTest
  @ValueSource(strings = {"folder", "git"})
  void everyEntryIsReadCheckedAndFollowedByOneMore(String kind) throws IOException {
    ForgeLedgerBenchmark benchmark = new ForgeLedgerBenchmark();
    benchmark.kind = kind;
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

  @ParameterizedTest
  @ValueSource(strings = {"folder", "git"})
  void theOfferGivesWhatThePureMergeGives(String kind) throws IOException {
    ForgeOfferBenchmark benchmark = new ForgeOfferBenchmark();
    benchmark.kind = kind;
    benchmark.entries = 5;
    benchmark.setUp();
    try {
      benchmark.draw();
      Admission<PluginModule> answer = benchmark.offer();
      assertThat(answer).isInstanceOf(Admission.Admitted.class);
      assertThat(((Admission.Admitted<PluginModule>) answer).item().value().digest())
          .isEqualTo(benchmark.merge().value().digest());
    } finally {
      benchmark.tearDown();
    }
  }
}
