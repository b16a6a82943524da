package io.medforge.plugin.safetensors;

import org.jspecify.annotations.Nullable;

/** Which tensor names may stand in a file. Readers and writers refuse the same. */
final class TensorNames {
  private TensorNames() {}

  /** What is wrong with a name, or null if nothing is. */
  static @Nullable String fault(String name) {
    if (name.equals(Header.METADATA)) {
      return "the reserved key " + Header.METADATA;
    }
    if (name.chars().anyMatch(Character::isISOControl)) {
      return "a control character";
    }
    return JsonText.hasLoneSurrogate(name) ? "half a surrogate pair" : null;
  }
}
