/**
 * Where the main branch is kept: a {@link io.medforge.forge.ForgeRepository} in a plain folder and
 * on Git, both on one append-only log that anybody can check.
 *
 * <p>Layout, the same in a folder and in the tree of a Git commit:
 *
 * <ul>
 *   <li>{@code forge.json}: what this is, and a random name; the log's chain starts from it.
 *   <li>{@code log/0000/000000.json}: one record per entry, canonical JSON, each with the digest of
 *       the one before.
 *   <li>{@code objects/ab/ab....safetensors}: modules and distilled sets, named by the SHA-256 of
 *       the file, so that equal content is stored once.
 *   <li>{@code openings/ab/ab....json}: free text and provenance of a record, named by the SHA-256
 *       of the record, which holds only salted commitments to them. Deleting an opening redacts the
 *       text and leaves every proof valid.
 * </ul>
 *
 * <p>Conventions: text is UTF-8 JSON in one canonical form, and a file in another form is refused;
 * names inside are untrusted, and messages quote them; nothing is visible before it is on the disk
 * as a whole; JGit is needed by {@link io.medforge.forge.repository.GitRepository} only.
 */
@NullMarked
package io.medforge.forge.repository;

import org.jspecify.annotations.NullMarked;
