package io.medforge.cli;

/** What a recipe file can say. */
sealed interface Recipe permits FusionRecipe, ModelRecipe, ExtractionRecipe {}
