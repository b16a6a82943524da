package io.medforge.merge.fusion;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Another rule's result times lambda. */
record ScaledRule(String name, AveragingRule rule, double lambda) implements AveragingRule {
  /** Under the rule's own name. */
  ScaledRule(AveragingRule rule, double lambda) {
    this(rule.description().name(), rule, lambda);
  }

  ScaledRule {
    if (!Double.isFinite(lambda)) {
      throw new IllegalArgumentException("expected a finite lambda, found " + lambda);
    }
    if (rule.description().spaces().equals(List.of(FusionSpace.FACTORS))) {
      throw new IllegalArgumentException(
          "expected a rule that knows another space than factors, where lambda would count twice,"
              + " found "
              + rule.description().name());
    }
  }

  static AveragingRule named(String name, AveragingRule rule, double lambda) {
    return new ScaledRule(name, rule, lambda);
  }

  @Override
  public RuleDescription description() {
    RuleDescription inner = rule.description();
    SortedMap<String, String> parameters = new TreeMap<>(inner.parameters());
    String outer = parameters.get("lambda");
    parameters.put("lambda", outer == null ? Double.toString(lambda) : lambda + " " + outer);
    List<FusionSpace> spaces = new ArrayList<>(inner.spaces());
    spaces.remove(FusionSpace.FACTORS);
    return new RuleDescription(name, parameters, spaces, inner.seeded(), false);
  }

  @Override
  public LayerAverage average(LayerUpdates layer) {
    return rule.average(layer).times(lambda);
  }
}
