package io.medforge.cli.forge;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Whatever is done to a charter's text, it is a charter or refused by name: nothing else. */
class DamagedCharterTest {
  private static final String KEY = "sha256:" + "0".repeat(64);
  private static final String CHARTER =
      """
      {"base": {"name": "clinic", "digest": "%s"},
       "strategy": {"name": "fusion.average", "rank": 2, "staleness": "hinge", "slope": 1.5, "grace": 2},
       "labelSpaces": [{"name": "tumour", "classes": ["benign", "malignant"]}],
       "licences": ["CC-BY-4.0"],
       "certificate": {"level": "L2"},
       "limits": {"bytes": 1000000, "rank": 16, "examples": 1000, "norm": 100, "timesMedian": 10},
       "screens": {"nearCopyCosine": 0.995, "outlierDeviations": 4, "concentrationDeviations": 6,
                   "triggerShare": 0.3, "disagreementShare": 0.3, "staleness": 8},
       "noForgetting": {"test": "bootstrap", "seed": 7, "delta": 0.1, "alpha": 0.05},
       "envelope": {"strategies": ["fusion.average"], "floor": 0.7},
       "members": [{"name": "maria", "key": "%s", "roles": ["maintainer", "safety"]}],
       "quorums": {"admission": {"approvals": 1}, "release": {"approvals": 1, "roles": {"safety": 1}}}}
      """
          .formatted(KEY, KEY);

  private static void isACharterOrRefused(String text) {
    try {
      assertThat(Charter.parse(text, "test").text()).isEqualTo(text);
    } catch (IllegalArgumentException e) {
      assertThat(e).hasMessageContaining("expected");
    }
  }

  @Example
  void theWholeOneIsACharter() {
    assertThat(Charter.parse(CHARTER, "test").text()).isEqualTo(CHARTER);
  }

  @Property(tries = 400)
  void aDamagedOneIsRefusedOrACharter(
      @ForAll @IntRange(max = 1500) int at,
      @ForAll @IntRange(max = 40) int gone,
      @ForAll("junk") String put) {
    int from = Math.min(at, CHARTER.length());
    int to = Math.min(from + gone, CHARTER.length());
    isACharterOrRefused(CHARTER.substring(0, from) + put + CHARTER.substring(to));
  }

  @Provide
  Arbitrary<String> junk() {
    return Arbitraries.of(
        "", "-1", "0", "1e999", "null", "[]", "{}", "\"\"", "\"\\u0000\"", "\u0000", "\ud83d", ",");
  }
}
