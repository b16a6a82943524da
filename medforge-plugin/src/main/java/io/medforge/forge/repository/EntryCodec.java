package io.medforge.forge.repository;

import io.medforge.forge.Finding;
import io.medforge.forge.LedgerEntry;
import io.medforge.forge.Outcome;
import io.medforge.forge.Signature;
import io.medforge.plugin.Digest;
import io.medforge.plugin.MalformedPluginException;
import io.medforge.plugin.PluginId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** Ledger entries as JSON, with their texts and objects beside it. */
final class EntryCodec {
  private static final String KIND = "kind";
  private static final String REASON = "reason";
  private static final String COMMENT = "comment";
  private static final String TEXT = "text";
  private static final String PLUGIN = "plugin";
  private static final String CONTRIBUTION = "contribution";

  private final ContributionCodec contributions;
  private final SecureRandom random = new SecureRandom();

  EntryCodec(Store store) {
    this.contributions = new ContributionCodec(store);
  }

  /** An entry on its way to the store. Closing it takes its temporary files away. */
  static final class Draft implements AutoCloseable {
    private final Openings openings = Openings.fresh();
    private final List<Store.NewObject> objects = new ArrayList<>();
    private final List<Path> temporaries = new ArrayList<>();
    private final SecureRandom random;
    private Map<String, Object> json = new TreeMap<>();

    private Draft(SecureRandom random) {
      this.random = random;
    }

    Object commit(String field, String text) {
      return openings.commit(field, text, random);
    }

    void object(Store.NewObject object) {
      objects.add(object);
    }

    void temporary(Path file) {
      temporaries.add(file);
    }

    Map<String, Object> json() {
      return json;
    }

    List<Store.NewObject> objects() {
      return objects;
    }

    Optional<byte[]> openings() {
      return openings.isEmpty() ? Optional.empty() : Optional.of(openings.toBytes());
    }

