/** Loops over float arrays; knows no plugin, layer or name. */
@NullMarked
package io.medforge.merge.kernel;

import org.jspecify.annotations.NullMarked;
