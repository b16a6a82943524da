package io.medforge.cli.forge;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.medforge.forge.mainline.Mainline;
import io.medforge.forge.mainline.VersionSummary;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Compares two items. */
@Command(
    name = "diff",
    description = "Says what came in and what left between two versions.",
    mixinStandardHelpOptions = true)
final class DiffCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "FROM", description = "A version's number.")
  private String from;

  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "head",
      paramLabel = "TO",
      description = "Another. Default: head.")
  private String to;

  @Mixin private OpenForge forge;
  @Mixin private Printing printing;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields.
  private DiffCommand() {}

  @Override
  public Integer call() {
    return forge.open(OpenForge.Need.NOTHING, opened -> compare(opened.mainline()));
  }

  private int compare(Mainline<ForgedModel> mainline) {
    VersionSummary one = OpenForge.version(mainline, from);
    VersionSummary other = OpenForge.version(mainline, to);
    List<String> came = missing(other, one);
    List<String> left = missing(one, other);
    Optional<Boolean> same = one.item().flatMap(item -> other.item().map(item::equals));
    ObjectNode json = ForgeJson.object();
    json.put("from", one.version());
    json.put("to", other.version());
    came.forEach(json.putArray("came")::add);
    left.forEach(json.putArray("left")::add);
    same.ifPresent(equal -> json.put("same", equal));
    List<String> lines = new ArrayList<>();
    came.forEach(plugin -> lines.add("+ " + plugin));
    left.forEach(plugin -> lines.add("- " + plugin));
    if (same.isPresent() && same.get()) {
      lines.add("the same item, byte for byte");
    }
    printing.print(lines, json);
    return CommandLine.ExitCode.OK;
  }

  private static List<String> missing(VersionSummary in, VersionSummary from) {
    List<String> plugins = new ArrayList<>();
    in.contributions()
        .forEach(
            (plugin, digest) -> {
              if (!Objects.equals(digest, from.contributions().get(plugin))) {
                plugins.add(plugin.toString());
              }
            });
    return plugins;
  }
}
