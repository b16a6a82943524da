/**
 * Runs a base model with plugins on ONNX Runtime, from a plain {@code .onnx} file.
 *
 * <p>Conventions of this package:
 *
 * <ul>
 *   <li>A model's parameters are its floating-point initializers, under their names in the file; a
 *       plugin's layers must be named alike. The base's digest is taken over them.
 *   <li>A file is rewritten in memory when it is opened, never on disk: each weight of a {@code
 *       Gemm} or {@code MatMul} gets a side branch for low-rank factors of rank 0, and each
 *       parameter becomes overridable. A plugin's values are fed to these per run.
 *   <li>How a weight is stored, {@code [d, k]} or {@code [k, d]}, is what its {@code Gemm} or
 *       {@code MatMul} says; a low-rank update must have the same layout.
 *   <li>What cannot be hooked is still run; a plugin that changes it is refused by name.
 *   <li>Files with external data and files of 2 GiB or more are refused.
 * </ul>
 */
@NullMarked
package io.medforge.runtime.onnx;

import org.jspecify.annotations.NullMarked;
