/**
 * Runs a base model with plugins on PyTorch, through Deep Java Library.
 *
 * <p>Conventions of this package:
 *
 * <ul>
 *   <li>A network is an {@link io.medforge.runtime.djl.Architecture}, the order of computation, and
 *       a map of parameters. The same description serves inference and training.
 *   <li>Everything is computed in F32 on the CPU. F16 and BF16 parameters are widened exactly in
 *       Java; F64 is rounded to nearest. DJL is never given a 16-bit type: bf16 ends the JVM.
 *   <li>Inside anything differentiable there are only arrays, never {@code mul(Number)} and its
 *       kin: DJL closes the scalar's memory while PyTorch's graph still points at it, and gradients
 *       are then silently wrong.
 *   <li>A product belongs to the manager of its first operand, so every array handed to an
 *       architecture lives in the scope of one pass, and closing the scope frees them all.
 *   <li>DJL's start contacts a host unless it is told not to; see {@link
 *       io.medforge.runtime.djl.DjlEngine}.
 * </ul>
 */
@NullMarked
package io.medforge.runtime.djl;

import org.jspecify.annotations.NullMarked;
