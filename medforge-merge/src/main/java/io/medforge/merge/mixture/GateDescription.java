package io.medforge.merge.mixture;

import io.medforge.runtime.GateParameters;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is known of a gate before any input: it goes into the merge record and the mixture's digest.
 * Immutable.
 *
 * @param name the gate's name, for example {@code fitted}
 * @param parameters what a replay needs to know, as text that is the same on every machine
 * @param labels what the outputs mean, where the gate knows it
 * @param fixed the weights, if they are the same for every input; plugins of weight zero are then
 *     never run
 * @param numbers all that the gate knows, where it is MedForge's own: enough to save it
 * @param temperatures by which each plugin's logits are divided, in canonical order, where the gate
 *     was fitted to calibrated answers
 * @param remarks what a reader should know
 */
public record GateDescription(
    String name,
    SortedMap<String, String> parameters,
    Optional<LabelSpaces> labels,
    Optional<GateWeights> fixed,
    Optional<GateParameters> numbers,
    Optional<List<Double>> temperatures,
    List<String> remarks) {
  /**
   * Copies the collections.
   *
   * @param name the gate's name
   * @param parameters what a replay needs to know
   * @param labels what the outputs mean, where the gate knows it
   * @param fixed the weights, if they are the same for every input
   * @param numbers all that the gate knows
   * @param temperatures one per plugin
   * @param remarks what a reader should know
   */
  public GateDescription {
    temperatures = temperatures.map(List::copyOf);
    parameters = Collections.unmodifiableSortedMap(new TreeMap<>(parameters));
    remarks = List.copyOf(remarks);
  }

  /**
   * A gate of the integrator's own, which cannot be saved.
   *
   * @param name the gate's name
   * @param parameters what a replay needs to know
   * @param labels what the outputs mean, where the gate knows it
   * @param fixed the weights, if they are the same for every input
   * @param remarks what a reader should know
   */
  public GateDescription(
      String name,
      SortedMap<String, String> parameters,
      Optional<LabelSpaces> labels,
      Optional<GateWeights> fixed,
      List<String> remarks) {
    this(name, parameters, labels, fixed, Optional.empty(), Optional.empty(), remarks);
  }
}
