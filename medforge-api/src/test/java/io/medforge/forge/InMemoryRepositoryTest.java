package io.medforge.forge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.plugin.PluginId;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

class InMemoryRepositoryTest {
  private static LedgerEntry entry(int i) {
    return new LedgerEntry.Withdraw(PluginId.parse("a/b:" + i), "because");
  }

  @Test
  void appendsOnlyWhereNobodyElseHas() {
    ForgeRepository repository = ForgeRepository.inMemory();
    assertThat(repository.append(1, entry(1))).isFalse();
    assertThat(repository.append(0, entry(1))).isTrue();
    assertThat(repository.append(0, entry(2))).isFalse();
    assertThat(repository.append(1, entry(2))).isTrue();
    assertThat(repository.entries()).containsExactly(entry(1), entry(2));
  }

  @Test
  void aListThatWasHandedOutStaysAsItWas() {
    ForgeRepository repository = ForgeRepository.inMemory();
    List<LedgerEntry> before = repository.entries();
    repository.append(0, entry(1));
    assertThat(before).isEmpty();
    List<LedgerEntry> after = repository.entries();
    assertThatThrownBy(after::clear).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void losesNothingBetweenThreads() throws Exception {
    ForgeRepository repository = ForgeRepository.inMemory();
    ExecutorService executor = Executors.newFixedThreadPool(4);
    try {
      List<Callable<Integer>> writers = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        int writer = i;
        writers.add(() -> write(repository, writer));
      }
      for (Future<Integer> future : executor.invokeAll(writers)) {
        assertThat(future.get()).isEqualTo(200);
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(repository.entries()).hasSize(800).doesNotHaveDuplicates();
  }

  private static int write(ForgeRepository repository, int writer) {
    int written = 0;
    while (written < 200) {
      if (repository.append(repository.entries().size(), entry(1000 * writer + written))) {
        written++;
      }
    }
    return written;
  }
}
