/**
 * What a centre contributes: plugin modules, the tensors they are made of, and who made them.
 *
 * <p>Conventions of this package and of everything that builds on it:
 *
 * <ul>
 *   <li><b>Legend</b> of shapes: r = rank of a low-rank update, d = out, k = in, n = number of
 *       plugins.
 *   <li><b>Layer names</b> are the names of the base model's parameters as its state dict spells
 *       them, for example {@code encoder.3.q_proj.weight} or {@code classifier.bias}. One name, one
 *       {@link io.medforge.plugin.Update}.
 *   <li><b>Order</b>: tensors are row-major, bytes little-endian, maps sorted by name.
 *   <li><b>Valid if it exists</b>: constructors and factories check their arguments, so nobody
 *       downstream checks again. Values of this package are immutable and safe to share between
 *       threads.
 *   <li><b>Messages</b> read "expected X, found Y, at Z".
 * </ul>
 */
@NullMarked
package io.medforge.plugin;

import org.jspecify.annotations.NullMarked;
