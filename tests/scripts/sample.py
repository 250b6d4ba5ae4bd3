# SPDX-License-Identifier: Apache-2.0
"""
The manual sample, by other means than provscan's own.

    sample.py make DIR                      a dataset of three sources: many small files, records, a single file
    sample.py draw OUT N                    draw again from the store by the recipe, compare with OUT/sample.csv
    sample.py mark SHEET MARKED BAD [HOW]   fill in a worksheet: BAD entries are not clean; HOW spoils or changes it
    sample.py result OUT SAID N BAD         rate, bounds and both readings, by exact sums in decimals
    sample.py stale OUT                     the sample no longer counts
"""
import csv
import hashlib
import json
import math
import os
import re
import sqlite3
import sys
from decimal import Decimal, getcontext


def make(folder):
    for name in ("a", "b", "c"):
        os.makedirs(f"{folder}/{name}")
    for i in range(700):
        with open(f"{folder}/a/{i:03}.txt", "w") as file:
            file.write(f"text number {i}, \"quoted\"; and more\n")
    with open(f"{folder}/b/rows.jsonl", "w") as file:
        for i in range(300):
            file.write(json.dumps({"text": f"record {i}"}) + "\n")
    with open(f"{folder}/c/=cmd,evil\n.txt", "w") as file:
        file.write("a single one\n")
    sources = [{"source": {"id": name}, "provscan": {"match": [f"{name}/**"]}} for name in ("a", "b", "c")]
    with open(f"{folder}/provscan.sources.json", "w") as file:
        json.dump(sources, file)


def store(out):
    db = sqlite3.connect(f"file:{out}/scan.db?mode=ro", uri=True)
    db.text_factory = bytes
    return db


def entries_of(db):
    """For each source its entries in the order of the crawl: (sha256, row)."""
    found = {}
    for source, sha256, rows in db.execute(
            "SELECT f.source, lower(hex(i.sha256)), coalesce(r.nvalues, 0) FROM item_facts AS f"
            " JOIN item AS i ON i.unit = f.unit_id AND i.ordinal = f.item"
            " LEFT JOIN row_column AS r ON r.unit = f.unit_id AND r.item = f.item AND r.ordinal = 0"
            " WHERE f.is_content = 1 ORDER BY f.unit, f.item"):
        entries = found.setdefault(source, [])
        if rows:
            entries += [(sha256.decode(), str(row)) for row in range(1, rows + 1)]
        else:
            entries.append((sha256.decode(), ""))
    return found


