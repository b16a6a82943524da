package io.medforge.plugin.safetensors;

import io.medforge.plugin.DType;
import io.medforge.plugin.Shape;

/**
 * What a header says of one tensor.
 *
 * @param name the tensor's name
 * @param dtype its element type
 * @param shape its dimensions
 * @param begin its first byte, counted from the end of the header
 * @param end the byte after its last, counted from the end of the header
 */
record TensorEntry(String name, DType dtype, Shape shape, long begin, long end) {}
