#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Scan what fixtures/hostile/make_archives.py made, and compare with what it must give.

hostile_archives.py PROVSCAN DIR [PART]    DIR as the generator left it; PART: only cases whose name holds this

One scan takes the cases under DIR/many, and each under DIR/alone has one of its own, held to its seconds of
processor time and mebibytes. No scan may end in an error, start a program, write outside of its output folder, or let
a byte through that a terminal, a browser or a parser would obey.
"""
import json, os, shutil, sqlite3, subprocess, sys

PROVSCAN, DIR = sys.argv[1:3]
PART = sys.argv[3] if len(sys.argv) > 3 else ""
BOUNDED = "NO_MEMORY_BOUND" not in os.environ  # sanitizers are slow and large
PATIENCE = [] if BOUNDED else ["--limit", "stall-ms=300000"]
# libarchive may crash on what is damaged; our own readers may not.
MAY_CRASH = (".7z", ".cab", ".iso", ".rar", ".rar4")
PROGRAMS = ("lzop lrzip grzip gzip bzip2 xz lzma lzip zstd lz4 compress uncompress zcat 7z 7za unzip rar unrar tar cpio file sh bash cat").split()
WAIT_SECONDS = 600
FAULTS = []


def fault(case, words):
    FAULTS.append(f"{case}: {words}")


def make_bench():
    """Folders that must stay as they are: home, temporary files, present folder; and programs that tell when they are run."""
    for name in ("home", "tmp", "here", "programs"):
        os.makedirs(os.path.join(DIR, name), exist_ok=True)
    for name in PROGRAMS:
        path = os.path.join(DIR, "programs", name)
        with open(path, "w") as file:
            file.write(f"#!/usr/bin/python3\nopen({os.path.join(DIR, 'started')!r}, 'a').write({name!r})\n")
        os.chmod(path, 0o755)


def scan(root, out, *options):
    """(exit code, everything printed, processor seconds, MiB)"""
    command = [os.path.abspath(PROVSCAN), "scan", root, "-o", out, "-j", "2", "--as-of", "2025-06-01",
               "--cache", os.path.join(DIR, "cache"), *PATIENCE, *options]
    environment = {**os.environ, "PATH": os.path.join(DIR, "programs"), "HOME": os.path.join(DIR, "home"), "TMPDIR": os.path.join(DIR, "tmp")}
    with open(os.path.join(DIR, "printed"), "w+b") as printed:
        try:
            code = subprocess.run(["/usr/bin/time", "-q", "-o", os.path.join(DIR, "used"), "-f", "%U %S %M", *command], stdout=printed,
                                  stderr=subprocess.STDOUT, cwd=os.path.join(DIR, "here"), env=environment, timeout=WAIT_SECONDS).returncode
        except subprocess.TimeoutExpired:
            return -1, b"still running", WAIT_SECONDS, 0
        printed.seek(0)
        with open(os.path.join(DIR, "used")) as file:
            user, system, kibibytes = map(float, file.read().split())
        return code, printed.read(), user + system, kibibytes / 1024


class Found:
    """What the store of a scan says of one unit: members' digests and kinds, defects and findings by item."""

    def __init__(self):
        self.members, self.defects, self.findings = {}, {}, {}

    def codes(self):
        return sorted({code for codes in self.defects.values() for code in codes})


def recorded(out):
    store = sqlite3.connect(f"file:{out}/scan.db?mode=ro", uri=True)
    units, paths = {}, {}
    for unit, path in store.execute("SELECT id, path FROM unit"):
        paths[unit] = bytes(path)
        units[bytes(path)] = Found()
    items = {}
    for unit, ordinal, path, digest in store.execute("SELECT unit, ordinal, path, sha256 FROM item"):
        items[unit, ordinal] = bytes(path)
        units[paths[unit]].members.setdefault(bytes(path).hex(), []).append(digest.hex() if digest else None)
    for unit, item, kind, code, count in store.execute("SELECT unit, item, kind, code, count FROM fact"):
        found = units[paths[unit]]
        if kind == 0:
            found.defects.setdefault(items[unit, item].hex(), []).append(code)
        elif kind == 1:
            found.findings[code] = found.findings.get(code, 0) + count
    store.close()
    locators = {paths[unit] + (b"!/" + path if path else b"") for (unit, _), path in items.items()}
    return units, locators


def wrong_members(found, truth):
    return [path for path, digest in truth.items() if path not in found.members or digest and digest not in found.members[path]]


