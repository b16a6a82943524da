"""Merges whole models with mergekit and with MedForge, one after another, on the same files.

    mvn -DskipTests package
    python compare_models.py --java 17=java --output DIR                      # 2 GB models; see --help for parts of it
    python compare_models.py --java 17=/path/17/bin/java --java 25=/path/25/bin/java --output DIR
    python compare_models.py --scale 0.02 --java 17=java --output DIR         # a trial on models of 40 MB
    python compare_models.py --make-only MODELS; python compare_models.py --models MODELS ...   # made once, 20 GB; copied to --work
    python compare_models.py --models MODELS --in-place --work DISK --name speed-models-disk.json --without-peer ...

Needs mergekit, torch, transformers, safetensors. Makes a Llama of random numbers and four models trained from it, in
float32 and in bfloat16, each of about 2 GB, and writes DIR/speed-models.json. Merges two, three and four of them by
linear, and two of them by ties with density .5 against the base. On both sides seconds are those of the merge alone,
from files to files, without process start and imports, several times in one process; the peak resident memory is that
of the whole process. All read from the page cache. mergekit runs with each of --peer-threads for torch, MedForge on one
thread and on two. Right before each JDK's linear merges Files.copy is timed on it, on the same models, since a
machine's speed drifts. Where files are in memory and gcc is on the path, files.c then reads the same models and writes
as many bytes as a merge does, in pieces as MedForge's, on one thread and on two, and computes nothing. MedForge forces
what it writes to the disk, mergekit and Files.copy do not; so outside memory copies are timed in both ways. What both
give is compared on some tensors: a run whose answers differ fails. mergekit's settings are those that leave it the
least to do: no card, no tokenizer. Linear merges run once more with the digests that a record needs, of models and
result, which mergekit has no counterpart of.
"""

import argparse
import gc
import itertools
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

HERE = pathlib.Path(__file__).resolve().parent
JAR = HERE.parent / "target" / "benchmarks.jar"
COMPILER = "gcc"
TYPES = {"F32": "float32", "BF16": "bfloat16"}
MODELS = ["base", "one", "two", "three", "four"]
HIDDEN, BETWEEN, VOCABULARY = 1024, 2752, 8192
CASES = ["linear:2", "linear:3", "linear:4", "ties:2"]
THREADS = (1, 2)
HASHED = "-hashed"  # with the digests of models and result, as a record needs them
PACKAGES = ("mergekit", "torch", "transformers", "safetensors")


def shapes(layers):
    yield "model.embed_tokens.weight", (VOCABULARY, HIDDEN)
    for layer in range(layers):
        at = f"model.layers.{layer}."
        for projection in "qkvo":
            yield f"{at}self_attn.{projection}_proj.weight", (HIDDEN, HIDDEN)
        yield f"{at}mlp.gate_proj.weight", (BETWEEN, HIDDEN)
        yield f"{at}mlp.up_proj.weight", (BETWEEN, HIDDEN)
        yield f"{at}mlp.down_proj.weight", (HIDDEN, BETWEEN)
        yield f"{at}input_layernorm.weight", (HIDDEN,)
        yield f"{at}post_attention_layernorm.weight", (HIDDEN,)
    yield "model.norm.weight", (HIDDEN,)
    yield "lm_head.weight", (VOCABULARY, HIDDEN)


