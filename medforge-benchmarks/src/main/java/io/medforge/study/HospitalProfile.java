package io.medforge.study;

/**
 * A simulated hospital: its share of the patients of either diagnosis, hence its case mix.
 *
 * @param name its centre name in plugin ids
 * @param malignantShare its part of all malignant patients, 0 to 1
 * @param benignShare its part of all benign patients, 0 to 1
 * @param kind what such a place is called, for the reader
 */
record HospitalProfile(String name, double malignantShare, double benignShare, String kind) {}