    @Override
    public void close() throws IOException {
      for (Path file : temporaries) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** Writes an entry's objects to the store's temporary folder and its texts to memory. */
  Draft encode(LedgerEntry entry) throws IOException {
    Draft draft = new Draft(random);
    try {
      draft.json = json(entry, draft);
      return draft;
    } catch (IOException | RuntimeException | Error e) {
      try {
        draft.close();
      } catch (IOException suppressed) {
        e.addSuppressed(suppressed);
      }
      throw e;
    }
  }

  private Map<String, Object> json(LedgerEntry entry, Draft draft) throws IOException {
    Map<String, Object> json = new TreeMap<>();
    if (entry instanceof LedgerEntry.Admit admit) {
      json.put(KIND, "admit");
      json.put(CONTRIBUTION, contributions.encode(admit.contribution(), draft));
    } else if (entry instanceof LedgerEntry.Quarantine quarantine) {
      json.put(KIND, "quarantine");
      json.put(CONTRIBUTION, contributions.encode(quarantine.contribution(), draft));
    } else if (entry instanceof LedgerEntry.Refuse refuse) {
      json.put(KIND, "refuse");
      json.put(PLUGIN, refuse.plugin().toString());
      json.put(CONTRIBUTION, refuse.contribution().toString());
    } else if (entry instanceof LedgerEntry.Withdraw withdraw) {
      json.put(KIND, "withdraw");
      json.put(PLUGIN, withdraw.plugin().toString());
      json.put(REASON, draft.commit(REASON, withdraw.reason()));
    } else if (entry instanceof LedgerEntry.RollBack back) {
      json.put(KIND, "roll-back");
      json.put("version", back.version());
      json.put(REASON, draft.commit(REASON, back.reason()));
    } else if (entry instanceof LedgerEntry.Note note) {
      json.put(KIND, "note");
      json.put("note", note.kind());
      json.put(TEXT, draft.commit(TEXT, note.text()));
    } else if (entry instanceof LedgerEntry.Decide decide) {
      json.put(KIND, "decide");
      json.put("subject", decide.subject().toString());
      json.put("role", decide.role());
      json.put("decision", decide.decision());
      json.put(COMMENT, draft.commit(COMMENT, decide.comment()));
      json.put("statement", decide.statement().toString());
      json.put("signature", decide.signature().toString());
      return json; // its outcome is never stated
    }
    json.put("outcome", encode(entry.outcome()));
    return json;
  }

  private static Map<String, Object> encode(Outcome outcome) {
    Map<String, Object> json = new TreeMap<>();
    outcome.result().ifPresent(result -> json.put("result", result.toString()));
    List<Object> findings = new ArrayList<>();
    for (Finding finding : outcome.findings()) {
      findings.add(
          new TreeMap<String, Object>(
              Map.of(
                  "check", finding.check(),
                  "verdict", finding.verdict().name(),
                  "message", finding.message(),
                  "numbers", finding.numbers())));
    }
    json.put("findings", findings);
    return json;
  }

  /**
   * Reads an entry and checks its digests, signatures and commitments.
   *
   * @throws MalformedPluginException at the first thing that is not as it was recorded
   */
  LedgerEntry decode(Fields json, Openings openings) throws IOException {
    String kind = json.text(KIND);
    LedgerEntry entry =
        switch (kind) {
          case "admit" ->
              new LedgerEntry.Admit(
                  contributions.decode(json.object(CONTRIBUTION), openings), outcome(json));
          case "quarantine" ->
              new LedgerEntry.Quarantine(
                  contributions.decode(json.object(CONTRIBUTION), openings), outcome(json));
          case "refuse" ->
              new LedgerEntry.Refuse(plugin(json), json.digest(CONTRIBUTION), outcome(json));
          case "withdraw" ->
              new LedgerEntry.Withdraw(
                  plugin(json), openings.open(REASON, json.object(REASON)), outcome(json));
          case "roll-back" ->
              new LedgerEntry.RollBack(
                  json.integer("version"),
                  openings.open(REASON, json.object(REASON)),
                  outcome(json));
          case "note" ->
              new LedgerEntry.Note(
                  json.text("note"), openings.open(TEXT, json.object(TEXT)), outcome(json));
          case "decide" -> decide(json, openings);
          default ->
              throw new MalformedPluginException(
                  "expected a known kind of entry, found "
                      + CanonicalJson.text(kind)
                      + ", at "
                      + json.where());
        };
    json.end();
    return entry;
  }

  private static PluginId plugin(Fields json) {
    return json.parsed(PLUGIN, PluginId::parse, "a plugin's id");
  }

  private static LedgerEntry decide(Fields json, Openings openings) {
    LedgerEntry.Decide decide =
        new LedgerEntry.Decide(
            json.digest("subject"),
            json.text("role"),
            json.text("decision"),
            openings.open(COMMENT, json.object(COMMENT)),
            json.parsed("signature", Signature::parse, "a signature"));
    Digest statement = json.digest("statement");
    boolean fits = openings.redacted() > 0 || decide.statement().equals(statement);
    if (!fits || !LedgerEntry.Decide.isSignedStatement(decide.signature(), statement)) {
      throw new MalformedPluginException(
          "expected a signature over the decision, found one over something else by key "
              + decide.signature().keyId()
              + ", at "
              + json.where());
    }
    return decide;
  }

  private static Outcome outcome(Fields json) {
    Fields outcome = json.object("outcome");
    Optional<Digest> result =
        outcome.has("result") ? Optional.of(outcome.digest("result")) : Optional.empty();
    List<Finding> findings = new ArrayList<>();
    for (Object each : outcome.list("findings")) {
      Fields finding = Fields.of(each, outcome.where() + ", finding " + findings.size());
      SortedMap<String, Double> numbers = new TreeMap<>();
      Fields stored = finding.object("numbers");
      stored.keys().forEach(name -> numbers.put(name, stored.number(name)));
      stored.end();
      findings.add(
          new Finding(
              finding.text("check"),
              finding.parsed("verdict", Finding.Verdict::valueOf, "a verdict"),
              finding.text("message"),
              numbers));
      finding.end();
    }
    outcome.end();
    return new Outcome(result, findings);
  }
}
