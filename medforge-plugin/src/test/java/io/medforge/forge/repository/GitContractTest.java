package io.medforge.forge.repository;

import io.medforge.forge.ForgeRepository;
import java.nio.file.Path;

class GitContractTest implements RepositoryContract {
  @Override
  public ForgeRepository open(Path place) {
    return GitRepository.at(place).open();
  }
}
