package io.medforge.study.heart;

import io.medforge.plugin.PluginId;
import io.medforge.plugin.PluginModule;
import io.medforge.plugin.Tensor;
import io.medforge.runtime.DistilledSet;
import io.medforge.runtime.ModelRuntime;
import io.medforge.runtime.djl.Network;
import io.medforge.study.evidence.CentreClassifier;
import io.medforge.study.evidence.Entrant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/** A kind of model, its base and how its plugins are trained; all methods run on each. */
interface ModelFamily {
  /** What its methods' names begin with. */
  String prefix();

  /** Whether training draws anything, so that another seed gives another plugin. */
  boolean drawn();

  /** The base; the family's to close. */
  ModelRuntime runtime();

  /** A plugin trained on some patients. */
  PluginModule train(PluginId id, CentreRows patients, long seed);

  /** A model trained on all patients in one place. */
  CentreClassifier pooled(CentreRows everybody, long seed);

  /** Federated learning on the same model. */
  List<Entrant> federated(SortedMap<String, CentreRows> hospitals, List<Long> seeds);

  /** The network in whose features hospitals distil. */
  Network distilledOn();

  /** What enters each layer that plugins change, on a distilled set. */
  Map<String, Tensor> layerInputs(DistilledSet set);

  /** The bytes in which a plugin is sent. */
  long bytes(PluginModule plugin);

  /** The bytes of all parameters that federated learning sends, in F32. */
  long modelBytes();

  /** The rank to which rules without low rank are cut. */
  int rank();
}
