/**
 * A centre's own work from the command line: train, lighten, distil, audit, pack. Everything
 * happens in one folder, the <i>branch</i>, inside the hospital; what may leave is packed from it.
 */
@NullMarked
package io.medforge.cli.centre;

import org.jspecify.annotations.NullMarked;
