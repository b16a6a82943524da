"""Merges whole models with mergekit and with MedForge, one after another, on the same files.

    mvn -DskipTests package
    python compare_models.py --megabytes 500 --java 17=java --output DIR
    python compare_models.py ... --classpath CLASSES:JARS      # instead of target/medforge.jar

Needs mergekit, torch, transformers. Makes a Llama of random float32 numbers of about so many megabytes and two models
trained from it, merges them by linear and ties (density .5), and writes DIR/models.json: seconds from start to end of
each process, and its peak resident memory. Both start a process; both read from the page cache. MedForge forces what it
writes to the disk, mergekit does not. All runs that there are repetitions of are listed; the least is compared.
"""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

HERE = pathlib.Path(__file__).resolve().parent
JAR = HERE.parent / "target" / "medforge.jar"


def make(folder, megabytes):
    import torch
    import transformers

    layers = max(1, round(megabytes / 4 / 12.6))
    config = transformers.LlamaConfig(
        vocab_size=8192, hidden_size=1024, intermediate_size=2752, num_hidden_layers=layers,
        num_attention_heads=16, tie_word_embeddings=False)
    torch.manual_seed(0)
    model = transformers.LlamaForCausalLM(config).float()
    for name in ("base", "one", "two"):
        if name != "base":
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter += 0.01 * torch.randn_like(parameter)
        model.save_pretrained(folder / name, max_shard_size="200MB")
        (folder / name / "generation_config.json").unlink(missing_ok=True)


def timed(command):
    begun = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    error = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begun
    if status != 0:
        raise SystemExit(f"{command}: {error.decode()[-2000:]}")
    return {"seconds": seconds, "peakMegabytes": usage.ru_maxrss * 1024 / 1e6,
            "cpuSeconds": usage.ru_utime + usage.ru_stime}


def mergekit(folder, method, out):
    import yaml

    models = [{"model": str(folder / m), "parameters": {"weight": 0.5}} for m in ("one", "two")]
    config = {"merge_method": method, "models": models, "dtype": "float32"}
    if method == "ties":
        config["base_model"] = str(folder / "base")
        for model in models:
            model["parameters"]["density"] = 0.5
    written = folder / "config.yaml"
    written.write_text(yaml.safe_dump(config))
    return [str(pathlib.Path(sys.executable).with_name("mergekit-yaml")), str(written), str(out)]


def medforge(java, folder, method, out, classpath, threads):
    program = ["-cp", classpath, "io.medforge.cli.MedForge"] if classpath else ["-jar", str(JAR)]
    command = [java, "-Xmx256m", *program, "fuse", str(folder / "one"), str(folder / "two"),
               "-o", str(out), "-w", "0.5,0.5", "--threads", str(threads)]
    if method == "ties":
        command += ["--method", "ties", "--density", "0.5", "--base-model", str(folder / "base")]
    return command


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=2000)
    parser.add_argument("--java", action="append", required=True, metavar="NAME=PATH")
    parser.add_argument("--classpath")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--models", type=pathlib.Path, help="made before with --make-only")
    parser.add_argument("--make-only", type=pathlib.Path)
    parser.add_argument("--output", type=pathlib.Path)
    options = parser.parse_args()
    if options.make_only:
        make(options.make_only, options.megabytes)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.models or pathlib.Path(temporary)
        if not options.models:
            make(folder, options.megabytes)
        size = sum(f.stat().st_size for f in (folder / "one").glob("*.safetensors"))
        for name in ("base", "one", "two"):
            for file in (folder / name).glob("*.safetensors"):
                with open(file, "rb") as opened:
                    while opened.read(1 << 24):
                        pass
        rows = []
        out = pathlib.Path(temporary) / "out"
        for method in ("linear", "ties"):
            sides = [("mergekit", mergekit(folder, method, out))]
            for java in options.java:
                name, path = java.split("=", 1)
                for threads in (1, 2):
                    command = medforge(path, folder, method, out, options.classpath, threads)
                    sides.append((f"medforge, JDK {name}, threads {threads}", command))
            for side, command in sides:
                runs = []
                for _ in range(options.repeat):
                    shutil.rmtree(out, ignore_errors=True)
                    runs.append(timed(command))
                    shutil.rmtree(out, ignore_errors=True)
                best = min(runs, key=lambda run: run["seconds"])
                rows.append({"method": method, "side": side, "runs": runs, "seconds": best["seconds"],
                             "peakMegabytes": max(run["peakMegabytes"] for run in runs)})
                print(json.dumps(rows[-1]), flush=True)
        options.output.mkdir(parents=True, exist_ok=True)
        result = {"modelBytes": size, "models": 2, "loadAverage": os.getloadavg(),
                  "versions": {p: version(p) for p in ("mergekit", "torch", "transformers")}, "rows": rows}
        (options.output / "models.json").write_text(json.dumps(result, indent=1) + "\n")


main()
