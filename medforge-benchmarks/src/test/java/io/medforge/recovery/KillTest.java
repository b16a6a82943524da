package io.medforge.recovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.ForgeItem;
import io.medforge.forge.ForgeRepository;
import io.medforge.forge.KnowledgeMerger;
import io.medforge.forge.repository.RecordedRepository;
import io.medforge.plugin.PluginModule;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Several processes offer to one repository while random ones are killed with SIGKILL and started
 * again: afterwards the log is whole, every acknowledged offer is in it, and the model is the one
 * that a single process makes. Small here; {@code mvn -Pkill} makes it 8 processes with 50 offers
 * each and 200 kills.
 */
class KillTest {
  private static final int PROCESSES = Integer.getInteger("medforge.kill.processes", 3);
  private static final int OFFERS = Integer.getInteger("medforge.kill.offers", 6);
  private static final int KILLS = Integer.getInteger("medforge.kill.kills", 8);
  private static final int LONGEST_LIFE_MILLIS = 1500;
  private static final int SHORTEST_LIFE_MILLIS = 300;

  @TempDir private Path folder;

  @Timeout(value = 90, unit = TimeUnit.MINUTES)
  @ParameterizedTest
  @ValueSource(strings = {"folder", "git"})
  void whoeverIsKilledTheLogIsWholeAndNothingAcknowledgedIsLost(String kind) throws Exception {
    Path place = folder.resolve("forge");
    killAndRestart(kind, place);

    RecordedRepository repository = OfferingProcess.open(kind, place);
    assertThat(repository.verify().broken()).isEmpty();
    ForgeItem<PluginModule> head = OfferingProcess.mainline(repository).head();
    Set<String> admitted = new TreeSet<>();
    head.contributions().keySet().forEach(plugin -> admitted.add(plugin.toString()));
    for (int writer = 0; writer < PROCESSES; writer++) {
      assertThat(admitted).containsAll(Files.readAllLines(acknowledged(writer)));
    }
    ForgeItem<PluginModule> alone = offeredByOneProcess();
    assertThat(admitted).hasSize(PROCESSES * OFFERS);
    assertThat(head.contributions()).isEqualTo(alone.contributions());
    assertThat(head.value().digest()).isEqualTo(alone.value().digest());
    assertThat(head.digest()).isEqualTo(alone.digest());
  }

  private Path acknowledged(int writer) {
    return folder.resolve("acknowledged-" + writer);
  }

  private void killAndRestart(String kind, Path place) throws IOException, InterruptedException {
    Random random = new Random(20261125);
    List<Process> running = new ArrayList<>();
    for (int writer = 0; writer < PROCESSES; writer++) {
      running.add(start(kind, place, writer));
    }
    try {
      for (int kill = 0; kill < KILLS; kill++) {
        Thread.sleep(
            SHORTEST_LIFE_MILLIS + random.nextInt(LONGEST_LIFE_MILLIS - SHORTEST_LIFE_MILLIS));
        int victim = random.nextInt(PROCESSES);
        // On Unix this is SIGKILL: no handler, no finally, no shutdown hook.
        running.get(victim).destroyForcibly().waitFor();
        running.set(victim, start(kind, place, victim));
      }
      for (Process process : running) {
        assertThat(process.waitFor(60, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as("see %s", folder.resolve("output")).isZero();
      }
    } finally {
      running.forEach(Process::destroyForcibly);
    }
  }

  private Process start(String kind, Path place, int writer) throws IOException {
    Path output = folder.resolve("output");
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-Xmx256m",
            "-cp",
            System.getProperty("java.class.path", "."),
            OfferingProcess.class.getName(),
            kind,
            place.toString(),
            Integer.toString(writer),
            Integer.toString(OFFERS),
            acknowledged(writer).toString())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.appendTo(new File(output.toString())))
        .start();
  }

  private static ForgeItem<PluginModule> offeredByOneProcess() {
    KnowledgeMerger<PluginModule> mainline = OfferingProcess.mainline(ForgeRepository.inMemory());
    for (int writer = 0; writer < PROCESSES; writer++) {
      for (int number = 0; number < OFFERS; number++) {
        mainline.offer(OfferingProcess.contribution(writer, number));
      }
    }
    return mainline.head();
  }
}
