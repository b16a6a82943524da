package io.medforge.architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

// Public, so that the planted classes in it can be seen from outside.
public class PublicSignaturesTest {

  @Test
  void noPublicSignatureShowsALibraryOrAnEngine() throws Exception {
    for (LibraryModule module : LibraryModule.values()) {
      List<String> names = ClassPath.classNames(module.origin());
      assertThat(names).as(module.moduleName()).isNotEmpty();
      for (String name : names) {
        Class<?> type = Class.forName(name, false, getClass().getClassLoader());
        assertThat(PublicSignatures.violations(type)).isEmpty();
      }
    }
  }

  @Test
  void aPlantedTypeIsFound() {
    assertThat(PublicSignatures.violations(Returns.class)).hasSize(1);
    assertThat(PublicSignatures.violations(Takes.class)).hasSize(1);
    assertThat(PublicSignatures.violations(Extends.class)).hasSize(1);
    assertThat(PublicSignatures.violations(Holds.class)).hasSize(1);
    assertThat(PublicSignatures.violations(Nested.class)).hasSize(1);
  }

  @Test
  void whatNobodySeesIsNotReported() {
    assertThat(PublicSignatures.violations(Hides.class)).isEmpty();
    assertThat(PublicSignatures.violations(Hidden.class)).isEmpty();
  }

  @SuppressWarnings("unused") // read by reflection
  public static final class Returns {
    public ImmutableList<String> planted() {
      return ImmutableList.of();
    }
  }

  @SuppressWarnings("unused") // read by reflection
  public static final class Takes {
    public Takes(ImmutableList<String> planted) {}
  }

  @SuppressWarnings("unused") // read by reflection
  public interface Extends extends Supplier<ImmutableList<String>> {}

  @SuppressWarnings("unused") // read by reflection
  public static final class Holds {
    public final ImmutableList<String> planted = ImmutableList.of();
  }

  @SuppressWarnings("unused") // read by reflection
  public static class Nested {
    protected List<? extends ImmutableList<String>> planted() {
      return List.of();
    }
  }

  @SuppressWarnings("unused") // read by reflection
  public static final class Hides {
    ImmutableList<String> planted() {
      return ImmutableList.of();
    }
  }

  @SuppressWarnings("unused") // read by reflection
  static final class Hidden {
    public ImmutableList<String> planted() {
      return ImmutableList.of();
    }
  }
}
