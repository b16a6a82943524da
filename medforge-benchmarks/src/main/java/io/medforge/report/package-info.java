/**
 * What a command shows: self-contained pages and figures.
 *
 * <p>{@link io.medforge.report.HtmlPage} is one HTML file without scripts or outside resources,
 * made to be read by physicians, printed and archived. {@link io.medforge.report.HeatMap}, {@link
 * io.medforge.report.BarChart}, {@link io.medforge.report.LineChart}, {@link
 * io.medforge.report.ScatterPlot} and {@link io.medforge.report.LineageTree} each draw one {@link
 * io.medforge.report.Figure}, an SVG image whose text stays text. Everything given is escaped.
 *
 * <p>The same input gives the same bytes, on every JDK and machine: no font is measured, no window
 * system is touched, numbers are rounded to a hundredth of a pixel. Lets-Plot draws the charts; its
 * types never leave this package. All types are immutable (builders apart) and thread-safe.
 */
@NullMarked
package io.medforge.report;

import org.jspecify.annotations.NullMarked;
