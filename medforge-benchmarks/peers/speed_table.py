"""Writes the numbers of the speed page: python speed_table.py RESULTS PAGE.

RESULTS holds speed-kernels.json (a list of what kernels.c prints), jmh-*.json (JMH's files, of which NarrowSum counts
here), speed-models.json and speed-models-disk.json (of compare_models.py), curve-17.json and curve-25.json (of SizeCurve); what is missing is left
out. Tables with the goals of the project and whether they are reached go between the marks "numbers" in PAGE, and what
follows for larger models between the marks "larger". The figures of the same files are SpeedFigures'.
"""

import json
import math
import pathlib
import re
import statistics
import sys

MARKS = {"numbers": ("<!-- numbers -->", "<!-- end of numbers -->"), "larger": ("<!-- larger -->", "<!-- end of larger -->")}
KERNEL_GOALS = {("F32", 1): .95, ("F32", 2): .90}
NARROW_GOALS = {"BEST": .80, "PLAIN": .35}  # with and without vector code
COPY_GOALS = {1: 1.0, 2: 1.7}
PEER_GOALS = {"linear": 3, "ties": 5}
MEMORY_GOAL = .25
RESIDENT_GOAL = 400e6
HASHED = "-hashed"  # of compare_models.py: merges that find the digests for a record
DISK = 2e9  # bytes per second, read and written together, for what follows


def load(folder, name):
    file = folder / name
    return json.loads(file.read_text()) if file.exists() else []


def verdict(value, goal, least=True):
    reached = value >= goal if least else value <= goal
    return "reached" if reached else "missed"


def table(head, rows):
    if not rows:
        return []
    marks = ["---"] + ["---:" if all(re.fullmatch(r"[\d.,]* ?%?", r[i]) for r in rows) else "---" for i in range(1, len(head))]
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, marks, *rows)]
    return [*lines, ""]


def kernels(folder):
    c = {}
    for r in load(folder, "speed-kernels.json"):
        key = (r["format"], int(r["inputs"]), int(r.get("threads", 1)))
        c[key] = max(c.get(key, 0), r["gigabytesPerSecond"])
    found = {}
    for file in sorted(folder.glob("jmh-*.json")):
        for run in json.loads(file.read_text()):
            name = run["benchmark"].split(".")[-2]
            if name not in ("NarrowSumBenchmark", "WeightedSumBenchmark"):
                continue
            p, threads = run["params"], run["threads"]
            kind, code, width = p.get("format", "F32"), p.get("code", "PLAIN"), 2 if "format" in p else 4
            if threads * int(p["length"]) != 64 << 20:
                continue
            bytes_ = (int(p["inputs"]) + 1) * width * (64 << 20)
            key = (kind, int(p["inputs"]), threads, int(run["jdkVersion"].split(".")[0]), code)
            microseconds = statistics.median(one for fork in run["primaryMetric"]["rawData"] for one in fork)
            found[key] = max(found.get(key, 0), bytes_ / microseconds / 1e3)
    rows = []
    for (kind, n, threads, jdk, code), speed in sorted(found.items(), key=lambda item: (item[0][0] != "F32", item[0])):
        peer, by_hand = c.get((kind, n, threads)), c.get((kind + "C", n, threads))
        goal = KERNEL_GOALS.get((kind, threads)) if kind == "F32" else NARROW_GOALS[code] if threads == 1 else None
        where = f"JDK {jdk}" + (", vector code" if code == "BEST" else "")
        told = [f"{peer:.1f}", f"{speed / peer:.1%}"] if peer else ["", ""]
        told += [f"{goal:.0%}", verdict(speed / peer, goal)] if peer and goal else ["", ""]
        told += [f"{speed / by_hand:.0%}" if by_hand else ""]
        rows.append([f"{kind}, n = {n}", str(threads), where, f"{speed:.1f}", *told])
    if not rows:
        return []
    return ["### In memory", "",
            "Weighted sum of n sources of 64 Mi elements: from array to array, and for 16 bits without vector code from buffer to buffer, as "
            "files are read. C is the same loop by `gcc -O3 -march=native`; it does not "
            "look for values that are not finite. Each number is the median of a run's repetitions, and of repeated runs the best, on either side. "
            "Two threads sum half of the elements each. gcc 12 makes no vector code of the loop over F16; the last column compares with one "
            "written by hand over the processor's conversions. Vector code: the Vector API, and for F16 on JDK 25 the processor's conversions. "
            "GB/s are read and written together.", "",
            *table(["What", "Threads", "Where", "GB/s", "C", "of C", "goal", "", "of C by hand"], rows),
            "![Weighted sums on one thread](images/speed-kernels.svg)", "",
            *(["![Weighted sums on two threads](images/speed-kernels-two.svg)", ""] if any(row[1] == "2" for row in rows) else [])]


