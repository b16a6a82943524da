/** What a centre contributes: a plugin module and the values it is made of. */
@NullMarked
package io.medforge.plugin;

import org.jspecify.annotations.NullMarked;
