#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make one call of the whole program fail, or all from one on, at points spread over a scan: inject.py PROVSCAN SOURCE PRELOAD_DIR [POINTS]

A scan of an honest dataset that is allowed when nothing fails, again and again, with preload_fail.c in front of libc. What must
hold each time:

    * the supervisor does not crash, and nothing hangs
    * exit code 0: manifest and items are those of the undisturbed scan, byte for byte
    * exit code 1 to 3: the manifest names what was not read
    * exit code 4 or 5: one line on standard error says why; no half-written file has a final name
    * after 4 or 5 the same command, undisturbed, goes on and ends with the manifest of the undisturbed scan
"""
import collections, json, os, shutil, subprocess, sys, tempfile

PROVSCAN, SOURCE, PRELOAD_DIR = (os.path.abspath(path) for path in sys.argv[1:4])
NPOINTS = int(sys.argv[4]) if len(sys.argv) > 4 else 150
SHIM = os.path.join(PRELOAD_DIR, "libpreload_fail.so")
TIMEOUT_S = int(os.environ.get("INJECT_TIMEOUT", "60"))
# How the points are shared out. EIO = 5, ENOMEM = 12, EMFILE = 24, ENOSPC = 28.
KINDS = [("supervisor", "alloc", 12, 0.32), ("worker", "alloc", 12, 0.28), ("worker", "read", 5, 0.12), ("supervisor", "read", 5, 0.10),
         ("supervisor", "write", 28, 0.10), ("worker", "write", 5, 0.03), ("supervisor", "open", 24, 0.05)]
WORK = tempfile.mkdtemp()
FAULTS = []


def policies():
    """The policies of the golden tests: of no law, so that no change of a real one changes what is allowed here."""
    folder = os.path.join(WORK, "policies")
    shutil.copytree(os.path.join(SOURCE, "tests/golden/policies"), folder)
    shutil.copytree(os.path.join(SOURCE, "policies/licenses"), os.path.join(folder, "licenses"))
    return folder


def scan(out, **environment):
    command = [PROVSCAN, "scan", os.path.join(WORK, "data"), "-o", out, "-q", "-p", "core", "-j", "1", "--as-of", "2025-06-01",
               "--cache", os.path.join(WORK, "cache")]
    environment = {**os.environ, "PROVSCAN_POLICIES": os.path.join(WORK, "policies"), **environment}
    child = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        words = child.communicate(timeout=TIMEOUT_S)[1]
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return "hang", b""
    return child.returncode, words


def content(out, name):
    try:
        with open(os.path.join(out, name), "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def faults_of(code, words, out, expected):
    manifest, items = content(out, "manifest.json"), content(out, "items.jsonl.zst")
    if code == "hang" or code < 0:
        return [f"hang" if code == "hang" else f"signal {-code}"]
    if code == 0:
        return [] if (manifest, items) == expected else ["exit code 0, and another manifest"]
    if code <= 3:
        told = json.loads(manifest)
        return [] if told["defects"] and not told["verdict"]["everything_read"] else [f"exit code {code}, and the manifest tells no reason"]
    faults = []
    if not words.startswith(b"provscan: ") or words.count(b"\n") != 1:
        faults.append(f"exit code {code}, and says {words[:200]}")
    if manifest is not None:
        json.loads(manifest)
    if subprocess.run(["zstd", "-tq", os.path.join(out, "items.jsonl.zst")], capture_output=True).returncode and items is not None:
        faults.append("half an items.jsonl.zst")
    code, words = scan(out)
    if code != 0 or content(out, "manifest.json") != expected[0]:
        faults.append(f"the scan after it: exit code {code}, {words[:200]}")
    leftovers = [name for name in os.listdir(out) if name.endswith(".part")]
    return faults + ([f"left behind: {leftovers}"] if leftovers else [])


def main():
    subprocess.run([os.path.join(SOURCE, "tests/make_tree.py"), os.path.join(WORK, "data"), "0.05"], check=True)
    os.mkdir(os.path.join(WORK, "cache"))
    policies()
    out, count = os.path.join(WORK, "out"), os.path.join(WORK, "count")
    for _ in range(2):  # the first fills the cache
        shutil.rmtree(out, ignore_errors=True)
        code, words = scan(out, LD_PRELOAD=SHIM, PRELOAD_COUNT=count)
        if code != 0:
            sys.exit(f"the undisturbed scan ends with {code}: {words}")
    expected = content(out, "manifest.json"), content(out, "items.jsonl.zst")
    with open(count) as file:
        calls = {(who, what): int(number) for who, what, number in (line.split() for line in file)}
    codes = collections.Counter()
    for who, what, number, share in KINDS:
        npoints = min(max(round(NPOINTS * share), 1), 2 * calls[who, what])
        for i in range(npoints):
            nth, how = 1 + i * calls[who, what] // npoints, ("once", "on")[i % 2]
            shutil.rmtree(out)
            code, words = scan(out, LD_PRELOAD=SHIM, PRELOAD_FAIL=f"{who} {what} {nth} {how} {number}")
            codes[code] += 1
            os.makedirs(out, exist_ok=True)
            for fault in faults_of(code, words, out, expected):
                FAULTS.append(f"{who} {what} {nth} {how} {number}: {fault}")
                print(FAULTS[-1], flush=True)
    shutil.rmtree(WORK)
    print(f"{sum(codes.values())} failures injected into a scan of {sum(calls.values())} calls; exit codes: " +
          ", ".join(f"{code}: {n}" for code, n in sorted(codes.items(), key=str)) + f"; {len(FAULTS)} faults")
    sys.exit(1 if FAULTS else 0)


main()
