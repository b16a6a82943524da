package io.medforge.forge.valuation;

import java.util.SortedMap;

/**
 * What a player is worth. Immutable.
 *
 * @param player the player's name
 * @param shapley its mean marginal contribution over all orders of arrival
 * @param low the lower end of its 95 % interval
 * @param high the upper end
 * @param leaveOneOut what the whole loses without it
 * @param leaveOneOutLow the lower end of its 95 % interval
 * @param leaveOneOutHigh the upper end
 * @param samplingError the standard error from sampling orders; 0 where every order was counted
 * @param byCentre the Shapley value divided among the player's centres
 */
public record Value(
    String player,
    double shapley,
    double low,
    double high,
    double leaveOneOut,
    double leaveOneOutLow,
    double leaveOneOutHigh,
    double samplingError,
    SortedMap<String, Double> byCentre) {}