def check(case, found):
    name = case["case"]
    if found is None:
        return fault(name, "is not in the store")
    codes = found.codes()
    missing = [code for code in case["codes"] if code not in codes]
    if missing:
        fault(name, f"{missing} not recorded, but {codes}")
    if case["any_of"] and not set(case["any_of"]) & set(codes):
        fault(name, f"none of {case['any_of']} recorded, but {codes}")
    if case["clean"] and [code for code in codes if not code.startswith("type.")]:
        fault(name, f"is legal, and has {found.defects}")
    if case["recorded"] and not codes:
        fault(name, "nothing was recorded")
    for path, wanted in case["at"].items():
        lacking = set(wanted) - set(found.defects.get(path, []))
        if lacking:
            fault(name, f"{bytes.fromhex(path)[:60]} lacks {sorted(lacking)}, has {found.defects.get(path)}")
    for path in wrong_members(found, case["truth"]):
        fault(name, f"{bytes.fromhex(path)[:60]} is {'another' if path in found.members else 'missing'}; {codes}")
    if case["truth_or_recorded"] and not codes and wrong_members(found, case["truth_or_recorded"]):
        fault(name, "other bytes, and nothing recorded")
    for path in case["absent"]:
        if path in found.members:
            fault(name, f"{bytes.fromhex(path)} should not be there")
    for code, count in case["findings"].items():
        if found.findings.get(code, 0) != count:
            fault(name, f"{found.findings.get(code, 0)} of {code}, expected {count}")
    crashes = [code for code in codes if code.startswith("parser.")]
    if crashes and not name.endswith(MAY_CRASH):
        fault(name, f"{crashes} in a reader of our own")


def check_words(case, out, printed, locators):
    """What people and programs read of a scan holds no byte that they would obey, and all names."""
    if any(byte < 0x20 and byte != 0x0A or byte == 0x7F for byte in printed):
        fault(case, "a control character reaches the terminal")
    with open(f"{out}/report.html", encoding="utf-8") as file:
        html = file.read()
    for words in ("<script>alert", "<img src=x", "<svg onload", "' onmouseover", "\x1b", "\u202e", "\u200b", "\x9b"):
        if words in html:
            fault(case, f"{words!r} in the page")
    with open(f"{out}/manifest.json", encoding="utf-8") as file:
        json.load(file)
    lines = subprocess.run(["/usr/bin/zstd", "-dc", f"{out}/items.jsonl.zst"], check=True, capture_output=True).stdout.splitlines()
    said = set()
    for line in lines:
        item = json.loads(line)
        said.add(bytes.fromhex(item["locator_hex"]) if "locator_hex" in item else item["locator"].encode())
    for locator in sorted(locators ^ said)[:5]:
        fault(case, f"{locator[-80:]} is {'not in the items' if locator in locators else 'not in the store'}")


def state_of(folder):
    """Names, sizes and times of everything in a folder."""
    return sorted((root, name, os.lstat(os.path.join(root, name)).st_size, os.lstat(os.path.join(root, name)).st_mtime_ns)
                  for root, folders, files in os.walk(folder) for name in folders + files)


def check_bounds(case, seconds, mebibytes, seconds_max, mebibytes_max):
    print(f"{case:40} {seconds:6.1f} s {mebibytes:6.0f} MiB")
    if BOUNDED and seconds > seconds_max:
        fault(case, f"{seconds:.1f} s of processor time, {seconds_max} allowed")
    if BOUNDED and mebibytes > mebibytes_max:
        fault(case, f"{mebibytes:.0f} MiB, {mebibytes_max} allowed")


def run(name, root, cases, seconds_max, mebibytes_max):
    """cases: {path below root: case}"""
    out = os.path.join(DIR, "out")
    code, printed, seconds, mebibytes = scan(root, out)
    if code not in (1, 2, 3):
        fault(name, f"exit code {code}: {printed[-500:]}")
    check_bounds(name, seconds, mebibytes, seconds_max, mebibytes_max)
    if os.path.exists(f"{out}/report.html"):
        units, locators = recorded(out)
        for path, case in cases.items():
            check(case, units.get(path))
        check_words(name, out, printed, locators)
    shutil.rmtree(out, ignore_errors=True)


def main():
    with open(os.path.join(DIR, "expected.json")) as file:
        cases = [case for case in json.load(file) if PART in case["case"]]
    make_bench()
    scan(os.path.join(DIR, "here"), os.path.join(DIR, "out"))  # the pattern databases are compiled once
    shutil.rmtree(os.path.join(DIR, "out"))
    watched = [os.path.join(DIR, name) for name in ("many", "alone", "home", "tmp", "here")]
    before = [state_of(folder) for folder in watched]
    many = {case["case"].encode(): case for case in cases if not case["alone"]}
    if many:
        run("all but those alone", os.path.join(DIR, "many"), many, 60, 512)
    for case in cases:
        if case["alone"]:
            root = os.path.join(DIR, "alone", case["case"])
            run(case["case"], root, {os.path.basename(case["case"]).encode(): case}, case["seconds"], case["mebibytes"])
    for folder, old in zip(watched, before):
        if state_of(folder) != old:
            fault(folder, "was written to")
    if os.path.exists(os.path.join(DIR, "started")):
        fault("programs", "a program was started")
    print("\n".join(FAULTS))
    print(f"{len(cases)} hostile files, {len(FAULTS)} faults")
    sys.exit(1 if FAULTS else 0)


main()
