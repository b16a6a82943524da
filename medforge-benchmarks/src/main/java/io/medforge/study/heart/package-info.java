/**
 * The heart suite: four real hospitals (Cleveland, Budapest, Zurich and Basel, Long Beach),
 * FLamby's rows, features and split, so that the table stands beside published ones.
 *
 * <p>Data: Janosi, Steinbrunn, Pfisterer and Detrano, UCI Machine Learning Repository, data set 45,
 * CC BY 4.0; split and features: du Terrail et al., FLamby, NeurIPS 2022. Class 0 is disease. The
 * model is a logistic regression of 14 numbers, as there, trained and run in double precision and
 * plain Java; nothing here depends on an engine but the distilled sets and the LoRA family.
 */
@NullMarked
package io.medforge.study.heart;

import org.jspecify.annotations.NullMarked;