def moved(row):
    """Bytes read and written once each; a copy moves each byte twice, a merge of n models n + 1 times."""
    return row["bytesWritten"] * (2 if row["method"].startswith("copy") else row["models"] + 1)


def copy_rate(found, merge, method):
    """Bytes read and written per second, by copies of the same models; in an older run by those of three."""
    rows = [r for r in found["rows"] if r["method"] == method and (r["type"], r["jdk"]) == (merge["type"], merge["jdk"])]
    rows = [r for r in rows if r["models"] == merge["models"]] or rows
    return max((moved(r) / min(r["seconds"]) for r in rows), default=math.nan)


def options(found):
    """What the JVMs were started with, beside the heap."""
    return f", `{' '.join(found['jvmArguments'])}`" if found["jvmArguments"] else ""


def place(row):
    return "files in memory (tmpfs)" if row["fileSystem"] == "tmpfs" else f"from the page cache to the disk ({row['fileSystem']})"


def files(found):
    if not found:
        return []
    merges = [r for r in found["rows"] if r["side"] == "MedForge" and r["method"] == "linear"]
    if not merges:
        return []
    memory = merges[0]["fileSystem"] == "tmpfs"
    copy, rows, unforced = "copy" if memory else "copy-forced", [], {}
    least = {(r["type"], r["models"], int(r["jdk"]), r["threads"]): min(r["seconds"]) for r in found["rows"] if r["side"] == "C"}
    for r in merges:
        seconds, n, cells = min(r["seconds"]), r["models"], []
        if least:
            c = least.get((r["type"], n, int(r["jdk"]), r["threads"]))
            cells += [f"{c:.2f}", f"{c / seconds:.0%}"] if c else ["", ""]
        for bytes_ in (moved(r), 2 * n * r["bytesWritten"]):  # as many as the merge moves; the models, read and written
            copied = bytes_ / copy_rate(found, r, copy)
            cells += [f"{copied:.2f}", f"{copied / seconds:.2f}", verdict(copied / seconds, COPY_GOALS[r["threads"]])]
        unforced.setdefault((r["type"], n), []).append(moved(r) / copy_rate(found, r, "copy"))
        rows.append([f"{r['type']}, n = {n}", str(r["threads"]), f"JDK {r['jdk']}", f"{seconds:.2f}", *cells,
                     f"{r['peakBytes'] / 1e6:.0f}", verdict(r["peakBytes"], RESIDENT_GOAL, least=False)])
    size = max(r["modelBytes"] for r in merges) / 1e9
    same = any(r["side"] == "Files.copy" and r["models"] == merges[0]["models"] for r in found["rows"])
    when = "right before the merges" if same else "once for each type"
    forced = "Nothing there is ever forced to a disk." if memory else "The copies are forced to the disk, as the merge's output is."
    in_c = ("*Read and write in C*: `files.c`, in the same runs and on as many threads, reads the models and writes as many bytes as the merge, in "
            "pieces as MedForge's, and computes nothing; *of it*: its seconds as a part of the merge's. " if least else "")
    told = ", ".join(f"{min(seconds):.2f} s ({kind}, n = {n})" for (kind, n), seconds in unforced.items())
    return [f"### From file to file, {place(merges[0])}", "",
            f"The weighted mean of n models of {size:.1f} GB each, heap {found['heap']}{options(found)}. Beside it stands `Files.copy` on one "
            f"thread, measured {when}, in two readings of \"the same number of bytes\". *Moved*: a copy of as many bytes as the merge "
            "reads and writes together, which are (n + 1) / 2 models. *Models*: a copy of the n models themselves. Both follow from the rate "
            f"measured. {in_c}{forced} Goals, for both: as fast on one thread, 1.7 times as fast on two, less than 400 MB resident.", "",
            *table(["What", "Threads", "Where", "seconds", *(["read and write in C, seconds", "of it"] if least else []), "copy, moved",
                    "times faster", "", "copy, models", "times faster", "", "peak MB", ""], rows),
            *([] if memory else [f"Copies that are not forced to the disk take, for as much as is moved: {told}.", ""])]


