/**
 * Whole models merged on Apache Spark: an example that only the Maven profile {@code spark}
 * compiles, tests and downloads Spark for.
 */
@NullMarked
package io.medforge.spark;

import org.jspecify.annotations.NullMarked;
