/**
 * The outside world of MedForge: formats, engines, storage and local training. Engines are optional
 * at run time; the packages named after one need it.
 */
@SuppressWarnings("requires-transitive-automatic") // DJL ships no module descriptor yet
module io.medforge.plugin {
  requires transitive io.medforge.api;
  requires com.fasterxml.jackson.core;
  requires com.fasterxml.jackson.databind;
  requires com.google.common;
  requires hipparchus.core;
  requires org.slf4j;
  requires static transitive ai.djl.api;
  requires static ai.djl.pytorch_engine;
  requires static com.google.protobuf;
  requires static com.microsoft.onnxruntime;
  requires static flatbuffers.java;
  requires static org.eclipse.jgit;
  requires static org.tribuo.util.onnx;

  exports io.medforge.forge.repository;
  exports io.medforge.plugin.audit;
  exports io.medforge.plugin.branch;
  exports io.medforge.plugin.checkpoint;
  exports io.medforge.plugin.light;
  exports io.medforge.plugin.peft;
  exports io.medforge.plugin.privacy;
  exports io.medforge.plugin.safetensors;
  exports io.medforge.runtime.djl;
  exports io.medforge.runtime.onnx;
}