def beside(found):
    """mergekit's rows by type, method, models and threads; an older run's, without threads, under None."""
    return {(r["type"], r["method"], r["models"], r.get("threads")): r for r in found["rows"] if r["side"] == "mergekit"} if found else {}


def peers(found):
    peer = beside(found)
    if not peer:
        return []
    rows = []
    for r in found["rows"]:
        method = r["method"].removesuffix(HASHED)
        key, seconds, hashed = (r["type"], method, r["models"]), min(r["seconds"]), method != r["method"]
        p = peer.get((*key, r.get("threads")), peer.get((*key, None)))
        if p is None or r["side"] not in ("mergekit", "MedForge"):
            continue
        what = f"{method}, {r['type']}, n = {r['models']}, {r['modelBytes'] / 1e9:.1f} GB each"
        memory = f"{r['peakBytes'] / 1e6:.0f}"
        if r["side"] == "mergekit":
            threads = r.get("threads", r.get("torchThreads"))
            rows.append((key, threads, 0, [what, str(threads), "mergekit", f"{seconds:.2f}", "", "", "", memory, "", ""]))
            continue
        faster, part = min(p["seconds"]) / seconds, r["peakBytes"] / p["peakBytes"]
        usual = statistics.median(p["seconds"]) / statistics.median(r["seconds"])
        judged = "" if hashed else verdict(faster, PEER_GOALS[method])
        where = f"JDK {r['jdk']}" + (", with digests" if hashed else "")
        rows.append((key, r["threads"], int(r["jdk"]),
                     [what, str(r["threads"]), where, f"{seconds:.2f}", f"{faster:.2f}", judged, f"{usual:.1f}",
                      memory, f"{part:.0%}", verdict(part, MEMORY_GOAL, least=False)]))
    order = list(dict.fromkeys(key for key, *_ in rows))
    rows.sort(key=lambda row: (order.index(row[0]), row[1:3]))
    versions = ", ".join(f"{k} {v}" for k, v in found["versions"].items())
    different = max((r.get("difference", 0) for r in found["rows"]), default=0)
    threads = ("mergekit ran on two threads only, and MedForge on either number stands beside it." if any(key[3] is None for key in peer)
               else "MedForge stands beside mergekit on as many threads.")
    return ["### Beside mergekit", "",
            f"The same files on the same machine in the same runs, without process start and imports: {versions}{options(found)}. TIES has a base beside "
            f"its two models. {threads} mergekit does not force its output to the disk. Goals: 3 times as fast by mean, 5 "
            "times by TIES, a quarter of the peak memory. Seconds are the best of all repetitions "
            f"({repetitions(found)}), and so are the ratios that count; *by medians* is the ratio of what a repetition usually takes. "
            "*With digests*: the models and the result are hashed as they go by (SHA-256), "
            "for the record that `medforge fuse` writes; mergekit writes none, so no goal is set. The results differ by "
            f"{different:.1g} of their mean size at most: mergekit computes BF16 in BF16.", "",
            *table(["What", "Threads", "Where", "seconds", "times faster", "", "by medians", "peak MB", "of mergekit's", ""], [row for *_, row in rows]),
            "![Whole models](images/speed-models.svg)", "", "![Their memory](images/speed-models-memory.svg)", ""]


def repetitions(found):
    """How many each side's best is the best of."""
    told = []
    for method in ("linear", "ties"):
        for side in ("mergekit", "MedForge"):
            counts = sorted({len(r["seconds"]) for r in found["rows"] if r["side"] == side and r["method"].startswith(method)})
            if counts:
                told.append(f"{method}, {side}: {' to '.join(str(c) for c in dict.fromkeys((counts[0], counts[-1])))}")
    return "; ".join(told)


def exponent(points):
    """The slope of log seconds over log bytes, where bytes and not opening files take the time: 1 is in proportion."""
    points = [p for p in points if p["bytes"] >= 0.4e9] or points
    x = [math.log(p["bytes"]) for p in points]
    y = [math.log(statistics.median(p["seconds"])) for p in points]
    return statistics.linear_regression(x, y).slope


def departure(points):
    """How far seconds are from a straight line over the number of models, at most: writing the result is the part that does not grow."""
    x = [p["models"] for p in points]
    y = [statistics.median(p["seconds"]) for p in points]
    line = statistics.linear_regression(x, y)
    return max(abs(b / (line.intercept + line.slope * a) - 1) for a, b in zip(x, y))


