/**
 * The command line: {@code inspect}, {@code compare}, {@code fuse} and {@code study}.
 *
 * <p>Conventions: results go to standard output, everything else to standard error. Exit code 0
 * means done; 1 refused or failed, with one line on standard error that says why (and the stack
 * trace with {@code --verbose}); 2 wrong usage. What is written is written whole or not at all.
 * JSON has its keys sorted, lines end in {@code \n}, and numbers are written alike on every JDK.
 */
@NullMarked
package io.medforge.cli;

import org.jspecify.annotations.NullMarked;
