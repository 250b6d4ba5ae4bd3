#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scan the trees of fixtures/hostile/make_tree.py and compare with what they must give: hostile_tree.py PROVSCAN DIR"""
import json, os, resource, shutil, sqlite3, subprocess, sys, time

PROVSCAN, DIR = sys.argv[1:3]
KINDS = ("file", "directory", "symlink", "special", "alias", "skipped", "unreadable")
FAULTS = []


def scan(case, root, out):
    """Exit code, everything printed, seconds and MiB."""
    command = [PROVSCAN, "scan", root, "-o", out, "-j", "2", "--as-of", "2025-06-01", "--cache", os.path.join(DIR, "cache"), "-v"]
    start = time.monotonic()
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        printed = child.communicate(timeout=10 * case["seconds"])[0]
    except subprocess.TimeoutExpired:
        child.kill()
        printed = child.communicate()[0]
        FAULTS.append(f"{case['case']}: still running after {10 * case['seconds']} s")
    return child.returncode, printed, time.monotonic() - start


def recorded(out):
    """Path -> [kind, defects of the unit itself]."""
    store = sqlite3.connect(f"file:{out}/scan.db?mode=ro", uri=True)
    store.text_factory = bytes
    found = {}
    for unit, path, kind in store.execute("SELECT id, path, kind FROM unit"):
        codes = store.execute("SELECT code FROM fact WHERE unit = ? AND item = 0 AND kind = 0 ORDER BY code", (unit,))
        found[bytes(path).hex()] = [KINDS[kind]] + [code.decode() for (code,) in codes]
    store.close()
    return found


def check_units(case, found):
    for path, expected in case["units"].items():
        if found.get(path) != expected:
            shown = bytes.fromhex(path)
            FAULTS.append(f"{case['case']}: {shown[-60:]}: {found.get(path)}, expected {expected}")
    if not case.get("only"):
        for path in sorted(set(found) - set(case["units"])):
            FAULTS.append(f"{case['case']}: {bytes.fromhex(path)[-60:]}: {found[path]} is not expected")
    for kind, count in case.get("counts", {}).items():
        got = sum(unit[0] == kind for unit in found.values())
        if got != count:
            FAULTS.append(f"{case['case']}: {got} of kind {kind}, expected {count}")


def check_words(case, out, printed):
    texts = {"terminal": printed}
    for name in ("manifest.json", "report.html"):
        with open(f"{out}/{name}", "rb") as file:
            texts[name] = file.read()
    texts["items"] = subprocess.run(["zstd", "-dc", f"{out}/items.jsonl.zst"], check=True, capture_output=True).stdout
    results = json.loads(texts["manifest.json"])["results"]
    complete = [r["conformity"] == "conform" for r in results if r["rule"] == "core.scan.complete"]
    if complete != [not case.get("incomplete", False)]:
        FAULTS.append(f"{case['case']}: core.scan.complete conforms: {complete}")
    for line in texts["items"].splitlines():
        json.loads(line)
    if any(byte < 0x20 and byte != 0x0A for byte in printed):
        FAULTS.append(f"{case['case']}: a control character reaches the terminal")
    where = {"anywhere": texts, "shown": ("terminal", "report.html"), "html": ("report.html",)}
    for scope, forbidden in case.get("never", {}).items():
        for name in where[scope]:
            for words in forbidden:
                if bytes.fromhex(words) in texts[name]:
                    FAULTS.append(f"{case['case']}: {bytes.fromhex(words)} in {name}")


def main():
    with open(os.path.join(DIR, "expected.json")) as file:
        expected = json.load(file)
    ncases = 0
    for case in expected["cases"]:
        root, out = os.path.join(DIR, case["case"], "t"), os.path.join(DIR, case["case"], "out")
        ncases += 1
        code, printed, seconds = scan(case, root, out)
        if code not in (1, 2, 3):  # never 0: none of these was declared; never 4 or 5
            FAULTS.append(f"{case['case']}: exit code {code}: {printed[-300:]}")
        print(f"{case['case']:16} {seconds:6.1f} s")
        if seconds > case["seconds"] * 3:  # of a busy machine with sanitizers
            FAULTS.append(f"{case['case']}: took {seconds:.1f} s")
        if not os.path.exists(f"{out}/report.html"):
            FAULTS.append(f"{case['case']}: no report")
            continue
        check_units(case, recorded(out))
        check_words(case, out, printed)
        shutil.rmtree(out)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    if peak > 512 and "NO_MEMORY_BOUND" not in os.environ:
        FAULTS.append(f"peak of {peak:.0f} MiB")
    for left_out in expected["left_out"]:
        print("left out:", left_out)
    print("\n".join(FAULTS))
    print(f"{ncases} hostile trees, {len(FAULTS)} faults, peak {peak:.0f} MiB")
    sys.exit(1 if FAULTS else 0)


main()
