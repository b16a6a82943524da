package io.medforge.forge.mainline;

import static org.assertj.core.api.Assertions.assertThat;

import io.medforge.forge.Admission;
import io.medforge.forge.Contribution;
import io.medforge.forge.ForgeItem;
import io.medforge.forge.ForgeRepository;
import io.medforge.plugin.DenseUpdate;
import io.medforge.plugin.Digest;
import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Laws 3 (order-free) and 4 (withdrawable), whatever the order, the threads and the instances. */
class MainlineLawsTest {
  private static Mainline<PluginModule> open(ForgeRepository repository) {
    return Mainline.of(new DenseSum()).repository(repository).build();
  }

  private static Mainline<PluginModule> offered(List<Contribution> contributions) {
    Mainline<PluginModule> mainline = open(ForgeRepository.inMemory());
    contributions.forEach(each -> assertThat(mainline.offer(each)).isInstanceOf(admitted()));
    return mainline;
  }

  @SuppressWarnings("rawtypes") // a class literal has no type argument
  private static Class<Admission.Admitted> admitted() {
    return Admission.Admitted.class;
  }

  private static Digest result(ForgeItem<PluginModule> item) {
    return item.merged().orElseThrow().record().result();
  }

  /** Bit by bit: digests, every tensor's stored bytes, and the record but for its environment. */
  private static void assertSameModel(
      ForgeItem<PluginModule> found, ForgeItem<PluginModule> expected) {
    assertThat(found.contributions()).isEqualTo(expected.contributions());
    assertThat(found.merged().isPresent()).isEqualTo(expected.merged().isPresent());
    if (expected.merged().isPresent()) {
      assertThat(found.merged().orElseThrow().record())
          .isEqualTo(expected.merged().orElseThrow().record());
      assertThat(found.value().digest()).isEqualTo(expected.value().digest());
      assertThat(bytes(found.value())).containsExactly(bytes(expected.value()));
    }
  }

  private static byte[] bytes(PluginModule module) {
    DenseUpdate dense = (DenseUpdate) module.updates().get("layer");
    byte[] bytes = new byte[48];
    dense.delta().readBytes(0, bytes, 0, bytes.length);
    return bytes;
  }

  @Provide
  Arbitrary<List<Integer>> orders() {
    return Arbitraries.shuffle(0, 1, 2, 3, 4);
  }

  @Example
  void everyOrderOfFiveGivesOneModel() {
    List<Contribution> five = Offers.some(3, 5);
    Set<Digest> digests = new HashSet<>();
    int orders = permute(new ArrayList<>(five), 0, digests);
    assertThat(orders).isEqualTo(120);
    assertThat(digests).hasSize(1);
  }

  private static int permute(List<Contribution> order, int from, Set<Digest> digests) {
    if (from == order.size()) {
      digests.add(result(offered(order).head()));
      return 1;
    }
    int count = 0;
    for (int i = from; i < order.size(); i++) {
      Collections.swap(order, from, i);
      count += permute(order, from + 1, digests);
      Collections.swap(order, from, i);
    }
    return count;
  }

  @Property(tries = 60)
  void threadsAndInstancesEndWhereOneThreadDoes(
      @ForAll("orders") List<Integer> order,
      @ForAll @IntRange(min = 1, max = 8) int threads,
      @ForAll @IntRange(min = 1, max = 3) int instances)
      throws Exception {
    List<Contribution> five = Offers.some(11, 5);
    ForgeRepository repository = ForgeRepository.inMemory();
    List<Mainline<PluginModule>> mainlines = new ArrayList<>();
    for (int i = 0; i < instances; i++) {
      mainlines.add(open(repository));
    }
    List<Callable<Admission<PluginModule>>> offers = new ArrayList<>();
    for (int i = 0; i < 2 * order.size(); i++) {
      Contribution contribution = five.get(order.get(i % order.size()));
      Mainline<PluginModule> mainline = mainlines.get(i % instances);
      offers.add(() -> mainline.offer(contribution));
    }
    List<Admission<PluginModule>> answers = inParallel(offers, threads);
    assertThat(answers).filteredOn(admitted()::isInstance).hasSize(5);
    assertThat(answers).filteredOn(Admission.Duplicate.class::isInstance).hasSize(5);
    ForgeItem<PluginModule> expected = offered(five).head();
    for (Mainline<PluginModule> mainline : mainlines) {
      assertSameModel(mainline.head(), expected);
      assertThat(mainline.history()).hasSize(6);
    }
  }

