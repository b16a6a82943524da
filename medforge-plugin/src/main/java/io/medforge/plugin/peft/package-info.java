/**
 * Hugging Face PEFT adapters (LoRA) as plugin modules, and plugin modules as PEFT adapters. A
 * folder holds {@code adapter_config.json} and {@code adapter_model.safetensors}; behaviour is that
 * of peft 0.21.2, read in its source.
 *
 * <p>Conventions of this package:
 *
 * <ul>
 *   <li><b>Layer names</b> are the base's parameter names: PEFT's {@code
 *       base_model.model.encoder.fc1.lora_A.weight} is factor A of layer {@code
 *       encoder.fc1.weight}.
 *   <li><b>Everything is merged exactly, converted exactly, or refused by name.</b> A tensor or an
 *       option that is not understood is a {@link io.medforge.plugin.MalformedPluginException}.
 *       {@code target_modules} is not compared with the tensors: the tensors say themselves which
 *       layers they change.
 *   <li><b>The base</b> is {@code base_model_name_or_path}. PEFT knows no digest of it, so a folder
 *       that this package did not write gives a {@link io.medforge.plugin.BaseModel} that is known
 *       by name only, unless the reader is told the digest; and one that names no base is named
 *       after the model's class ({@link io.medforge.plugin.peft.AdapterReader#baseName}). Two bases
 *       match by digest where both digests are known, and by equal names otherwise ({@link
 *       io.medforge.plugin.BaseModel#matches}); a match by name is weaker, since a local path or a
 *       hub's name says nothing about the parameters behind it, and the merge record says so.
 *   <li><b>Label spaces</b> of heads, the plugin's id, the base's digest and the provenance travel
 *       in {@code medforge.*} keys of the tensor file's metadata, which PEFT ignores.
 * </ul>
 *
 * <p>What a folder cannot say: whether a base's linear weight is stored transposed is one flag for
 * all layers ({@code fan_in_fan_out}), though PEFT looks at each layer; and a convolution's
 * dilation, which PEFT ignores in training but not when it merges the product into the weight. The
 * update means the product added to the weight.
 */
@NullMarked
package io.medforge.plugin.peft;

import org.jspecify.annotations.NullMarked;