def curve(folder):
    rows, slopes, departures, peaks, where = [], [], [], [], set()
    for jdk in ("17", "25"):
        found = load(folder, f"curve-{jdk}.json")
        if not found:
            continue
        where.add(place(found))
        peaks.append(found.get("peakBytes", math.nan) / 1e6)
        for series, label in (("bytes", "GB"), ("models", "models")):
            for threads in (1, 2):
                points = [p for p in found["points"] if p["series"] == series and p["threads"] == threads]
                if series == "bytes":
                    slopes.append(exponent(points))
                    growth = f"bytes to the power of {slopes[-1]:.2f}"
                else:
                    departures.append(departure(points))
                    growth = f"a straight line within {departures[-1]:.0%}"
                ends = f"{points[0]['bytes'] / 1e9:.1f} to {points[-1]['bytes'] / 1e9:.1f} GB"
                what = f"two models, {ends}" if series == "bytes" else f"1 to {points[-1]['models']} models, {ends}"
                speeds = [p["bytes"] / statistics.median(p["seconds"]) / 1e9 for p in points]
                rows.append([what, str(threads), f"JDK {jdk}", f"{min(speeds):.1f} to {max(speeds):.1f}", growth])
    if not rows:
        return []
    return ["### Growth", "",
            f"From file to file, {' and '.join(sorted(where))}. Over bytes, read and written, seconds grow as a power of them, from half a gigabyte on; 1 is in proportion "
            f"({verdict(max(abs(s - 1) for s in slopes), .1, least=False)} within a tenth). Over the number of models of one size they follow a straight "
            f"line ({verdict(max(departures), .1, least=False)} within a tenth): each model more is read, and one result is written. "
            f"The whole process never held more than {max(peaks):.0f} MB.", "",
            *table(["What", "Threads", "Where", "GB/s", "grows as"], rows),
            "![Over bytes](images/speed-curve-bytes.svg)", "", "![Over the number of models](images/speed-curve-models.svg)", ""]


def minutes(seconds):
    return f"{seconds / 3600:.1f} h" if seconds >= 5400 else f"{seconds / 60:.0f} min"


def larger(folder):
    found = load(folder, "speed-models.json") or {"rows": []}
    slowest = {}
    for r in found["rows"]:
        if r["side"] == "MedForge" and r["type"] == "BF16" and r["threads"] == 2 and r["models"] == 2:
            slowest[r["method"]] = max(slowest.get(r["method"], 0), min(r["seconds"]) / r["bytesWritten"])
    if "linear" not in slowest:
        return ["No run has been published yet, so nothing is claimed.", ""]
    rows = []
    for what, size in (("70 B parameters", 140e9), ("405 B parameters", 810e9)):
        for method, sources, reads in (("linear", 2, 1), ("ties", 3, 3)):
            if method in slowest:
                disk = size * (sources * reads + 1) / DISK
                rows.append([what, method, f"{size * sources / 1e9:,.0f}", minutes(slowest[method] * size), minutes(disk)])
    rate = statistics.median(moved(r) / min(r["seconds"]) for r in found["rows"]
                             if r["side"] == "MedForge" and r["type"] == "BF16" and r["threads"] == 2 and r["method"] == "linear")
    thousand = 1001 * 14e9
    return ["Two models of BF16 into one (by TIES, with a base) on two threads: in the third column as fast as measured here, which is from "
            "files in memory; in the last as fast as a disk that moves 2 GB/s lets it. The greater of the two is what to expect.", "",
            *table(["Model", "Method", "GB read, each byte once", "at the rate measured", "at 2 GB/s"], rows),
            f"A thousand whole models of 7 B parameters (14 GB each) are {thousand / 1e12:.0f} TB: {minutes(thousand / rate)} at the rate "
            f"measured for linear ({rate / 1e9:.1f} GB/s), {minutes(thousand / DISK)} at 2 GB/s."]


def replace(text, mark, lines):
    begin, end = MARKS[mark]
    before, rest = text.split(begin)
    return before + begin + "\n" + "\n".join(lines).rstrip("\n") + "\n" + end + rest.split(end)[1]


def main():
    folder, page = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    found = load(folder, "speed-models.json")
    numbers = kernels(folder) + files(found) + files(load(folder, "speed-models-disk.json")) + peers(found) + curve(folder)
    text = page.read_text()
    text = replace(text, "numbers", numbers or ["No run has been published yet, so nothing is claimed."])
    page.write_text(replace(text, "larger", larger(folder)))


if __name__ == "__main__":
    main()