def make(folder, kind, scale):
    """All models of a type, file by file, so that making them takes little memory."""
    import torch
    import transformers
    from safetensors.torch import save_file

    dtype = getattr(torch, TYPES[kind])
    width = torch.finfo(dtype).bits // 8
    per_layer = 4 * HIDDEN * HIDDEN + 3 * HIDDEN * BETWEEN
    layers = max(1, round((2e9 * scale / width - 2 * VOCABULARY * HIDDEN) / per_layer))
    config = transformers.LlamaConfig(
        vocab_size=VOCABULARY, hidden_size=HIDDEN, intermediate_size=BETWEEN, num_hidden_layers=layers, num_attention_heads=16,
        tie_word_embeddings=False, architectures=["LlamaForCausalLM"], torch_dtype=TYPES[kind])
    files, size = [[]], 0
    for number, (name, shape) in enumerate(shapes(layers)):
        bytes_ = width * torch.Size(shape).numel()
        if size + bytes_ > 200e6 * min(1, scale * 10):
            files.append([])
            size = 0
        files[-1].append((number, name, shape))
        size += bytes_
    names = [f"model-{i + 1:05}-of-{len(files):05}.safetensors" for i in range(len(files))]
    for model in MODELS:
        (folder / kind / model).mkdir(parents=True)
        config.save_pretrained(folder / kind / model)
        weight_map = {name: file for file, part in zip(names, files) for _, name, _ in part}
        total = sum(width * torch.Size(shape).numel() for part in files for _, _, shape in part)
        index = {"metadata": {"total_size": total}, "weight_map": weight_map}
        (folder / kind / model / "model.safetensors.index.json").write_text(json.dumps(index))
    for file, part in zip(names, files):
        written = {model: {} for model in MODELS}
        for number, name, shape in part:
            torch.manual_seed(number)
            base = 0.02 * torch.randn(shape)
            for model in MODELS:
                values = base if model == "base" else base + 0.01 * torch.randn(shape)
                written[model][name] = values.to(dtype)
        for model in MODELS:
            save_file(written[model], folder / kind / model / file, metadata={"format": "pt"})


def make_apart(folder, kind, scale):
    """In another process: torch takes a gigabyte, which the merges may need."""
    subprocess.run([sys.executable, __file__, "--make-only", str(folder), "--type", kind, "--scale", str(scale)], check=True)


def models_of(method, n):
    return (["base"] if method == "ties" else []) + MODELS[1:n + 1]


def mergekit_worker(request):
    """In a process of its own: everything is imported before the clock runs."""
    import torch
    from mergekit.config import MergeConfiguration
    from mergekit.merge import run_merge
    from mergekit.options import MergeOptions

    torch.set_num_threads(request["threads"])
    out, method, kind, models = request["out"], request["method"], request["type"], request["models"]
    trained = models[1:] if method == "ties" else models
    parameters = {"weight": 1 / len(trained), **({"density": 0.5} if method == "ties" else {})}
    config = {"merge_method": method, "dtype": TYPES[kind], "models": [{"model": m, "parameters": parameters} for m in trained]}
    if method == "ties":
        config["base_model"] = models[0]
    seconds = []
    for _ in range(request["repeat"]):
        shutil.rmtree(out, ignore_errors=True)
        gc.collect()
        begun = time.perf_counter()
        run_merge(MergeConfiguration.model_validate(config), out,
                  MergeOptions(copy_tokenizer=False, write_model_card=False, quiet=True))
        seconds.append(time.perf_counter() - begun)
    if torch.get_num_threads() != request["threads"]:
        raise SystemExit(f"expected {request['threads']} threads of torch, found {torch.get_num_threads()}")
    print(json.dumps({"seconds": seconds, "peakBytes": peak_bytes()}))


def peak_bytes():
    """Of this process since it began; rusage would count what its parent held before."""
    status = pathlib.Path("/proc/self/status").read_text()
    return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status).group(1))


