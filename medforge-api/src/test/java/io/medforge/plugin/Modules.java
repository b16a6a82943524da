package io.medforge.plugin;

import java.util.Arrays;
import java.util.Map;

/** Small modules for tests of values that are made of modules. */
public final class Modules {
  /** A base of which only the name is known. */
  public static final BaseModel BASE = BaseModel.named("base");

  private Modules() {}

  /** A module on {@link #BASE}. */
  public static PluginModule of(String id, Map<String, Update> updates) {
    return on(BASE, id, updates);
  }

  /** A module on some base. */
  public static PluginModule on(BaseModel base, String id, Map<String, Update> updates) {
    return PluginModule.of(PluginId.parse(id), base, updates, Provenance.unknown());
  }

  /** A LoRA of a [d, k] layer, filled with one value. */
  public static LowRankUpdate lora(int rank, int out, int in, double value) {
    return new LowRankUpdate(filled(value, rank, in), filled(value, out, rank), 0.5);
  }

  /** An F32 tensor filled with one value. */
  public static Tensor filled(double value, long... dimensions) {
    Shape shape = Shape.of(dimensions);
    float[] values = new float[(int) shape.elements()];
    Arrays.fill(values, (float) value);
    return Tensor.of(shape, values);
  }
}
