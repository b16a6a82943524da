/**
 * The safetensors container format: many named tensors and a little text in one file, with nothing
 * in it that could run.
 *
 * <p>Layout: an unsigned 64-bit little-endian length, that many bytes of UTF-8 JSON (the header),
 * then the tensors' bytes, little-endian and row-major, without gaps.
 *
 * <p>Conventions of this package:
 *
 * <ul>
 *   <li>A file is untrusted. Everything its header says is checked against the file's length before
 *       anything of the claimed size is allocated; what is wrong is a {@link
 *       io.medforge.plugin.MalformedPluginException} that names file, tensor, expected and found.
 *   <li>Where the reference implementation is more lenient than its own specification, this package
 *       keeps to the specification: no duplicate keys, no unknown keys in a tensor's entry, no
 *       blanks before the header's opening brace.
 *   <li>Files are read with positional reads, never mapped: a file that shrinks is an exception,
 *       not a crash, and closing a file frees it.
 *   <li>The same tensors and metadata give the same bytes, whatever order they come in.
 * </ul>
 */
@NullMarked
package io.medforge.plugin.safetensors;

import org.jspecify.annotations.NullMarked;
