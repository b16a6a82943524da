package io.medforge.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class MixtureMemoryTest {
  /** A copy of the base for each of 16 plugins would be 256 MiB. */
  @Test
  void theBaseIsHeldOnce() throws Exception {
    MixtureMemory.measure(1, 64); // the engine's own libraries, once
    MixtureMemory.Reading reading = MixtureMemory.measure(16, 1024);
    assertThat(reading.base()).isEqualTo(16L << 20);
    assertThat(reading.adapters()).isEqualTo(16L << 18);
    assertThat(reading.added()).isLessThan(128L << 20);
  }
}
