/** How a frozen base model runs with one plugin module. */
@NullMarked
package io.medforge.runtime;

import org.jspecify.annotations.NullMarked;
