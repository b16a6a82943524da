"""Times the peers and MedForge one after another on this machine and writes one table with their ratios.

    mvn -DskipTests package
    python compare.py --java 17=java --output DIR                     # about ten minutes on two quiet cores
    python compare.py --java 17=/path/17/bin/java --java 25=/path/25/bin/java --output DIR   # the peers once, four more minutes
    python compare.py --java 17=java --output DIR --peers DIR/peers.json      # only ours again
    python compare.py --table --output DIR                            # only the table again
    python compare.py --java 17=java --output DIR --ejml-4096         # a dense decomposition of 4096 x 4096: many minutes more
    python compare.py --java 17=java --output DIR --work /dev/shm/w   # adapters in memory, so that no disk is measured

Needs what measure_peers.py needs. DIR receives peers.json, jmh-<name>.json, comparison.json and comparison.md. Both sides
read the same adapter folders; process start is excluded on both. Each of our thread counts is a row, beside the fastest
of a peer's settings with at most as many threads. MedForge forces what it writes to the disk, which no peer does: with
--work on a disk that is part of its time. A run on a busy machine says so: the load averages stand in the table.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
JAR = HERE.parent / "target" / "benchmarks.jar"
# cases, repetitions, warm-ups: a slow case is measured fewer times
PEERS = [("svd_768", 5, 1), ("svd_4096", 1, 0), ("files_small", 9, 2), ("files_large", 3, 1), ("ties_1m", 7, 1), ("ties_16m", 2, 1)]
BENCHMARKS = [
    (r"ProductFusionBenchmark.fuse", []),
    (r"AdapterFilesBenchmark.(factorSpace|fullRank|peftLinear|peftCat)", ["-wi", "3", "-i", "4"]),
    (r"DenseTiesBenchmark.merge", []),
    (r"DenseSvdBenchmark.decompose", []),
]
SECONDS = {"ms/op": 1e-3, "us/op": 1e-6, "s/op": 1.0}


@dataclass(frozen=True)
class Row:
    """What is compared: ours (benchmark, parameters) with the fastest of the other's cases; the goal is other / ours, if there is one."""

    what: str
    benchmark: str
    parameters: dict
    other: str
    goal: float | None
    threads: int = 1


def rows():
    for width, peft, ejml in (("768", 40, 300), ("4096", 1000, 20_000)):
        for threads in ("1", "2"):
            product = (f"a layer of product-space fusion, 3 x rank 16, d = k = {width}, {plural(threads)}",
                       "ProductFusionBenchmark.fuse", {"width": width, "threads": threads})
            yield Row(*product, f"peft_svd_{width}(_reduced)?", peft, int(threads))
            if threads == "1":
                yield Row(*product, f"jmh:DenseSvdBenchmark.decompose:{width}", ejml)
    for size in ("small", "large"):
        for method, combination in (("factorSpace", "linear"), ("peftLinear", "linear"), ("fullRank", "cat"), ("peftCat", "cat")):
            for threads in ("1", "2"):
                yield Row(f"3 {size} adapters, file to file, {method}, {plural(threads)}", f"AdapterFilesBenchmark.{method}",
                          {"size": size, "threads": threads}, f"peft_{combination}_files_{size}(_low_cpu_mem)?", 1, int(threads))
    for width, label in (("1024", "1m"), ("4096", "16m")):
        for peer in ("peft", "mergekit"):
            yield Row(f"TIES, 3 dense tensors of {label.upper()} elements, 1 thread", "DenseTiesBenchmark.merge",
                      {"width": width}, f"{peer}_ties_{label}", 5 if label == "16m" else None, 2)


def plural(threads):
    return "1 thread" if threads == "1" else f"{threads} threads"


def measure_peers(work, output):
    merged = {}
    for cases, repetitions, warm_up in PEERS:
        part = work / "part.json"
        subprocess.run([sys.executable, HERE / "measure_peers.py", "--case", cases, "--repetitions", str(repetitions), "--warm-up",
                        str(warm_up), "--work", work, "--output", part], check=True)
        document = json.loads(part.read_text())
        merged = {**document, "load_before": merged.get("load_before", document["load_before"]),
                  "results": merged.get("results", []) + document["results"]}
        output.write_text(json.dumps(merged, indent=1) + "\n")


def measure_ours(java, work, output, ejml_4096):
    results = []
    runs = list(BENCHMARKS)
    if ejml_4096:
        runs.append((r"DenseSvdBenchmark.decompose", ["-p", "width=4096", "-wi", "0", "-i", "1"]))
    for benchmark, options in runs:
        part = work / "jmh.json"
        files = ["-p", f"work={work}"] if "Files" in benchmark else []
        subprocess.run([java, "-jar", JAR, benchmark, *options, *files, "-rf", "json", "-rff", part], check=True)
        results += json.loads(part.read_text())
        output.write_text(json.dumps(results, indent=1) + "\n")


