#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Files that grow, shrink, vanish or become something else while they are scanned: races.py PROVSCAN SOURCE

The worker is stopped in the middle of a big file; by then the crawl has opened some hundred files behind it, and listed
all. Then the files are changed, and the worker goes on. What is recorded:

    opened, then longer or shorter              fs.changed_during_scan
    opened, then unlinked or replaced           what was opened: it has not changed
    listed, then gone                           fs.vanished
    listed, then a FIFO or a link               the FIFO or the link; nothing waits, nothing is followed
"""
import os, shutil, signal, sqlite3, subprocess, sys, tempfile, time

PROVSCAN, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
WORK = tempfile.mkdtemp()
DATA, OUT = os.path.join(WORK, "data"), os.path.join(WORK, "out")
KINDS = ("file", "directory", "symlink", "special", "alias", "skipped", "unreadable")
FAULTS = []


def put(name, data):
    path = os.path.join(DATA, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as file:
        file.write(data)
    return path


def check(name, found, *expected):
    if found not in expected:
        FAULTS.append(f"{name}: {found}, expected {' or '.join(map(str, expected))}")


def worker_of(child):
    """The worker, stopped after it has used 0.1 s of processor time."""
    for _ in range(6000):
        try:
            with open(f"/proc/{child.pid}/task/{child.pid}/children") as file:
                pid = int(file.read().split()[0])
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            if os.path.exists(os.path.join(OUT, "scan.db-wal")) and int(fields[11]) + int(fields[12]) >= 10:
                os.kill(pid, signal.SIGSTOP)
                return pid
        except (OSError, IndexError):
            pass
        time.sleep(0.002)
    sys.exit("no worker at work was seen")


def main():
    line = b'{"text": "a harbour, a tide and a lamp at 10.20.30.40, tel. 555 0100"}\n'
    put("a-big.jsonl", line * 600000)
    grows, shrinks = put("b-grows.txt", b"one line\n"), put("b-shrinks.txt", b"one line\n" * 100000)
    gone, swapped = put("b-unlinked.txt", b"still there\n"), put("b-swapped.txt", b"the old one\n")
    put("b-unchanged.txt", b"nothing happens\n")
    for i in range(3000):
        put(f"z/{i:04}.txt", b"one line\n")
    put("../outside", b"7QX-OUTSIDE\n")
    command = [PROVSCAN, "scan", DATA, "-o", OUT, "-q", "-j", "1", "--as-of", "2025-06-01", "--cache", ""]
    child = subprocess.Popen(command, env={**os.environ, "PROVSCAN_POLICIES": os.path.join(SOURCE, "policies")}, stderr=subprocess.PIPE)
    worker = worker_of(child)
    time.sleep(0.3)  # the crawl goes as far as it may
    with open(grows, "ab") as file:
        file.write(b"another\n")
    os.truncate(shrinks, 5000)
    os.unlink(gone)
    os.rename(put("new", b"the new one, longer\n"), swapped)
    for i, name in enumerate(("2996.txt", "2997.txt", "2998.txt", "2999.txt")):
        os.unlink(os.path.join(DATA, "z", name))
        (lambda path: None, os.mkfifo, lambda path: os.symlink(os.path.join(WORK, "outside"), path), os.mkdir)[i](os.path.join(DATA, "z", name))
    os.kill(worker, signal.SIGCONT)
    try:
        words = child.communicate(timeout=240)[1]
    except subprocess.TimeoutExpired:
        child.kill()
        sys.exit("FAIL: it hangs")
    if child.returncode not in (1, 3):
        FAULTS.append(f"exit code {child.returncode}: {words}")
    store = sqlite3.connect(f"file:{OUT}/scan.db?mode=ro", uri=True)
    found = {}
    for unit, path, kind in store.execute("SELECT id, CAST(path AS TEXT), kind FROM unit"):
        codes = [code for (code,) in store.execute("SELECT code FROM fact WHERE unit = ? AND kind = 0 ORDER BY code", (unit,))]
        found[path] = [KINDS[kind]] + codes
    check("a-big.jsonl", found["a-big.jsonl"], ["file"])
    check("b-grows.txt", found["b-grows.txt"], ["file", "fs.changed_during_scan"])
    check("b-shrinks.txt", found["b-shrinks.txt"], ["file", "fs.changed_during_scan"])
    for name in ("b-unlinked.txt", "b-swapped.txt", "b-unchanged.txt", "z/0000.txt"):
        check(name, found[name], ["file"], ["file", "fs.changed_during_scan"])
    check("z/2995.txt", found["z/2995.txt"], ["file"])
    check("z/2996.txt", found["z/2996.txt"], ["unreadable", "fs.vanished"])
    check("z/2997.txt", found["z/2997.txt"], ["special", "fs.special_file"], ["unreadable", "fs.special_file"])
    check("z/2998.txt", found["z/2998.txt"], ["symlink", "fs.symlink"], ["unreadable", "fs.vanished"], ["unreadable", "fs.changed_during_scan"])
    check("z/2999.txt", found["z/2999.txt"], ["directory"], ["unreadable", "fs.changed_during_scan"], ["unreadable", "fs.special_file"])
    for name in ("scan.db", "manifest.json", "report.html"):
        with open(os.path.join(OUT, name), "rb") as file:
            if b"7QX-OUTSIDE" in file.read():
                FAULTS.append(f"a link was followed out of the root: {name}")
    store.close()
    shutil.rmtree(WORK)
    print("\n".join(FAULTS))
    print(f"files that change while they are scanned: {len(FAULTS)} faults")
    sys.exit(1 if FAULTS else 0)


main()
