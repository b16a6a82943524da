/**
 * The X-ray suite: children's chest X-rays (PneumoniaMNIST), dealt out to simulated hospitals that
 * differ in whom they see and in their scanners, a small vision transformer as the base, LoRA
 * plugins.
 *
 * <p>Data: Kermany et al., Cell 2018; Yang et al., MedMNIST v2, Scientific Data 2023, CC BY 4.0.
 * Class 0 is pneumonia. Every draw is seeded.
 */
@NullMarked
package io.medforge.study.xray;

import org.jspecify.annotations.NullMarked;