def run(command, **environment):
    """What the process printed last, as JSON."""
    os.sync()  # What went before shall not be written while this is timed.
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ | environment)
    if done.returncode != 0:
        raise SystemExit(f"{command}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def some_tensors(folder):
    """Tensors of the start, middle and end, wherever a merger has put them."""
    from safetensors import safe_open

    found = {}
    for file in sorted(pathlib.Path(folder).glob("*.safetensors")):
        with safe_open(file, "pt") as opened:
            for name in opened.keys():
                if name in ("model.layers.0.mlp.up_proj.weight", "model.norm.weight", "lm_head.weight"):
                    found[name] = opened.get_tensor(name).float()
    return found


def difference(ours, theirs):
    """The mean difference as a part of the mean size."""
    if ours.keys() != theirs.keys() or len(ours) != 3:
        raise SystemExit(f"expected the same three tensors, found {sorted(ours)} and {sorted(theirs)}")
    return max(float((ours[n] - theirs[n]).abs().mean() / theirs[n].abs().mean()) for n in ours)


def read_through(models):
    """So that the page cache holds them."""
    for model in models:
        for file in pathlib.Path(model).glob("*.safetensors"):
            with open(file, "rb") as opened:
                while opened.read(1 << 24):
                    pass


def compiled(folder):
    """files.c as a program; without gcc none, and a word about it."""
    if shutil.which(COMPILER) is None:
        print(f"The merges run without C beside them: expected {COMPILER} on the path, found none.", file=sys.stderr)
        return None
    program = pathlib.Path(folder) / "files"
    subprocess.run([COMPILER, "-O2", "-pthread", "-o", str(program), str(HERE / "files.c")], check=True)
    return program


def compiler():
    return subprocess.run([COMPILER, "--version"], capture_output=True, text=True, check=True).stdout.splitlines()[0]


def read_and_write(options, row, models, out, program):
    """What the same reading and writing takes in C, with nothing computed."""
    for threads in THREADS if program else ():
        shutil.rmtree(out)
        measured = run([str(program), str(threads), str(options.repeat), str(out), *models])
        yield {**row, "method": "read-write", "side": "C", "threads": threads, "fileSystem": "tmpfs", **measured}


def measure_case(options, kind, method, models, out, program):
    """mergekit on its threads; then, JDK by JDK, copies, reading and writing in C, and ours."""
    n = len(models) - (method == "ties")
    size = sum(f.stat().st_size for f in pathlib.Path(models[-1]).glob("*.safetensors"))
    row = {"type": kind, "method": method, "models": n, "modelBytes": size}
    classpath = options.classpath or str(JAR)

    def ours(path, what, threads):
        return run([path, "-Xmx256m", *options.jvm_arg, "-cp", classpath, "io.medforge.benchmarks.WholeModelRun", what,
                    str(threads), str(options.repeat), str(out), *models])

    read_through(models)
    theirs = out.with_name("theirs")
    for threads in options.peer_threads if not options.without_peer else ():
        shutil.rmtree(theirs, ignore_errors=True)
        request = {"out": str(theirs), "method": method, "type": kind, "models": models, "repeat": options.peer_repeat,
                   "threads": threads}
        measured = run([sys.executable, __file__, "--worker", json.dumps(request)], OMP_NUM_THREADS=str(threads))
        yield {**row, "side": "mergekit", "threads": threads, **measured}
    for name, path in (java.split("=", 1) for java in options.java):
        for copy in ("copy", "copy-forced") if method == "linear" else ():
            measured = ours(path, copy, 1)
            yield {**row, "method": copy, "side": "Files.copy", "jdk": name, "threads": 1, **measured}
            if measured["fileSystem"] == "tmpfs":
                yield from read_and_write(options, {**row, "jdk": name}, models, out, program)
                break  # Nothing there is ever forced.
        for threads, hashed in itertools.product(THREADS, ("", HASHED) if method == "linear" else ("",)):
            row_ = {**row, "method": method + hashed, "side": "MedForge", "jdk": name, "threads": threads}
            row_ |= ours(path, method + hashed, threads)
            if theirs.exists():
                row_ |= run([sys.executable, __file__, "--difference", str(out), str(theirs)])
                if row_["difference"] > (1e-6 if kind == "F32" else 1e-2):
                    raise SystemExit(f"expected mergekit's answer, found another: {json.dumps(row_)}")
            yield row_
    shutil.rmtree(theirs, ignore_errors=True)
    shutil.rmtree(out)


def measure(options, folder, program):
    """One row for each case and side; ours beside mergekit's answer."""
    for kind in options.type:
        where = options.models if options.in_place else folder
        if options.models and not options.in_place:
            shutil.copytree(options.models / kind, folder / kind)
        elif not options.models:
            make_apart(folder, kind, options.scale)
        for case in options.case:
            method, n = case.split(":")
            models = [str(where / kind / model) for model in models_of(method, int(n))]
            yield from measure_case(options, kind, method, models, folder / "out", program)
        shutil.rmtree(folder / kind, ignore_errors=True)


def others(rows, options):
    """Rows of an earlier run that this one does not measure anew; copies and C belong to the linear merges of as many models."""
    def again(row):
        method = "linear" if row["side"] in ("Files.copy", "C") else row["method"].removesuffix(HASHED)
        return row["type"] in options.type and f"{method}:{row['models']}" in options.case

    return [row for row in rows if not again(row)]


def pooled(rows, row):
    """Rows with one more, or with its repetitions among those of the same that an earlier run measured."""
    def key(one):
        return [str(one.get(name)) for name in ("type", "method", "models", "modelBytes", "side", "jdk", "threads", "fileSystem")]

    same = next((one for one in rows if key(one) == key(row)), None)
    if same is None:
        return [*rows, row]
    more = {"seconds": same["seconds"] + row["seconds"]}
    more |= {name: max(same[name], row[name]) for name in ("peakBytes", "difference") if name in same and name in row}
    return [{**same, **row, **more} if one is same else one for one in rows]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--java", action="append", default=[], metavar="NAME=PATH", help="a JDK, under the name of its version")
    parser.add_argument("--jvm-arg", action="append", default=[], help="such as --jvm-arg=--add-modules=jdk.incubator.vector")
    parser.add_argument("--classpath", help="instead of target/benchmarks.jar")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1, help="1 is models of 2 GB")
    parser.add_argument("--type", action="append", choices=sorted(TYPES), help="default: all")
    parser.add_argument("--case", action="append", choices=CASES, help="default: all")
    parser.add_argument("--peer-repeat", type=int, default=2, help="mergekit's repetitions")
    parser.add_argument("--peer-threads", type=int, action="append", metavar="N", help="mergekit's; may be repeated; default: 1 and 2")
    parser.add_argument("--without-peer", action="store_true", help="no mergekit")
    parser.add_argument("--append", action="store_true", help="to an earlier run's rows, in place of those of the same types and cases")
    parser.add_argument("--more", action="store_true", help="repetitions for an earlier run's rows, which stay")
    parser.add_argument("--models", type=pathlib.Path, help="made before with --make-only")
    parser.add_argument("--in-place", action="store_true", help="use --models where they are: only outputs go to --work")
    parser.add_argument("--make-only", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--work", type=pathlib.Path, help="where models and outputs go, such as /dev/shm for no disk")
    parser.add_argument("--output", type=pathlib.Path, metavar="DIR")
    parser.add_argument("--name", default="speed-models.json", help="the file in it; speed-models-disk.json is known, too")
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--difference", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        mergekit_worker(json.loads(options.worker))
        return
    if options.difference:
        print(json.dumps({"difference": difference(*map(some_tensors, options.difference))}))
        return
    options.case = options.case or CASES
    options.type = options.type or sorted(TYPES, reverse=True)
    options.peer_threads = options.peer_threads or list(THREADS)
    if options.make_only:
        for kind in options.type:
            make(options.make_only, kind, options.scale)
        return
    if not options.java or not options.output:
        parser.error("expected --java and --output")
    if options.append and options.more:
        parser.error("expected --append or --more, found both")
    if options.in_place and not options.models:
        parser.error("expected --models with --in-place")
    with tempfile.TemporaryDirectory(dir=options.work) as temporary, tempfile.TemporaryDirectory() as programs:
        folder, program = pathlib.Path(temporary), compiled(programs)
        options.output.mkdir(parents=True, exist_ok=True)
        file = options.output / options.name
        result = {"loadBefore": os.getloadavg(), "heap": "256m", "jvmArguments": options.jvm_arg,
                  "versions": {} if options.without_peer else {p: version(p) for p in PACKAGES}, "rows": []}
        if (options.append or options.more) and file.exists():
            earlier = json.loads(file.read_text())
            if options.more and earlier["jvmArguments"] != options.jvm_arg:
                parser.error(f"expected --jvm-arg as before, {earlier['jvmArguments']}, with --more, found {options.jvm_arg}")
            result["rows"] = earlier["rows"] if options.more else others(earlier["rows"], options)
            result["versions"] = result["versions"] or earlier["versions"]
        for row in measure(options, folder, program):
            print(json.dumps(row), flush=True)
            result["rows"] = pooled(result["rows"], row)
            if row["side"] == "C":
                result["compiler"] = compiler()
            result["loadAfter"] = os.getloadavg()
            file.write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
