#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Signals to the scan and to its workers, in the middle of the work: stops.py PROVSCAN SOURCE

    SIGINT, SIGTERM   stop within 2 s with exit code 3 and one line; the same command goes on to the same manifest
    twice             the second ends the program at once
    worker            SIGKILL, SIGSEGV, SIGSTOP: nothing is lost
"""
import json, os, shutil, signal, subprocess, sys, tempfile, time

PROVSCAN, SOURCE = (os.path.abspath(path) for path in sys.argv[1:3])
WORK = tempfile.mkdtemp()
DATA, OUT = os.path.join(WORK, "data"), os.path.join(WORK, "out")
FAULTS = []
# Sanitizers make everything slower: what is bounded is our waiting, not their speed.
SLOW = 1 if os.environ.get("PRELOAD_DIR") else 5


def check(holds, words):
    if not holds:
        FAULTS.append(words)
        print("FAIL:", words, flush=True)


def start(out=OUT, *options, jobs=2):
    command = [PROVSCAN, "scan", DATA, "-o", out, "-q", "-j", str(jobs), "--as-of", "2025-06-01", "--cache", os.path.join(WORK, "cache"), *options]
    return subprocess.Popen(command, env={**os.environ, "PROVSCAN_POLICIES": os.path.join(SOURCE, "policies")}, stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)


def finish(child, seconds=300):
    """Exit code, words."""
    try:
        words = child.communicate(timeout=seconds)[1]
    except subprocess.TimeoutExpired:
        child.kill()
        child.communicate()
        return "hang", b""
    return child.returncode, words


def outcome(out=OUT):
    files = []
    for name in ("manifest.json", "items.jsonl.zst"):
        with open(os.path.join(out, name), "rb") as file:
            files.append(file.read())
    return files


def children(pid):
    try:
        with open(f"/proc/{pid}/task/{pid}/children") as file:
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def at_work(child):
    """Wait until a worker reads data: then the store is there, and some of it is written. Its process id, or None."""
    for _ in range(6000):
        workers = children(child.pid)
        if workers and os.path.exists(os.path.join(OUT, "scan.db-wal")) and cpu_ticks(workers[0]) >= 8:
            return workers[0]
        if child.poll() is not None:
            return None
        time.sleep(0.005)
    return None


def lives(pid):
    """A zombie does not: who reaps orphans is the system's affair."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def cpu_ticks(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
    except OSError:
        return 0


def stops_and_goes_on(number, expected, code):
    shutil.rmtree(OUT, ignore_errors=True)
    child = start()
    worker = at_work(child)
    check(worker is not None, f"{number.name}: the scan was over before it could be stopped")
    before = time.monotonic()
    child.send_signal(number)
    stopped, words = finish(child)
    seconds = time.monotonic() - before
    check(stopped == 3, f"{number.name}: exit code {stopped}, expected 3")
    check(words == b"provscan: interrupted: the same command goes on where this one stopped\n", f"{number.name}: says {words}")
    check(seconds <= 2 * SLOW, f"{number.name}: took {seconds:.1f} s to stop")
    check(not lives(worker), f"{number.name}: a worker is left behind")
    check(not os.path.exists(os.path.join(OUT, "manifest.json")), f"{number.name}: a manifest of half a scan")
    resumed = finish(start())
    check(resumed == (code, b""), f"after {number.name}: {resumed}")
    check(outcome() == expected, f"after {number.name}: another manifest")
    print(f"{number.name}: stopped in {seconds:.2f} s", flush=True)


def second_ends_at_once(expected, code):
    shutil.rmtree(OUT, ignore_errors=True)
    child = start()
    worker = at_work(child)
    os.kill(child.pid, signal.SIGSTOP)  # both arrive before it can act on the first
    child.send_signal(signal.SIGINT)
    os.kill(child.pid, signal.SIGCONT)
    time.sleep(0.002)
    child.send_signal(signal.SIGINT)
    stopped, _ = finish(child)
    check(stopped in (-signal.SIGINT, 3), f"second SIGINT: exit code {stopped}")
    time.sleep(0.2)
    check(not lives(worker), "second SIGINT: a worker is left behind")
    check(finish(start())[0] == code and outcome() == expected, "after a second SIGINT: another manifest")


def worker_gone(number, expected, code):
    shutil.rmtree(OUT, ignore_errors=True)
    child = start(OUT, "--limit", "stall-ms=1500")
    worker = at_work(child)
    check(worker is not None, f"worker, {number.name}: the scan was over too early")
    os.kill(worker, number)
    ended, words = finish(child)
    check((ended, words) == (code, b""), f"worker, {number.name}: exit code {ended}, {words}")
    check(told(outcome()[0]) == told(expected[0]), f"worker, {number.name}: another manifest")
    print(f"worker, {number.name}: {ended}", flush=True)


def told(manifest):
    """Without the limits in force: one is moved here."""
    content = json.loads(manifest)
    for key in ("limits", "plan_sha256"):
        del content["made_by"][key]
    return content


def main():
    subprocess.run([os.path.join(SOURCE, "tests/make_tree.py"), DATA, "12"], check=True)
    os.mkdir(os.path.join(WORK, "cache"))
    code, words = finish(start(os.path.join(WORK, "reference")))
    check(code in (1, 2), f"undisturbed: {code} {words}")
    expected = outcome(os.path.join(WORK, "reference"))
    for number in (signal.SIGINT, signal.SIGTERM):
        stops_and_goes_on(number, expected, code)
    second_ends_at_once(expected, code)
    for number in (signal.SIGKILL, signal.SIGSEGV, signal.SIGSTOP):
        worker_gone(number, expected, code)
    shutil.rmtree(WORK)
    print(f"{6 - len(FAULTS)} passed, {len(FAULTS)} failed")
    sys.exit(1 if FAULTS else 0)


main()