def allocate(sizes, n):
    total = sum(sizes.values())
    if total <= n:
        return dict(sizes)
    share = {s: n * size // total for s, size in sizes.items()}
    by_rest = sorted(sizes, key=lambda s: (-(n * sizes[s] % total), s))
    for s in by_rest[: n - sum(share.values())]:
        share[s] += 1
    for s in sorted(sizes):
        largest = min(share, key=lambda t: (-share[t], t))
        if not share[s] and share[largest] > 1:
            share[s] = 1
            share[largest] -= 1
    return share


def draw(out, n):
    db = store(out)
    root = json.load(open(f"{out}/manifest.json"))["dataset"]["root_digest_sha256"]
    entries = entries_of(db)
    expected = []
    for source, count in allocate({s: len(e) for s, e in entries.items()}, n).items():
        size, numbers, k = len(entries[source]), set(), 0
        limit = (2**64 - 1) // size * size
        while len(numbers) < count and count < size:
            x = int.from_bytes(hashlib.sha256(f"tc260:{root}:{source}:{k}".encode()).digest()[:8], "big")
            k += 1
            if x < limit:
                numbers.add(x % size)
        expected += [entries[source][i] for i in (sorted(numbers) if count < size else range(size))]
    lines = list(csv.DictReader(open(f"{out}/sample.csv", newline="", encoding="utf-8")))
    assert [int(line["number"]) for line in lines] == list(range(1, len(lines) + 1))
    drawn = [(line["sha256"], line["row"]) for line in lines]
    assert sorted(drawn) == sorted(expected), f"{len(drawn)} drawn, {len(expected)} expected"
    assert len(drawn) == min(n, sum(map(len, entries.values())))
    assert {line["source"] for line in lines} == {"a", "b", "c"}, "every source is in the sample"


def mark(sheet, marked, bad, how=None):
    text = open(sheet, newline="", encoding="utf-8").read()
    rows = list(csv.reader(text.splitlines(keepends=True)))
    head, lines = rows[0], rows[1:]
    at = {name: i for i, name in enumerate(head)}
    words = (["clean", "OK", "1", "合格"], ["bad", "not clean", "0", "不合格"])
    for i, line in enumerate(lines):
        line[at["mark"]] = words[i < bad][i % 4]
    if how == "word":
        lines[5][at["mark"]] = "perhaps"
    elif how == "digest":
        lines[5][at["sha256"]] = "0" * 64
    elif how == "twice":
        lines[5] = lines[6]
    elif how == "number":
        lines[5][at["number"]] = "401"
    elif how == "heading":
        head[at["mark"]] = "opinion"
    elif how == "empty":
        for line in lines:
            line[at["mark"]] = ""
    with open(marked, "w", newline="", encoding="utf-8-sig" if how == "spreadsheet" else "utf-8") as file:
        writer = csv.writer(file, delimiter=";" if how == "spreadsheet" else ",",
                            lineterminator="\n" if how == "spreadsheet" else "\r\n")
        writer.writerow(head)
        writer.writerows(reversed(lines) if how == "spreadsheet" else lines)


def at_most(n, k, p):
    return sum(Decimal(math.comb(n, i)) * p**i * (1 - p) ** (n - i) for i in range(k + 1))


def upper(n, k):
    low, high = Decimal(0), Decimal(1)
    for _ in range(40):
        p = (low + high) / 2
        low, high = (p, high) if at_most(n, k, p) > Decimal("0.05") else (low, p)
    return high


def result(out, said, n, bad):
    getcontext().prec = 50
    high, low = upper(n, bad), 1 - upper(n, n - bad) if bad else Decimal(0)
    text = open(said).read()
    found = re.search(r"not clean: ([\d.]+) %; of the whole at least ([\d.]+) %, at most ([\d.]+) %", text)
    for value, expected in zip(found.groups(), (Decimal(bad) / n, low, high)):
        assert abs(Decimal(value) / 100 - expected) <= Decimal("0.000006"), (value, expected)
    assert ("share of the sample: met" in text) == (Decimal(bad) / n <= Decimal("0.04"))
    assert ("95 % confidence: met" in text) == (high <= Decimal("0.04"))
    marked, clean, bad_upper = store(out).execute(
        "SELECT marked, clean, bad_upper FROM review_sample WHERE is_current = 1").fetchone()
    assert (marked, clean) == (n, n - bad) and abs(Decimal(bad_upper) - high) < Decimal("1e-9")
    manifest = json.load(open(f"{out}/manifest.json"))
    results = {r["rule"]: r for r in manifest["results"]}
    sample = manifest["judged_by"]["manual_sample"]
    if sample["marked"]:
        assert results["cn.content.manual-sample"]["conformity"] == "not_conform", "400 are fewer than 4,000"


def stale(out):
    row = store(out).execute("SELECT is_current FROM review_sample").fetchone()
    assert row == (0,), row
    manifest = json.load(open(f"{out}/manifest.json"))
    rule = next(r for r in manifest["results"] if r["rule"] == "cn.content.manual-sample")
    assert rule["conformity"] == "undetermined", rule


if __name__ == "__main__":
    words = sys.argv[1:]
    if words[0] == "make":
        make(words[1])
    elif words[0] == "draw":
        draw(words[1], int(words[2]))
    elif words[0] == "mark":
        mark(words[1], words[2], int(words[3]), *words[4:])
    elif words[0] == "result":
        result(words[1], words[2], int(words[3]), int(words[4]))
    else:
        stale(words[1])
