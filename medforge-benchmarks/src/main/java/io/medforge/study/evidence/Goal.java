package io.medforge.study.evidence;

/**
 * What the evidence was to show, stated before, and what it showed.
 *
 * @param aim what was to be shown, in words
 * @param reached whether it was
 * @param measured the numbers, and why it was missed if it was
 */
public record Goal(String aim, boolean reached, String measured) {}
