# SPDX-License-Identifier: Apache-2.0
"""rows.py make FOLDER EXPECTED: write files of records, and what Python's readers say of them.
rows.py check STORE EXPECTED: compare with what a scan says."""
import csv
import io
import json
import os
import random
import sqlite3
import sys

WORDS = ["alpha", "中文", "naïve", "line\nbreak", "tab\there", 'quote "x"', "back\\slash", "😀", "nul\0nul", "/", "", "a,b", "x;y"]


def text(rng):
    return " ".join(rng.choice(WORDS) for _ in range(rng.randrange(12)))


def value(rng, depth):
    kind = rng.randrange(8 if depth < 4 else 6)
    if kind < 3:
        return text(rng)
    if kind == 3:
        return rng.choice([0, -1, 10**25, 3.25, -1e-7])
    if kind == 4:
        return rng.choice([True, False, None])
    if kind == 5:
        return ""
    if kind == 6:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {key: value(rng, depth + 1) for key in rng.sample(["one", "Two", "three_3", "vier", "五"], rng.randrange(5))}


def record(rng, number):
    made = {"id": number, "text": text(rng), "meta": {"k": value(rng, 1)}, "list": [value(rng, 1)]}
    if rng.randrange(50) == 0:
        made["contact"] = f"write to person{number}@mail-{number}.org please"
    return made


class Facts:
    def __init__(self):
        self.rows, self.columns, self.found = 0, {}, []

    def add(self, name, shown, number):
        if shown == "":
            return
        column = self.columns.setdefault(name or "$", [0, 0, 0])
        column[0] += 1
        column[1] += number
        column[2] += len(shown.encode("utf-8", "surrogatepass"))

    def walk(self, name, node):
        if isinstance(node, dict):
            for key, inner in node.items():
                self.walk(f"{name}.{key}" if name else key, inner)
        elif isinstance(node, list):
            for inner in node:
                self.walk(name + "[]", inner)
        elif isinstance(node, str):
            self.add(name, node, 0)
        elif isinstance(node, Number):
            self.add(name, node.digits, 1)

    def record(self, row, node):
        self.rows += 1
        self.walk("", node)
        if isinstance(node, dict) and "contact" in node:
            self.found.append(row)


class Number:
    def __init__(self, digits):
        self.digits = digits


def parse(data):
    return json.loads(data, parse_int=Number, parse_float=Number)


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def make_json(folder, expected, rng):
    lines, facts = [], Facts()
    for row in range(1, 9001):
        if row % 1000 == 7:
            lines.append("")
            continue
        lines.append(json.dumps(record(rng, row), ensure_ascii=row % 3 == 0))
        facts.record(row, parse(lines[-1]))
    data = "\n".join(lines) + "\n"
    write(folder, "lines.jsonl", data.encode())
    write(folder, "utf16.jsonl", b"\xff\xfe" + data.encode("utf-16-le"))
    expected["lines.jsonl"] = expected["utf16.jsonl"] = facts.__dict__

    records, facts = [record(rng, row) for row in range(1, 6001)], Facts()
    data = json.dumps(records, indent=1)
    for row, node in enumerate(parse(data), 1):
        facts.record(row, node)
    write(folder, "array.json", data.encode())
    expected["array.json"] = facts.__dict__

    facts, long = Facts(), {"id": 1, "text": "x" * 1_300_000 + "\\" * 1000 + "中" * 500_000, "contact": "@" + "y" * 1_500_000}
    data = json.dumps(long) + "\n" + json.dumps(record(rng, 2)) + "\n" + json.dumps({"contact": "me@mail-2.org"}) + "\n"
    for row, line in enumerate(data.splitlines(), 1):
        facts.record(row, parse(line))
    facts.found = [3] + ([2] if "contact" in parse(data.splitlines()[1]) else [])
    write(folder, "long.jsonl", data.encode())
    expected["long.jsonl"] = facts.__dict__


def make_csv(folder, expected, rng):
    for name, delimiter, encoding in [("a.csv", ",", "utf-8"), ("b.csv", ";", "utf-8-sig"), ("c.tsv", "\t", "utf-8"),
                                      ("d.csv", ",", "utf-16"), ("e.csv", ",", "gb18030")]:
        facts, out = Facts(), io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\r\n" if delimiter == "," else "\n")
        writer.writerow(["id", "full_name", "note", "电话"])
        for row in range(1, 24001):
            note = "" if rng.randrange(90) else f"someone{row}@mail-{row}.net"
            words = [word for word in WORDS if "\0" not in word and '"' not in word]
            name_ = " ".join(rng.choice(words) for _ in range(rng.randrange(8))).strip()
            writer.writerow([row, name_, note, rng.choice(["", "12", "x y"])])
        data = out.getvalue()
        for row, fields in enumerate(csv.reader(io.StringIO(data, newline=""), delimiter=delimiter)):
            if row == 0:
                continue
            facts.rows += 1
            for column, field in zip(["id", "full_name", "note", "电话"], fields):
                facts.add(column, field, field.isascii() and field.isdigit())
            if "@" in fields[2]:
                facts.found.append(row)
        write(folder, name, data.encode(encoding))
        expected[name] = facts.__dict__


def check(store, expected):
    db = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    faults = 0
    for name, facts in expected.items():
        unit, = db.execute("SELECT id FROM unit WHERE path = ?", (name.encode(),)).fetchone()
        defects = db.execute("SELECT code, count FROM fact WHERE unit = ? AND kind = 0 AND code LIKE 'json.%'", (unit,)).fetchall()
        rows = dict(db.execute("SELECT ordinal, nvalues FROM row_column WHERE unit = ? AND ordinal = 0", (unit,)))
        columns = {column: list(numbers) for column, *numbers in db.execute(
            "SELECT name, nvalues, nnumbers, nbytes FROM row_column WHERE unit = ? AND ordinal > 0", (unit,))}
        found = [row for row, in db.execute(
            "SELECT s.row FROM sample s JOIN fact f ON f.unit = s.unit AND f.item = s.item AND f.ordinal = s.fact"
            " WHERE s.unit = ? AND f.code = 'email' ORDER BY s.offset", (unit,))]
        for what, ours, theirs in [("rows", rows.get(0), facts["rows"]), ("columns", columns, facts["columns"]),
                                   ("rows with an address", sorted(found)[:100], sorted(facts["found"])[:100]),
                                   ("defects", defects, [])]:
            if ours != theirs:
                faults += 1
                print(f"{name}: {what}: {str(ours)[:1500]}\n   not {str(theirs)[:1500]}")
    print(f"{len(expected)} files, {faults} faults")
    return faults


if __name__ == "__main__":
    if sys.argv[1] == "make":
        random_source, made = random.Random(20260101), {}
        os.makedirs(sys.argv[2])
        make_json(sys.argv[2], made, random_source)
        make_csv(sys.argv[2], made, random_source)
        with open(sys.argv[3], "w", encoding="utf-8") as out_file:
            json.dump(made, out_file)
    else:
        with open(sys.argv[3], encoding="utf-8") as in_file:
            sys.exit(check(sys.argv[2], json.load(in_file)) > 0)
