package io.medforge.plugin.peft;

import java.util.Collection;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * How PEFT stores parameters that were trained whole: a module's only bias under {@code bias}, all
 * else with its module under {@code modules_to_save}.
 *
 * @param modules the outermost modules to save
 * @param biases parameters stored as biases
 */
record WholeParameters(SortedSet<String> modules, SortedSet<String> biases) {

  /**
   * Sorts parameters.
   *
   * @param parameters their names
   * @throws IllegalArgumentException if one belongs to no module
   */
  static WholeParameters of(Collection<String> parameters) {
    SortedSet<String> modules = new TreeSet<>();
    SortedSet<String> biases = new TreeSet<>();
    for (String parameter : parameters) {
      if (parameter.endsWith(AdapterTensors.BIAS)) {
        biases.add(parameter);
      } else {
        modules.add(moduleOf(parameter));
      }
    }
    SortedSet<String> outermost = new TreeSet<>(modules);
    outermost.removeIf(module -> isWithin(AdapterTensors.moduleOf(module), modules));
    biases.removeIf(bias -> isWithin(AdapterTensors.moduleOf(bias), outermost));
    return new WholeParameters(outermost, biases);
  }

  /**
   * Checks that PEFT's rules of names keep saved and adapted modules apart: it saves each module
   * whose name ends like one to save, and adapts none within.
   *
   * @throws IllegalArgumentException naming the modules
   */
  void checkApartFrom(Collection<String> adapted) {
    for (String saved : modules) {
      if (!saved.matches("[A-Za-z0-9_.-]+")) {
        throw new IllegalArgumentException(
            Refusal.message(
                "a module to save whose name is no pattern", Refusal.quote(saved), "its layers"));
      }
      for (String module : adapted) {
        boolean within = module.matches("(|.*\\.)" + saved + "(|\\..*)");
        if (within || module.endsWith(saved)) {
          throw new IllegalArgumentException(
              Refusal.message(
                  "low-rank updates and replaced parameters in modules that PEFT tells apart",
                  "module " + saved + " to save and module " + module + " to adapt",
                  "their layers"));
        }
      }
    }
  }

  private static String moduleOf(String parameter) {
    String module = AdapterTensors.moduleOf(parameter);
    if (module.isEmpty()) {
      throw new IllegalArgumentException(
          Refusal.message("a parameter of a module", "none", "layer " + parameter));
    }
    return module;
  }

  /** Whether one of the modules is this one or contains it. */
  private static boolean isWithin(String module, Collection<String> modules) {
    for (String outer = module; !outer.isEmpty(); outer = AdapterTensors.moduleOf(outer)) {
      if (modules.contains(outer)) {
        return true;
      }
    }
    return false;
  }
}
