/**
 * What a centre's commands read: tables, NumPy archives and folders of images, as inputs and
 * classes. Every refusal names file, line or entry and column; none repeats a value, since values
 * are patients'.
 */
@NullMarked
package io.medforge.cli.data;

import org.jspecify.annotations.NullMarked;
