package io.medforge.study.evidence;

import io.medforge.report.Figure;

/**
 * A figure and the one sentence that says what it shows and how sure one may be.
 *
 * @param figure the figure
 * @param sentence for a physician
 */
public record Exhibit(Figure figure, String sentence) {}
