/** How the main branch is kept: offers, admission, history, withdrawal. */
@NullMarked
package io.medforge.forge;

import org.jspecify.annotations.NullMarked;
