#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Measure provscan beside what others need for part of its work: bench.py PROVSCAN CORPORA SIZE

bench.sh calls this with corpora made. Prints Markdown: every figure of one run, the ratios, and which of the project's
bars are met. Wall is the median of RUNS (default 3) runs that alternate with their baseline's; CPU is user and system time
of that run; memory is that of the largest process. LICENSES=1 adds licensecheck to the pipeline (minutes).
"""
import datetime, os, platform, shutil, subprocess, sys, tempfile, time

PROVSCAN, CORPORA, SIZE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3]
HERE = os.path.dirname(os.path.abspath(__file__))
POLICIES = os.path.join(HERE, "../../policies")
MICRO = os.path.join(os.path.dirname(PROVSCAN), "tests/bench_inspect")
RUNS = int(os.environ.get("RUNS", "3"))
WORK = tempfile.mkdtemp(prefix="provscan-bench-")
CACHE = WORK + "/cache"
os.mkdir(CACHE)
bars = []


def run(command):
    """wall s, CPU s, MiB of the largest process. An exit code is a verdict, not a failure."""
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        null = os.open("/dev/null", os.O_WRONLY)
        os.dup2(null, 1)
        os.dup2(null, 2)
        os.execv("/bin/bash", ["bash", "-c", command])
    _, _, usage = os.wait4(child, 0)
    return time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def pair(ours, theirs, runs=RUNS):
    both = [(run(ours), run(theirs)) for _ in range(runs)]
    middle = runs // 2
    return sorted(a for a, _ in both)[middle], sorted(b for _, b in both)[middle]


def scan(path, jobs=2, cache=CACHE):
    return f"rm -rf {WORK}/out; {PROVSCAN} scan {path} -o {WORK}/out -q -j {jobs} --policies {POLICIES} --cache '{cache}'"


def size_of(command):
    return int(subprocess.run(["bash", "-c", command], capture_output=True, check=True).stdout)


def bar(number, what, figure, wanted, met):
    bars.append(f"| {number} | {what} | {wanted} | {figure} | {'met' if met else '**missed**'} |")


def at_most(number, what, value, limit, unit=""):
    bar(number, what, f"{value:.2f}{unit}", f"<= {limit}{unit}", value <= limit)


def at_least(number, what, value, limit, unit=""):
    bar(number, what, f"{value:.3g}{unit}", f">= {limit}{unit}", value >= limit)


def decompressed(name):
    path = f"{CORPORA}/{name}"
    if name.endswith(".gz"):
        return f"gzip -dc {path} | wc -c"
    if name.endswith(".zst"):
        return f"zstd -dcq {path} | wc -c"
    return f"bsdtar -xOf {path} | wc -c"


def table(title, head, rows):
    print(f"\n## {title}\n\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()


def end_to_end():
    rows, rss, cpus = [], 0, {}
    baselines = [
        ("text.jsonl.gz", decompressed("text.jsonl.gz"), "P1", 0.45), ("tree.tar.gz", decompressed("tree.tar.gz"), "P1", 0.5),
        ("crawl.warc.gz", decompressed("crawl.warc.gz"), "P1", 0.45), ("text.jsonl.gz", f"igzip -dc {CORPORA}/text.jsonl.gz", "", 0),
        ("tree.tar.gz", f"igzip -dc {CORPORA}/tree.tar.gz", "", 0),
        ("text.jsonl.zst", decompressed("text.jsonl.zst"), "P2", 2.0), ("tree.tar.zst", decompressed("tree.tar.zst"), "P2", 2.5),
        ("tiny.tar.zst", decompressed("tiny.tar.zst"), "P2", 2.5), ("tree.zip", decompressed("tree.zip"), "P3", 0.75),
        ("tree.tar.xz", f"xz -dc {CORPORA}/tree.tar.xz", "", 0),
        ("tree.tar.gz", f"bsdtar -xOf {CORPORA}/tree.tar.gz | sha256sum", "", 0),
        ("nested.tar", f"bsdtar -xOf {CORPORA}/nested.tar | sha256sum", "", 0),
        ("tree", f"find {CORPORA}/tree -type f -print0 | xargs -0 -P2 -n 256 sha256sum", "", 0),
    ]
    for name, baseline, number, limit in baselines:
        if not os.path.exists(f"{CORPORA}/{name}"):
            continue
        ours, theirs = pair(scan(f"{CORPORA}/{name}"), baseline)
        rss = max(rss, ours[2])
        cpus[name] = ours
        said = baseline.replace(CORPORA + "/", "")
        rows.append([name, f"{ours[0]:.2f}", f"{ours[1]:.2f}", f"{ours[2]:.0f}", f"`{said}`".replace("|", "\\|"), f"{theirs[0]:.2f}",
                     f"{theirs[1]:.2f}", f"{ours[0] / theirs[0]:.2f}", f"{ours[1] / max(theirs[1], 0.01):.2f}"])
        if number:
            at_most(number, f"{name}: wall against `{said.split(' ')[0]}`", ours[0] / theirs[0], limit)
    table("End to end, two threads", ["corpus", "wall s", "CPU s", "MiB", "baseline", "its wall s", "its CPU s", "wall ratio",
                                      "CPU ratio"], rows)
    return rss, cpus


def pipeline(cpus):
    kinds = [("P4", "extract, sha256sum, file, rg", "", 12)]
    if os.environ.get("LICENSES"):
        kinds.append(("P4", "the same and licensecheck", " licenses", 90))
    rows = []
    for number, what, more, limit in kinds:
        ours, theirs = pair(scan(f"{CORPORA}/tree.tar.gz"),
                            f"{HERE}/pipeline.sh {CORPORA}/tree.tar.gz {WORK}/pipeline{more}", 1 if more else RUNS)
        rows.append([what, f"{ours[0]:.2f}", f"{ours[1]:.2f}", f"{theirs[0]:.2f}", f"{theirs[1]:.2f}",
                     f"{theirs[0] / ours[0]:.1f}", f"{theirs[1] / ours[1]:.1f}"])
        at_least(number, f"tree.tar.gz: times faster than {what}", theirs[0] / ours[0], limit)
    table("Against what one would write in a shell (tree.tar.gz)",
          ["pipeline", "provscan wall s", "CPU s", "pipeline wall s", "CPU s", "times faster", "times less CPU"], rows)


def threads():
    rows, worst_wall, worst_cpu = [], 0, 0
    for name in ("text.jsonl.zst", "tree.tar.gz", "tree", "tiny.tar.zst"):
        one, two = pair(scan(f"{CORPORA}/{name}", 1), scan(f"{CORPORA}/{name}", 2))
        rows.append([name, f"{one[0]:.2f}", f"{one[1]:.2f}", f"{two[0]:.2f}", f"{two[1]:.2f}", f"{two[0] / one[0]:.2f}"])
        worst_wall, worst_cpu = max(worst_wall, two[0] / one[0]), max(worst_cpu, two[1] / one[1])
    table("One thread and two", ["corpus", "wall s, -j 1", "CPU s", "wall s, -j 2", "CPU s", "wall ratio"], rows)
    at_most("P8", "worst wall of two threads against one", worst_wall, 0.58)
    at_most("P8", "worst CPU of two threads against one", worst_cpu, 1.10)


def start_up():
    os.makedirs(WORK + "/empty")
    run(scan(WORK + "/empty"))
    warm = sorted(run(scan(WORK + "/empty")) for _ in range(9))[4]
    cold = sorted(run(scan(WORK + "/empty", cache="")) for _ in range(3))[1]
    table("Start-up on an empty folder", ["", "wall ms", "CPU ms"],
          [["compiled patterns cached", f"{warm[0] * 1000:.0f}", f"{warm[1] * 1000:.0f}"],
           ["compiled anew", f"{cold[0] * 1000:.0f}", f"{cold[1] * 1000:.0f}"]])
    at_most("P11", "start-up, cached", warm[0] * 1000, 30, " ms")
    at_most("P11", "start-up, compiling", cold[0], 1, " s")


def engines():
    samples = WORK + "/samples"
    subprocess.run([sys.executable, HERE + "/samples.py", CORPORA, samples], check=True)
    patterns = subprocess.run([MICRO, POLICIES, CACHE, "x", "x", "1", "patterns"], capture_output=True, check=True).stdout
    with open(WORK + "/patterns", "wb") as out:
        out.write(patterns)
    rows = []
    for name, kind in (("english.txt", "text/plain"), ("chinese.txt", "text/plain"), ("code.txt", "text/x-c"),
                       ("lines.jsonl", "application/jsonl")):
        path = f"{samples}/{name}"
        said = subprocess.run([MICRO, POLICIES, CACHE, kind, path, "5"], capture_output=True, check=True, text=True).stdout
        rate = {line.split("\t")[0]: float(line.split("\t")[1]) for line in said.splitlines()}
        head = f"head -c 1000000 {path} >{WORK}/head"
        run(head)
        size = os.path.getsize(WORK + "/head")
        rg = run(f"rg --no-config -a --no-unicode -j1 -o -c -f {WORK}/patterns {WORK}/head || [ $? = 1 ] && touch {WORK}/searched")
        searched = os.path.exists(WORK + "/searched")
        rows.append([name] + [f"{rate[k]:.0f}" for k in ("decode", "license", "pattern", "personal", "vectorscan")] +
                    [f"{size / rg[1] / 1e6:.2f}" if searched else "refused"])
        at_least("P10", f"{name}: detection MB/s a core", rate["pattern"], 800)
        at_least("4", f"{name}: everything MB/s a core", 1 / (1 / rate["license"] + 1 / rate["pattern"]), 400)
        at_least("4", f"{name}: personal data only MB/s a core", rate["personal"], 1000)
    table("Each engine alone, MB/s of processor time",
          ["text", "decode", "licenses", "detectors", "without secrets", "their patterns in one Vectorscan database, only counted",
           "`rg -f`, the same patterns, first MB"], rows)


def main():
    cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), "unknown")
    load = os.getloadavg()
    print(f"# Results: corpus {SIZE}\n\n{datetime.date.today()}, {cpu}, {os.cpu_count()} processors, {platform.release()}. "
          f"Load before the run: {load[0]:.1f}, {load[1]:.1f}, {load[2]:.1f}" +
          (" **(the machine was shared: wall times tell little, CPU times are inflated)**" if load[1] > 0.7 else "") + ".\n"
          f"Median of {RUNS}. `tests/bench/bench.sh` made this file; the bars are the project's own, stated for two quiet cores.")
    run(scan(CORPORA + "/tree.tar.gz"))
    rss, cpus = end_to_end()
    pipeline(cpus)
    threads()
    start_up()
    engines()
    members = size_of(f"bsdtar -tf {CORPORA}/tiny.tar.zst | wc -l")
    files = size_of(f"find {CORPORA}/tree -type f | wc -l")
    text = size_of(decompressed("text.jsonl.zst"))
    at_least("P5", "tiny.tar.zst: thousand members a second", members / cpus["tiny.tar.zst"][0] / 1000, 250)
    at_least("P6", "tree: thousand files a second", files / cpus["tree"][0] / 1000, 32)
    at_most("P7", "largest process", rss, 64, " MiB")
    at_most("P7", "largest process, the hard bound", rss, 256, " MiB")
    at_most("P9", "text.jsonl.zst: CPU s a GB", cpus["text.jsonl.zst"][1] / text * 1e9, 4.0)
    print("\n## Bars\n\nP12 (against bulk_extractor, which Debian does not have) is not measured.\n\n| bar | what | wanted | here | |\n|---|---|---|---|---|")
    for line in sorted(bars):
        print(line)


try:
    main()
finally:
    shutil.rmtree(WORK)