def ours_seconds(results, benchmark, parameters):
    for result in results:
        given = result.get("params", {})
        if result["benchmark"].endswith(benchmark) and all(given.get(key) == value for key, value in parameters.items()):
            metric = result["primaryMetric"]
            return metric["score"] * SECONDS[metric["scoreUnit"]]
    return None


def other_seconds(row, peers, results):
    """Seconds and the name of what was fastest."""
    if row.other.startswith("jmh:"):
        _, benchmark, width = row.other.split(":")
        return ours_seconds(results, benchmark, {"width": width}), "EJML dense SVD"
    found = [(case["median"], f"{case['case']}, {plural(str(case['threads']))}") for case in peers["results"]
             if "median" in case and case["threads"] <= row.threads and re.fullmatch(row.other, case["case"])]
    return min(found, default=(None, row.other))


def compare(output):
    peers = json.loads((output / "peers.json").read_text())
    compared = []
    for path in sorted(output.glob("jmh-*.json")):
        results = json.loads(path.read_text())
        for row in rows():
            ours = ours_seconds(results, row.benchmark, row.parameters)
            other, name = other_seconds(row, peers, results)
            if ours is None or other is None:
                continue
            compared.append({"jdk": path.stem.removeprefix("jmh-"), "what": row.what, "ours_seconds": ours, "other": name,
                             "other_seconds": other, "ratio": other / ours, "goal": row.goal,
                             "reached": None if row.goal is None else other / ours >= row.goal})
    document = {"versions": peers["versions"], "machine": peers["machine"], "load_before": peers["load_before"],
                "load_after": peers.get("load_after"), "rows": compared}
    (output / "comparison.json").write_text(json.dumps(document, indent=1) + "\n")
    (output / "comparison.md").write_text(table(document))


def table(document):
    versions = ", ".join(f"{name} {version}" for name, version in document["versions"].items() if version)
    machine = document["machine"]
    lines = ["# MedForge beside its peers", "",
             f"{machine['cpu']}, {machine['cores']} cores, {machine['memory_gib']} GiB, {machine['os']}.",
             f"{versions}.",
             f"Load average of the last minute before and after the peers: {document['load_before'][0]:.1f}, "
             f"{(document['load_after'] or [float('nan')])[0]:.1f}.", "",
             "Of a peer's settings the fastest with at most as many threads counts (for TIES with two). Ratio: the other's time by ours.", "",
             "| JDK | what | MedForge | other | its time | ratio | goal | |", "|---|---|---:|---|---:|---:|---:|---|"]
    for row in document["rows"]:
        goal, verdict = ("", "") if row["goal"] is None else (f"{row['goal']:,}", "reached" if row["reached"] else "missed")
        lines.append(f"| {row['jdk']} | {row['what']} | {seconds(row['ours_seconds'])} | {row['other']} | {seconds(row['other_seconds'])} "
                     f"| {row['ratio']:,.1f} | {goal} | {verdict} |")
    return "\n".join(lines) + "\n"


def seconds(value):
    return f"{value:,.2f} s" if value >= 1 else f"{1e3 * value:,.2f} ms"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--java", action="append", default=[], metavar="NAME=PROGRAM", help="a JDK to measure; may be repeated")
    parser.add_argument("--output", type=Path, required=True, help="folder for the results")
    parser.add_argument("--work", type=Path, help="folder for the adapters, kept (1 GB); else a temporary one")
    parser.add_argument("--peers", type=Path, help="a peers.json measured before, instead of measuring")
    parser.add_argument("--ejml-4096", action="store_true", help="measure the dense decomposition of 4096 x 4096, too")
    parser.add_argument("--table", action="store_true", help="only write the table from what the folder holds")
    options = parser.parse_args()
    options.output.mkdir(parents=True, exist_ok=True)
    if not options.table:
        if not options.java:
            parser.error("expected --java NAME=PROGRAM, for example --java 17=java")
        if not JAR.exists():
            parser.error(f"expected {JAR.name} beside the module's classes, found none: mvn -DskipTests package")
        with tempfile.TemporaryDirectory() as temporary:
            work = options.work or Path(temporary)
            work.mkdir(parents=True, exist_ok=True)
            if options.peers:
                document = json.loads(options.peers.read_text())
                (options.output / "peers.json").write_text(json.dumps(document, indent=1) + "\n")
            else:
                measure_peers(work, options.output / "peers.json")
            for given in options.java:
                name, _, program = given.partition("=")
                if not program:
                    parser.error(f"expected --java NAME=PROGRAM, found {given}")
                measure_ours(program, work, options.output / f"jmh-{name}.json", options.ejml_4096)
    compare(options.output)
    print((options.output / "comparison.md").read_text())
    print(f"load average now {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
