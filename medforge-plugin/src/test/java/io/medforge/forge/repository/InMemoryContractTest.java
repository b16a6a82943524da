package io.medforge.forge.repository;

import io.medforge.forge.ForgeRepository;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

class InMemoryContractTest implements RepositoryContract {
  private final Map<Path, ForgeRepository> places = new ConcurrentHashMap<>();

  @Override
  public ForgeRepository open(Path place) {
    return places.computeIfAbsent(place, any -> ForgeRepository.inMemory());
  }
}
