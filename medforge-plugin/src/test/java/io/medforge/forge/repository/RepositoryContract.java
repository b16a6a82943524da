package io.medforge.forge.repository;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.medforge.forge.ForgeRepository;
import io.medforge.forge.LedgerEntry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every repository promises, wherever it stores. */
interface RepositoryContract {
  /** Opens the repository of a place; the same place twice is the same repository. */
  ForgeRepository open(Path place);

  private static LedgerEntry note(String text) {
    return new LedgerEntry.Note("test", text);
  }

  @Test
  default void appendsOnlyWhereNobodyElseHas(@TempDir Path folder) {
    ForgeRepository repository = open(folder.resolve("forge"));
    assertThat(repository.entries()).isEmpty();
    assertThat(repository.append(1, note("a"))).isFalse();
    assertThat(repository.append(0, note("a"))).isTrue();
    assertThat(repository.append(0, note("b"))).isFalse();
    assertThat(repository.append(1, note("b"))).isTrue();
    assertThat(repository.entries()).containsExactly(note("a"), note("b"));
    assertThat(repository.entries(1)).containsExactly(note("b"));
    assertThat(repository.entries(2)).isEmpty();
    assertThatThrownBy(() -> repository.entries(3)).isInstanceOf(IllegalStateException.class);
  }

  @Test
  default void everyKindOfEntryComesBackAsItWas(@TempDir Path folder) {
    Path place = folder.resolve("forge");
    ForgeRepository repository = open(place);
    List<LedgerEntry> all = Entries.all();
    for (int i = 0; i < all.size(); i++) {
      assertThat(repository.append(i, all.get(i))).isTrue();
    }
    assertThat(Entries.describe(repository.entries())).isEqualTo(Entries.describe(all));
    assertThat(Entries.describe(open(place).entries())).isEqualTo(Entries.describe(all));
  }

  @Test
  default void aListThatWasHandedOutStaysAsItWas(@TempDir Path folder) {
    ForgeRepository repository = open(folder.resolve("forge"));
    List<LedgerEntry> before = repository.entries();
    repository.append(0, note("a"));
    assertThat(before).isEmpty();
    List<LedgerEntry> after = repository.entries();
    assertThatThrownBy(after::clear).isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  default void twoThatShareAPlaceLoseNothing(@TempDir Path folder) throws Exception {
    Path place = folder.resolve("forge");
    ExecutorService executor = Executors.newFixedThreadPool(3);
    try {
      List<Callable<Integer>> writers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        String writer = "writer-" + i + "-";
        writers.add(() -> write(open(place), writer));
      }
      for (Future<Integer> future : executor.invokeAll(writers)) {
        assertThat(future.get()).isEqualTo(10);
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(open(place).entries()).hasSize(30).doesNotHaveDuplicates();
  }

  private static int write(ForgeRepository repository, String writer) {
    int written = 0;
    while (written < 10) {
      if (repository.append(repository.entries().size(), note(writer + written))) {
        written++;
      }
    }
    return written;
  }
}
