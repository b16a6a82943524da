package io.medforge.merge.mixture;

import io.medforge.plugin.LabelSpace;
import io.medforge.plugin.PluginId;
import java.util.List;

/**
 * Why a mixture answered as it did. Immutable.
 *
 * @param prediction the answer
 * @param opinions what each plugin thinks, in canonical order
 * @param disagreement how far the plugins of the answer's task are apart: the generalised
 *     Jensen-Shannon divergence of their answers under their weights (Lin, IEEE Trans. Information
 *     Theory 1991) over the logarithm of the number of classes; 0 if all say the same, at most 1
 */
public record Explanation(MixedPrediction prediction, List<Opinion> opinions, double disagreement) {
  /**
   * Copies the list.
   *
   * @param prediction the answer
   * @param opinions what each plugin thinks
   * @param disagreement 0 to 1
   */
  public Explanation {
    opinions = List.copyOf(opinions);
  }

  /**
   * One plugin's part.
   *
   * @param plugin the plugin
   * @param labels the label space its answer is read in
   * @param weight how much the gate listened to it
   * @param share its part in the predicted class
   * @param probabilities its answer, one per class; empty if it does another task than the
   *     answer's, so that it was not run
   * @param agreement the probability that it gives the predicted class; 0 if it was not run
   * @param agrees whether it would have said the same
   * @param nearest the remembered examples of its set that the input lies nearest to, nearest first
   */
  public record Opinion(
      PluginId plugin,
      LabelSpace labels,
      double weight,
      double share,
      List<Double> probabilities,
      double agreement,
      boolean agrees,
      List<Neighbour> nearest) {
    /**
     * Copies the lists.
     *
     * @param plugin the plugin
     * @param labels the label space its answer is read in
     * @param weight how much the gate listened to it
     * @param share its part in the predicted class
     * @param probabilities its answer
     * @param agreement the probability that it gives the predicted class
     * @param agrees whether it would have said the same
     * @param nearest remembered examples
     */
    public Opinion {
      probabilities = List.copyOf(probabilities);
      nearest = List.copyOf(nearest);
    }
  }

  /**
   * A remembered example, by where it is; no values of it.
   *
   * @param row its row in the plugin's distilled set
   * @param label its class, by name, in the label space of the plugin's task
   * @param distance from the input, whitened: a Mahalanobis distance
   * @param probability that the plugin gave its true class when it was recorded
   */
  public record Neighbour(int row, String label, double distance, double probability) {}

  /**
   * The explanation as canonical JSON: one line, keys sorted, no number that is not finite, no
   * value of any input.
   *
   * @return the text
   */
  public String toJson() {
    return ExplanationJson.of(this);
  }
}
