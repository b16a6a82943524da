/**
 * Whole models on disk: one safetensors file, or a folder of them with an index ({@code
 * model.safetensors.index.json}) and the model's configuration beside them.
 *
 * <p>Conventions of this package:
 *
 * <ul>
 *   <li>A folder is untrusted, as its files are: an index names files of its own folder only, and
 *       index and files must agree tensor by tensor.
 *   <li>A model is never in memory. It is read and written in tiles of a few hundred kilobytes; how
 *       much memory that takes is known before the first byte is written.
 *   <li>A model is written whole or not at all. Cancelling and failing leave nothing; only a killed
 *       process leaves a partial folder, which the next run can resume.
 * </ul>
 */
@NullMarked
package io.medforge.plugin.checkpoint;

import org.jspecify.annotations.NullMarked;
