package io.medforge.plugin;

/**
 * What training changed at one layer. Sealed: every consumer handles each kind or refuses it by
 * name.
 */
public sealed interface Update permits LowRankUpdate, DenseUpdate, Replacement {}
