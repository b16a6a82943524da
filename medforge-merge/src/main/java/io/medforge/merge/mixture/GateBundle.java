package io.medforge.merge.mixture;

import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.Shape;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.FeatureExtractor;
import io.medforge.runtime.GateParameters;
import io.medforge.runtime.Whitening;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A gate's numbers in a bundle: text {@code P.kind} says which, and every component of it follows
 * under its own name after the prefix P; lists of numbers are F64 tensors.
 */
final class GateBundle {
  /** Deeper than any gate is composed. */
  private static final int MAX_STEPS = 64;

  private GateBundle() {}

  static void write(BundleWriter writer, String prefix, GateParameters numbers) {
    if (numbers instanceof GateParameters.Static fixed) {
      writer.text(prefix + ".kind", "static");
      writer.tensor(prefix + ".weights", list(fixed.weights()));
    } else if (numbers instanceof GateParameters.Prototypes prototypes) {
      writer.text(prefix + ".kind", "prototypes");
      space(writer, prefix, prototypes.features(), prototypes.whitening(), prototypes.centres());
      writer.tensor(
          prefix + ".groups",
          BundleReader.integers(
              prototypes.groups().stream().mapToInt(Integer::intValue).toArray()));
      writer.tensor(prefix + ".log-priors", list(prototypes.logPriors()));
      writer.text(prefix + ".temperature", prototypes.temperature());
      writer.tensor(prefix + ".routing", prototypes.routing());
    } else if (numbers instanceof GateParameters.Neighbours neighbours) {
      writer.text(prefix + ".kind", "neighbours");
      space(writer, prefix, neighbours.features(), neighbours.whitening(), neighbours.examples());
      writer.tensor(prefix + ".counts", list(neighbours.counts()));
      writer.tensor(prefix + ".responsibilities", neighbours.responsibilities());
      writer.text(prefix + ".k", neighbours.k());
      writer.text(prefix + ".temperature", neighbours.temperature());
    } else if (numbers instanceof GateParameters.Confidence confidence) {
      writer.text(prefix + ".kind", "confidence");
      writer.text(prefix + ".sharpness", confidence.sharpness());
    } else if (numbers instanceof GateParameters.TopK top) {
      writer.text(prefix + ".kind", "top-k");
      writer.text(prefix + ".k", top.k());
    } else if (numbers instanceof GateParameters.Abstention abstention) {
      writer.text(prefix + ".kind", "abstention");
      space(writer, prefix, abstention.features(), abstention.whitening(), abstention.centres());
      writer.text(prefix + ".threshold", abstention.threshold());
      writer.text(prefix + ".alpha", abstention.alpha());
    } else if (numbers instanceof GateParameters.Sequence sequence) {
      writer.text(prefix + ".kind", "sequence");
      writer.text(prefix + ".steps", sequence.steps().size());
      for (int i = 0; i < sequence.steps().size(); i++) {
        write(writer, prefix + ".step." + i, sequence.steps().get(i));
      }
    }
  }

  private static void space(
      BundleWriter writer,
      String prefix,
      FeatureExtractor features,
      Whitening whitening,
      Tensor centres) {
    MemoryBundle.checkNamed(features);
    writer.text(prefix + ".features", features.name());
    writer.tensor(prefix + ".mean", whitening.mean());
    writer.tensor(prefix + ".factor", whitening.factor());
    writer.tensor(prefix + ".centres", centres);
  }

  private static Tensor list(List<Double> numbers) {
    return Tensor.of(
        Shape.of(numbers.size()), numbers.stream().mapToDouble(Double::doubleValue).toArray());
  }

  static GateParameters read(BundleReader reader, String prefix) {
    String kind = reader.text(prefix + ".kind");
    if (kind.equals("sequence")) {
      int steps = reader.number(prefix + ".steps", 1);
      if (steps > MAX_STEPS || prefix.length() > 8 * MAX_STEPS) {
        throw new MalformedPluginException(
            "expected at most " + MAX_STEPS + " steps of a gate, found more, at " + prefix);
      }
      List<GateParameters> read = new ArrayList<>();
      for (int i = 0; i < steps; i++) {
        read.add(read(reader, prefix + ".step." + i));
      }
      return new GateParameters.Sequence(read);
    }
    return reader.parsed(prefix, () -> single(reader, prefix, kind));
  }

  private static GateParameters single(BundleReader reader, String prefix, String kind) {
    return switch (kind) {
      case "static" -> new GateParameters.Static(numbers(reader, prefix + ".weights"));
      case "prototypes" ->
          new GateParameters.Prototypes(
              features(reader, prefix),
              whitening(reader, prefix),
              reader.tensor(prefix + ".centres"),
              Arrays.stream(reader.integers(prefix + ".groups", 0)).boxed().toList(),
              numbers(reader, prefix + ".log-priors"),
              reader.real(prefix + ".temperature"),
              reader.tensor(prefix + ".routing"));
      case "neighbours" ->
          new GateParameters.Neighbours(
              features(reader, prefix),
              whitening(reader, prefix),
              reader.tensor(prefix + ".centres"),
              numbers(reader, prefix + ".counts"),
              reader.tensor(prefix + ".responsibilities"),
              reader.number(prefix + ".k", 1),
              reader.real(prefix + ".temperature"));
      case "confidence" -> new GateParameters.Confidence(reader.real(prefix + ".sharpness"));
      case "top-k" -> new GateParameters.TopK(reader.number(prefix + ".k", 1));
      case "abstention" ->
          new GateParameters.Abstention(
              features(reader, prefix),
              whitening(reader, prefix),
              reader.tensor(prefix + ".centres"),
              reader.real(prefix + ".threshold"),
              reader.real(prefix + ".alpha"));
      default -> throw new IllegalArgumentException("expected a known kind of gate, found another");
    };
  }

  private static FeatureExtractor features(BundleReader reader, String prefix) {
    return FeatureExtractor.named(reader.text(prefix + ".features"));
  }

  private static Whitening whitening(BundleReader reader, String prefix) {
    return new Whitening(reader.tensor(prefix + ".mean"), reader.tensor(prefix + ".factor"));
  }

  private static List<Double> numbers(BundleReader reader, String name) {
    return Arrays.stream(reader.tensor(name).toDoubles()).boxed().toList();
  }

  /** Refuses numbers made for another number of plugins. */
  static void checkPlugins(GateParameters numbers, int n) {
    long found = n;
    if (numbers instanceof GateParameters.Static fixed) {
      found = fixed.weights().size();
    } else if (numbers instanceof GateParameters.Prototypes prototypes) {
      found = prototypes.routing().shape().dimension(1);
    } else if (numbers instanceof GateParameters.Neighbours neighbours) {
      found = neighbours.responsibilities().shape().dimension(1);
    } else if (numbers instanceof GateParameters.Sequence sequence) {
      sequence.steps().forEach(step -> checkPlugins(step, n));
    }
    if (found != n) {
      throw new MalformedPluginException(
          "expected a gate of " + n + " plugins, found one of " + found);
    }
  }
}
