/** The command line. */
@NullMarked
package io.medforge.cli;

import org.jspecify.annotations.NullMarked;
