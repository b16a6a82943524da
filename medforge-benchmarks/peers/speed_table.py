"""Writes the numbers of the speed page: python speed_table.py RESULTS PAGE.

RESULTS holds speed-kernels.json (a list of what kernels.c prints), speed-jmh-17.json and speed-jmh-25.json (JMH's files
of NarrowSum and ModelFiles) and speed-models.json (compare_models.py's models.json); what is missing is left out. The
table goes between the two marks in PAGE.
"""

import json
import pathlib
import sys

BEGIN, END = "<!-- numbers -->", "<!-- end of numbers -->"


def load(folder, name):
    file = folder / name
    return json.loads(file.read_text()) if file.exists() else []


def kernels(folder):
    c = {(r["format"], r["inputs"]): r["gigabytesPerSecond"] for r in load(folder, "speed-kernels.json")}
    rows = []
    for jdk in ("17", "25"):
        for run in load(folder, f"speed-jmh-{jdk}.json"):
            if run["benchmark"].endswith("NarrowSumBenchmark.kernel"):
                p = run["params"]
                n, width = int(p["inputs"]), 4 if p["format"] == "F32" else 2
                speed = (n + 1) * width * int(p["length"]) / run["primaryMetric"]["score"] / 1e3
                peer = c.get((p["format"], n))
                rows.append(f"| {p['format']}, n = {n} | JDK {jdk} | {speed:.1f} | {peer or float('nan'):.1f} | "
                            f"{speed / peer:.0%} |" if peer else
                            f"| {p['format']}, n = {n} | JDK {jdk} | {speed:.1f} | | |")
    head = ["### Kernels", "",
            "Weighted sum of n sources of 64 Mi elements, bytes to bytes, one thread; C is `gcc -O3 -march=native`, which does not look for "
            "values that are not finite.", "",
            "| What | Where | GB/s | C | of C |", "|---|---|---|---|---|"]
    return head + rows + [""] if rows else []


def files(folder):
    rows = []
    for jdk in ("17", "25"):
        runs = [r for r in load(folder, f"speed-jmh-{jdk}.json") if ".ModelFilesBenchmark." in r["benchmark"]]
        times = {(r["benchmark"].rsplit(".", 1)[1], r["params"]["type"], r["params"]["threads"]):
                 r["primaryMetric"]["score"] / 1e3 for r in runs}
        for (what, type_, threads), seconds in sorted(times.items()):
            if what.startswith("copy"):
                continue
            forced, copied = times.get(("copy", type_, "1")), times.get(("copyUnforced", type_, "1"))
            cells = [f"{t:.2f} ({t / seconds:.2f})" if t else "" for t in (forced, copied)]
            rows.append(f"| {what}, {type_}, threads: {threads} | JDK {jdk} | {seconds:.2f} | {cells[0]} | {cells[1]} |")
    megabytes = next((r["params"]["megabytes"] for j in ("17", "25") for r in load(folder, f"speed-jmh-{j}.json")
                      if "megabytes" in (r.get("params") or {})), "?")
    head = ["### From file to file", "",
            f"Three models of {megabytes} MB in, one out and forced to the disk, -Xmx256m, seconds; beside `Files.copy` of two such files, which "
            "moves as many bytes, with and without forcing. In brackets how many times faster than the copy.", "",
            "| What | Where | seconds | copy, forced | copy, not forced |", "|---|---|---|---|---|"]
    return head + rows + [""] if rows else []


def models(folder):
    found = load(folder, "speed-models.json")
    if not found:
        return []
    peer = {r["method"]: r for r in found["rows"] if r["side"] == "mergekit"}
    versions = ", ".join(f"{k} {v}" for k, v in found["versions"].items())
    rows = ["### Beside mergekit", "",
            f"Two float32 models of {found['modelBytes'] / 1e6:.0f} MB into one (ties: and a base), whole processes, {versions}.", "",
            "| Method | Side | seconds | times faster | peak MB | of mergekit's |", "|---|---|---|---|---|---|"]
    for r in found["rows"]:
        p = peer[r["method"]]
        rows.append(f"| {r['method']} | {r['side']} | {r['seconds']:.1f} | {p['seconds'] / r['seconds']:.1f} | "
                    f"{r['peakMegabytes']:.0f} | {r['peakMegabytes'] / p['peakMegabytes']:.0%} |")
    return rows + [""]


folder, page = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
text = page.read_text()
before, rest = text.split(BEGIN)
after = rest.split(END)[1]
lines = kernels(folder) + files(folder) + models(folder)
page.write_text(before + BEGIN + "\n" + "\n".join(lines) + END + after)
