/** Mixtures served without MedForge: the exported file, held to the model that it was made from. */
package io.medforge.serving;