  private static <T> List<T> inParallel(List<Callable<T>> calls, int threads) throws Exception {
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<T> answers = new ArrayList<>();
      for (Future<T> future : executor.invokeAll(calls)) {
        answers.add(future.get());
      }
      return answers;
    } finally {
      executor.shutdownNow();
    }
  }

  @Property(tries = 100)
  void withdrawingGivesTheItemThatNeverSawIt(
      @ForAll long seed,
      @ForAll @IntRange(min = 1, max = 5) int n,
      @ForAll @IntRange(min = 0, max = 4) int at) {
    List<Contribution> others = Offers.some(seed, n);
    Contribution leaving = Offers.one("leaving/lung:1", seed - 1);
    List<Contribution> all = new ArrayList<>(others);
    all.add(Math.min(at, n), leaving);
    Mainline<PluginModule> mainline = offered(all);
    ForgeItem<PluginModule> after = mainline.withdraw(leaving.module().id(), "consent withdrawn");
    assertSameModel(after, offered(others).head());
    assertThat(after.version()).isEqualTo(n + 2);
  }

  @Property(tries = 50)
  void offeringTwiceEqualsOnce(@ForAll long seed, @ForAll @IntRange(min = 1, max = 4) int n) {
    List<Contribution> some = Offers.some(seed, n);
    Mainline<PluginModule> mainline = offered(some);
    ForgeItem<PluginModule> before = mainline.head();
    for (Contribution contribution : some) {
      Admission<PluginModule> answer = mainline.offer(contribution);
      assertThat(answer).isInstanceOf(Admission.Duplicate.class);
      assertSameModel(((Admission.Duplicate<PluginModule>) answer).item(), before);
    }
    assertThat(mainline.history()).hasSize(n + 1);
  }

  @Property(tries = 60)
  void aRandomLifeIsReadTheSameByWhoeverOpensTheRepository(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 12) int changes) {
    ForgeRepository repository = ForgeRepository.inMemory();
    Mainline<PluginModule> mainline = open(repository);
    Random random = new Random(seed);
    for (int i = 0; i < changes; i++) {
      live(mainline, random, "centre-" + i + "/lung:1");
    }
    Mainline<PluginModule> other = open(repository);
    assertSameModel(other.head(), mainline.head());
    List<ForgeItem<PluginModule>> expected = mainline.history();
    List<ForgeItem<PluginModule>> found = other.history();
    assertThat(found).hasSameSizeAs(expected);
    for (int version = 0; version < expected.size(); version++) {
      assertSameModel(found.get(version), expected.get(version));
      assertThat(found.get(version).version()).isEqualTo(version);
      assertThat(found.get(version).cause()).isEqualTo(expected.get(version).cause());
      VersionSummary summary = other.versions().get(version);
      assertThat(summary.contributions()).isEqualTo(expected.get(version).contributions());
      assertThat(summary.cause()).isEqualTo(expected.get(version).cause());
    }
  }

  private static void live(Mainline<PluginModule> mainline, Random random, String newcomer) {
    List<PluginId> admitted = List.copyOf(mainline.head().contributions().keySet());
    int choice = random.nextInt(4);
    if (choice == 0 && !admitted.isEmpty()) {
      mainline.withdraw(admitted.get(random.nextInt(admitted.size())), "left");
    } else if (choice == 1) {
      int version = random.nextInt(mainline.history().size());
      try {
        mainline.rollBackTo(version, "regression");
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("withdrawn since");
      }
    } else {
      mainline.offer(Offers.one(newcomer, random.nextLong()));
    }
  }
}
