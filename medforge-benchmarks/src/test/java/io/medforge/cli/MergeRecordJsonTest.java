package io.medforge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.merge.Coefficients;
import io.medforge.merge.MergeRecord;
import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MergeRecordJsonTest {
  private static final PluginModule ONE = TestAdapters.module("a", "base", 1, 1);
  private static final PluginModule OTHER = TestAdapters.module("b", "base", 1, 2);
  private static final Digest RESULT = Digest.of(new byte[] {1});

  @Test
  void aRecordIsWrittenWholeWithItsKeysSorted() {
    PluginSet plugins = PluginSet.of(ONE, OTHER);
    MergeRecord record =
        MergeRecord.of("test", plugins)
            .parameter("z", "last")
            .parameter("a", "first")
            .coefficients(Coefficients.perPlugin(Map.of(ONE.id(), 0.1, OTHER.id(), 2e-3)))
            .seed(7)
            .layer("fc1.weight", new MergeRecord.Layer(2, 3.5, 0.25))
            .keptApart("head", List.of(ONE.id()))
            .remark("a remark")
            .build(RESULT);
    String text = CanonicalJson.toText(MergeRecordJson.of(record));
    MergeRecord.Environment here = record.environment();
    PluginModule first = plugins.plugins().get(0);
    PluginModule second = plugins.plugins().get(1);
    assertThat(text)
        .isEqualTo(
            """
            {
              "base" : {
                "name" : "base"
              },
              "coefficients" : {
                "perPlugin" : {
                  "a/task:1" : 0.1,
                  "b/task:1" : 0.002
                }
              },
              "environment" : {
                "arch" : "%s",
                "jvm" : "%s",
                "library" : "%s",
                "os" : "%s"
              },
              "keptApart" : {
                "head" : [
                  "a/task:1"
                ]
              },
              "layers" : {
                "fc1.weight" : {
                  "discardedEnergy" : 0.25,
                  "energy" : 3.5,
                  "rank" : 2
                }
              },
              "parameters" : {
                "a" : "first",
                "z" : "last"
              },
              "parents" : [
                {
                  "digest" : "%s",
                  "id" : "%s"
                },
                {
                  "digest" : "%s",
                  "id" : "%s"
                }
              ],
              "remarks" : [
                "bases were matched by name: the digest of at least one is unknown",
                "a remark"
              ],
              "result" : "%s",
              "seed" : 7,
              "strategy" : "test"
            }
            """
                .formatted(
                    here.arch(),
                    here.jvm(),
                    here.library(),
                    here.os(),
                    first.digest(),
                    first.id(),
                    second.digest(),
                    second.id(),
                    RESULT));
  }

  @Test
  void coefficientsPerLayerAreWrittenPerLayer() {
    PluginId id = ONE.id();
    Coefficients.PerPlugin half = Coefficients.perPlugin(Map.of(id, 0.5));
    MergeRecord record =
        MergeRecord.of("test", PluginSet.of(ONE))
            .coefficients(Coefficients.perLayer(Map.of("fc1.weight", half)))
            .build(RESULT);
    assertThat(
            MergeRecordJson.of(record)
                .at("/coefficients/perLayer/fc1.weight")
                .path(id.toString())
                .asDouble())
        .isEqualTo(0.5);
  }
}
