/** The safetensors container format. */
@NullMarked
package io.medforge.plugin.safetensors;

import org.jspecify.annotations.NullMarked;
