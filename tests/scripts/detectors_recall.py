# SPDX-License-Identifier: Apache-2.0
"""Recall and precision of each detector: detectors_recall.py PROGRAM POLICIES WORKDIR [--write-json FILE]

Values are made from each detector's own forms; where python-stdnum knows the number it must agree, so a wrong check on
our side costs recall here. They are put into English and Chinese sentences with a label of the detector, and then
written as people write them: plain, full-width digits, zero-width characters, JSON with escapes, UTF-16, GB18030.
Beside them lie lines that hold nothing: versions, UUIDs, hashes, epochs, ISBNs, prices, DOIs, code.
A finding counts when it is of the right detector and in the right line. Prints one line a detector.
"""
import collections, importlib, json, os, random, re, sqlite3, subprocess, sys
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import shape_sampling
import detectors_oracle_table as oracles

PROGRAM, POLICIES, WORK = sys.argv[1:4]
EACH = 8
EN = ["{label}: {value}", "The {label} is {value}, as stated in the file.", "{label} {value}", "Please note {label}={value} for our records",
      "\"{label}\": \"{value}\"", "Dear Sir, my {label}: {value}. Kind regards"]
ZH = ["{label}:{value},请核对。", "他的{label}是{value}", "{label}为:{value}", "登记的{label} {value} 无误"]
NOTHING = [
    "version 10.4.128.77 replaces 9.12.201.33", "lib-2.17.113.6 and lib-3.0.14.255", "550e8400-e29b-41d4-a716-446655440000",
    "sha256 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08", "commit 1f3870be274f6c49b3e31a0c6728957f1f3870be",
    "epoch 1700000000 and 1700000000123", "ISBN 978-3-16-148410-0", "ISBN 9783161484100", "$1,299,000.00 and 45,678.90 EUR", "doi:10.1000/182.2019.12345678",
    "total 123456789 bytes in 98765432 files", "0x7fffdeadbeef 0x00007f1234567890", "for (i = 0; i < 1234567890; i++) x[i] = 987654321;",
    "2024-03-12T10:15:30.123456Z", "1.3.6.1.4.1.311.21.20", "ticket 20231109123456", "12345678-90123456", "page 1234 of 56789", "order 100200300400500",
    "3.14159265358979323846", "ratio 0.123456789012345", "IP range 10.0.0.0/8", "rows 1000000 cols 2000000", "v1.2.3-rc.4+build.5678",
]


def load():
    found = []
    for name in sorted(os.listdir(POLICIES + "/detectors")):
        if name.endswith(".json"):
            with open(f"{POLICIES}/detectors/{name}", encoding="utf-8") as file:
                whole = json.load(file)
            for detector in whole["detectors"]:
                detector["lists"] = whole.get("lists", {})
                found.append(detector)
    return found


def accepted(detector, values):
    run = subprocess.run([PROGRAM, "policy", "try", detector, "--policies", POLICIES], input="\n".join(values) + "\n",
                         capture_output=True, text=True, check=True)
    return [v for v, answer in zip(values, run.stdout.split()) if answer == "yes"]


def label_of(detector, language):
    """The first word of this language, or of any other when it has none."""
    context = detector.get("context", {})
    for words in [context.get("words", {}), detector["match"].get("words", {})] + [detector["lists"][n] for n in context.get("lists", [])]:
        found = [list_[0] for key, list_ in words.items() if list_ and (key == "zh") == (language == "zh")]
        if found:
            return found[0]
    return label_of(detector, "zh") if language == "en" else None


def values_of(detector, rng):
    """Values that our detector accepts and stdnum too, where it knows them; else those of the examples."""
    match = detector["match"]
    if match.get("kind", "pattern") not in ("pattern", "labelled"):
        return []
    module = oracles.ORACLES.get(detector["id"])
    module = module and importlib.import_module("stdnum." + module[0])
    patterns = [p for p in match["patterns"] if not re.search(r"\\x[89A-Fa-f]", p)]  # letters of other scripts, byte by byte
    good = []
    for i in range(8 if patterns else 0):
        made = [shape_sampling.sample(rng.choice(patterns), rng) for _ in range(1500 if i else 60)]
        made = [v for v in made if "\n" not in v and "\r" not in v]
        if module:
            made = [v for v in made if module.is_valid(v)]
        good += accepted(detector["id"], made) if made else []
        if len(good) >= EACH:
            break
    return good[:EACH]


def plant(detectors):
    rng, lines = random.Random(7), []
    for detector in detectors:
        values = values_of(detector, rng)
        for i, value in enumerate(values):
            zh = label_of(detector, "zh")
            label = zh if zh and i % 2 else label_of(detector, "en")
            form = rng.choice(ZH if label == zh and zh else EN) if label else "see {value} there"
            if detector["match"].get("kind") == "labelled":
                form = rng.choice(["{label}: {value}", "\"{label}\": \"{value}\"", "{label}={value}"])
            lines.append((detector["id"], value, form.format(label=label, value=value)))
    rng.shuffle(lines)
    return lines


