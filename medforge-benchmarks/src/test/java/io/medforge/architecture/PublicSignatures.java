package io.medforge.architecture;

import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Type;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** What a class shows to those who use it: supertypes, fields, constructors and methods. */
final class PublicSignatures {
  /** Packages named after an engine, which may show its types. */
  private static final Set<String> NAMED_AFTER_AN_ENGINE =
      Set.of("io.medforge.runtime.onnx", "io.medforge.runtime.djl");

  private static final List<String> HIDDEN =
      List.of(
          "com.google.",
          "com.fasterxml.",
          "org.eclipse.jgit.",
          "org.hipparchus.",
          "org.slf4j.",
          "org.tribuo.",
          "ai.djl.",
          "ai.onnx.",
          "ai.onnxruntime.");

  private PublicSignatures() {}

  /** One line per foreign type that the class shows; none when nobody outside can see the class. */
  static List<String> violations(Class<?> type) {
    if (!isVisible(type) || NAMED_AFTER_AN_ENGINE.contains(type.getPackageName())) {
      return List.of();
    }
    List<String> violations = new ArrayList<>();
    check(violations, type, "its supertypes", Stream.of(type.getGenericInterfaces()));
    if (type.getGenericSuperclass() != null) {
      check(violations, type, "its supertypes", Stream.of(type.getGenericSuperclass()));
    }
    for (Field field : type.getDeclaredFields()) {
      if (isShown(field)) {
        check(violations, type, field.getName(), Stream.of(field.getGenericType()));
      }
    }
    for (Constructor<?> constructor : type.getDeclaredConstructors()) {
      if (isShown(constructor)) {
        check(violations, type, "a constructor", Stream.of(constructor.getGenericParameterTypes()));
      }
    }
    for (Method method : type.getDeclaredMethods()) {
      if (isShown(method)) {
        Stream<Type> types =
            Stream.concat(
                Stream.of(method.getGenericReturnType()),
                Stream.concat(
                    Stream.of(method.getGenericParameterTypes()),
                    Stream.of(method.getGenericExceptionTypes())));
        check(violations, type, method.getName(), types);
      }
    }
    return violations;
  }

  private static void check(
      List<String> violations, Class<?> type, String where, Stream<? extends Type> types) {
    types
        .map(Type::getTypeName)
        .filter(name -> HIDDEN.stream().anyMatch(name::contains))
        .forEach(name -> violations.add(type.getName() + ": " + where + " shows " + name));
  }

  private static boolean isVisible(Class<?> type) {
    for (Class<?> outer = type; outer != null; outer = outer.getEnclosingClass()) {
      if (!isShown(outer.getModifiers())) {
        return false;
      }
    }
    return !type.isAnonymousClass() && !type.isLocalClass();
  }

  private static boolean isShown(Member member) {
    return isShown(member.getModifiers()) && !member.isSynthetic();
  }

  private static boolean isShown(int modifiers) {
    return Modifier.isPublic(modifiers) || Modifier.isProtected(modifiers);
  }
}
