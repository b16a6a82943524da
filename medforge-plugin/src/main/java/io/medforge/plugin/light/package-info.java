/**
 * Lighter plugin modules: fewer ranks, fewer bits, a stated error, and the smallest module within a
 * stated loss of quality.
 *
 * <p>Conventions of this package:
 *
 * <ul>
 *   <li>A lightened module is an ordinary {@link io.medforge.plugin.PluginModule} whose values are
 *       exactly those that its stored form gives back; so what is measured is what is sent, and its
 *       digest is the same after reading.
 *   <li>Cutting ranks is the business of medforge-merge, which this module does not know; it comes
 *       in as a {@link io.medforge.plugin.light.Truncation}.
 *   <li>The same input gives the same bytes.
 * </ul>
 */
@NullMarked
package io.medforge.plugin.light;

import org.jspecify.annotations.NullMarked;
