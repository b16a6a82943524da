/** How many plugin modules become one model. */
@NullMarked
package io.medforge.merge;

import org.jspecify.annotations.NullMarked;