def wide(text):
    return "".join(chr(ord(c) + 0xFEE0) if c.isdigit() and ord(c) < 128 else c for c in text)


def zero(text):
    return re.sub(r"(\d)(\d)", "\\1\u200b\\2", text)


def escaped(text):
    """Digits and all that is not ASCII as \\uXXXX, the rest as JSON has it."""
    units = lambda c: [int.from_bytes(c.encode("utf-16-be")[i:i + 2], "big") for i in range(0, len(c.encode("utf-16-be")), 2)]
    return "".join("".join(f"\\u{unit:04x}" for unit in units(c)) if c.isdigit() or ord(c) > 126 else json.dumps(c)[1:-1] for c in text)


def write(lines):
    """Files by variant: (name, how a value is written, how a line is, encoding)."""
    plain = lambda text: text
    variants = [("plain.txt", plain, plain, "utf-8"), ("wide.txt", wide, plain, "utf-8"), ("zero.txt", zero, plain, "utf-8"),
                ("escaped.jsonl", plain, lambda line: '{"text": "' + escaped(line) + '"}', "utf-8"),
                ("utf16.txt", plain, plain, "utf-16"), ("gb.txt", plain, plain, "gb18030")]
    os.makedirs(WORK + "/data", exist_ok=True)
    places = {}
    for name, of_value, of_line, encoding in variants:
        text, rows = b"\xff\xfe" if encoding == "utf-16" else b"", []
        codec = "utf-16-le" if encoding == "utf-16" else encoding
        for i, (code, value, line) in enumerate(lines):
            before, after = line.split(value, 1)
            whole = of_line(before + of_value(value) + after)
            if encoding == "gb18030":
                whole += " 以上资料仅供内部核对使用"
            start = len(text)
            text += (whole + "\n").encode(codec, "replace")
            rows.append((start, len(text), code))
            if i % 3 == 0:
                text += (of_line(NOTHING[i // 3 % len(NOTHING)]) + "\n").encode(codec)
        with open(f"{WORK}/data/{name}", "wb") as file:
            file.write(text)
        places[name] = rows
    return places


def findings():
    run = subprocess.run([PROGRAM, "scan", "-q", "--policies", POLICIES, "-o", WORK + "/out", "--fresh", "--limit", "samples-item=4000",
                          WORK + "/data"], capture_output=True, text=True)
    if not os.path.exists(WORK + "/out/scan.db"):
        sys.exit(run.stderr)
    return sqlite3.connect(WORK + "/out/scan.db").execute(
        "SELECT u.path, f.code, s.offset, s.length FROM sample s JOIN fact f ON f.unit=s.unit AND f.item=s.item AND"
        " f.ordinal=s.fact JOIN unit u ON u.id=s.unit WHERE f.kind=1 AND f.level>=3").fetchall()


def main():
    detectors = load()
    lines = plant(detectors)
    places = write(lines)
    hit, wrong = collections.Counter(), collections.Counter()
    by_file, misses = collections.Counter(), collections.defaultdict(collections.Counter)
    seen = collections.defaultdict(list)
    for path, code, offset, length in findings():
        seen[path.decode()].append((offset, length, code))
    for name, rows in places.items():
        index = 0
        found = sorted(seen[name])
        for start, end, code in rows:
            codes = [c for o, _, c in found if start <= o < end]
            base = [c.removesuffix(".under14") for c in codes]
            if code in base:
                hit[code] += 1
                by_file[name] += 1
            else:
                misses[code][name + ":" + ",".join(sorted(set(base)) or ["nothing"])] += 1
            for other in set(base) - {code}:
                wrong[other] += 1
        covered = [(s, e) for s, e, _ in rows]
        for offset, _, code in found:
            if not any(s <= offset < e for s, e in covered):
                wrong[code] += 1
    planted = collections.Counter(code for code, _, _ in lines)
    report, total = {}, len(lines)
    for code in sorted(planted):
        n = planted[code] * len(places)
        report[code] = {"recall": round(hit[code] / n, 3), "precision": round(hit[code] / max(1, hit[code] + wrong[code]), 3), "values": n}
        note = "" if hit[code] == n else "   " + str(dict(misses[code].most_common(3)))
        print(f"{code:34} recall {report[code]['recall']:.3f}  precision {report[code]['precision']:.3f}  of {n}{note}")
    for name in places:
        print(f"{name:16} {by_file[name] / total:.3f} of {total} found")
    all_hit, all_wrong = sum(hit.values()), sum(wrong.values())
    print(f"all: recall {all_hit / (total * len(places)):.3f}, precision {all_hit / (all_hit + all_wrong):.3f}")
    if "--write-json" in sys.argv:
        with open(sys.argv[sys.argv.index("--write-json") + 1], "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)
    sys.exit(0 if all_hit / (total * len(places)) >= 0.9 else 1)


main()
