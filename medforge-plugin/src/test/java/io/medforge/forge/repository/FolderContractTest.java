package io.medforge.forge.repository;

import io.medforge.forge.ForgeRepository;
import java.nio.file.Path;

class FolderContractTest implements RepositoryContract {
  @Override
  public ForgeRepository open(Path place) {
    return FolderRepository.open(place);
  }
}
