package io.medforge.merge.mixture;

import io.medforge.merge.PluginSet;
import io.medforge.plugin.Digest;
import io.medforge.plugin.LabelMapping;
import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.plugin.TensorBundle;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Collects tensors and text of this package's values. */
final class BundleWriter {
  private final SortedMap<String, Tensor> tensors = new TreeMap<>();
  private final SortedMap<String, String> metadata = new TreeMap<>();

  BundleWriter(String format, String version) {
    text("format", format);
    text("version", version);
  }

  BundleWriter text(String key, Object value) {
    metadata.put(key, value.toString());
    return this;
  }

  BundleWriter tensor(String name, Tensor tensor) {
    tensors.put(name, tensor);
    return this;
  }

  void labels(String prefix, LabelSpace space) {
    text(prefix + ".name", space.name());
    text(prefix + ".classes", space.size());
    for (int c = 0; c < space.size(); c++) {
      text(prefix + ".class." + c, space.classes().get(c));
    }
  }

  void joins(List<LabelMapping> joins) {
    text("joins", joins.size());
    for (int i = 0; i < joins.size(); i++) {
      LabelMapping join = joins.get(i);
      labels("join." + i + ".from", join.from());
      labels("join." + i + ".to", join.to());
      int[] becomes = join.indices();
      for (int c = 0; c < becomes.length; c++) {
        text("join." + i + ".becomes." + c, join.to().classes().get(becomes[c]));
      }
    }
  }

  void plugins(PluginSet plugins) {
    text("base", plugins.base().name());
    text("plugins", plugins.size());
    int i = 0;
    for (PluginModule plugin : plugins.plugins()) {
      text("plugin." + i + ".id", plugin.id());
      text("plugin." + i + ".digest", plugin.digest());
      i++;
    }
  }

  TensorBundle build(Digest digest) {
    text("digest", digest);
    return TensorBundle.of(tensors, metadata);
  }
}
