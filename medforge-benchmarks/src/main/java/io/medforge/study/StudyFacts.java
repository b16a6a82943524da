package io.medforge.study;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What training and merging showed, beside the table. Immutable.
 *
 * @param gateWeights the fitted gate's weight of each plugin, by plugin id
 * @param gateExamples how many synthetic examples the gate was fitted on
 * @param syntheticLogLoss the fitted gate's mean log-loss on those examples, in nats
 * @param trainingLogLoss the fitted gate's mean log-loss on all hospitals' training patients, in
 *     nats
 * @param fusionDiscarded the largest part of a layer's energy that Fusion's rank lost
 * @param engineDifference the largest difference of two engines' logits on the study's model,
 *     relative to logits beyond 1
 * @param orderFree whether the other order of arrival gave the same models, byte for byte
 */
record StudyFacts(
    SortedMap<String, Double> gateWeights,
    int gateExamples,
    double syntheticLogLoss,
    double trainingLogLoss,
    double fusionDiscarded,
    double engineDifference,
    boolean orderFree) {
  /** Copies the map. */
  StudyFacts {
    gateWeights = Collections.unmodifiableSortedMap(new TreeMap<>(gateWeights));
  }
}
