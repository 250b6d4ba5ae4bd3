# SPDX-License-Identifier: Apache-2.0
"""Packs of a stranger: policy_hostile.py PROVSCAN SOURCE_DIR WORK_DIR

Each is refused before anything is scanned: exit code 4 within seconds, one line on stderr that names the file and the
reason and holds no character that a terminal would obey, and no output folder.
"""
import json, os, subprocess, sys

program, source, work = sys.argv[1:]
faults = 0


def rule(id="mine.a", test="size > 0", **more):
    return {"id": id, "level": "item", "fails_when": test, "verdict": "deny", "basis": "primary",
            "cite": [{"law": "L", "article": "1", "in_force": "2020-01-01"}],
            "title": {"en": "t", "zh": "t"}, "reason": {"en": "r", "zh": "r"}, "remedy": {"en": "m", "zh": "m"},
            "examples": [{"facts": {"size": 1}, "expect": "not_conform"}], **more}


def pack(id="mine", rules=None, **more):
    return {"format": "provscan-pack-1", "id": id, "version": "1", "title": {"en": "t", "zh": "t"},
            "description": {"en": "d", "zh": "d"}, "laws": {"L": {"en": "l", "zh": "l"}},
            "rules": [rule()] if rules is None else rules, **more}


def text(value):
    return json.dumps(value).encode()


def parameter(value):
    return text(pack(parameters={"most": {"value": "VALUE", "title": {"en": "t", "zh": "t"}}})).replace(b'"VALUE"', value)


GOOD = text(pack())
LOOP = {"mine.json": text(pack(extends=["b"])), "b.json": text(pack("b", [], extends=["c"])),
        "c.json": text(pack("c", [], extends=["mine"]))}
# name: (files, words of the message, the first of which names the file); mine.json is the one asked for
CASES = {
    "empty": ({"mine.json": b""}, ["mine.json:1"]),
    "cut": ({"mine.json": GOOD[: len(GOOD) // 2]}, ["mine.json:1"]),
    "no JSON": ({"mine.json": b"pack: mine\n"}, ["mine.json:1", "a value is expected"]),
    "two values": ({"mine.json": GOOD + b"{}"}, ["mine.json:1", "the end is expected"]),
    "depth": ({"mine.json": b"[" * 5000000}, ["mine.json:1", "nested too deep"]),
    "depth of a condition": ({"mine.json": text(pack(rules=[rule(test="(" * 500 + "size" + ")" * 500)]))},
                             ["rules[0].fails_when", "too many parentheses"]),
    "many values": ({"mine.json": b"[" + b"0," * 1200000 + b"0]"}, ["mine.json:1", "too many values"]),
    "large": ({"mine.json": b" " * (17 << 20) + GOOD}, ["mine.json", "larger than"]),
    "duplicate key": ({"mine.json": GOOD[:-1] + b',"id":"other"}'}, ["mine.json:1: id: duplicate key"]),
    "duplicate key, escaped": ({"mine.json": GOOD[:-1] + b',"\\u0069d":"other"}'}, ["id: duplicate key"]),
    "duplicate rule": ({"mine.json": text(pack(rules=[rule(), rule()]))}, ["rules[1]", "mine.a"]),
    "duplicate pack": ({"mine.json": text(pack(extends=["b"])), "b.json": text(pack("mine"))}, ["b.json", "mine"]),
    "unknown key": ({"mine.json": text(pack(rulez=[]))}, ["mine.json:1", "unknown key 'rulez'"]),
    "unknown key of a rule": ({"mine.json": text(pack(rules=[rule(then="deny")]))}, ["rules[0]", "unknown key 'then'"]),
    "NaN": ({"mine.json": parameter(b"NaN")}, ["mine.json:1", "'N' where a value is expected"]),
    "Infinity": ({"mine.json": parameter(b"Infinity")}, ["mine.json:1", "a value is expected"]),
    "1e999": ({"mine.json": parameter(b"1e999")}, ["parameters.most.value", "1e999"]),
    "leading zero": ({"mine.json": parameter(b"017")}, ["mine.json:1", "leading zero"]),
    "long number": ({"mine.json": parameter(b"1" * 100)}, ["mine.json:1", "63 characters"]),
    "NUL": ({"mine.json": GOOD.replace(b'"mine"', b'"mi\\u0000ne"')}, ["mine.json:1", "\\u0000"]),
    "BOM": ({"mine.json": b"\xef\xbb\xbf" + GOOD}, ["mine.json:1", "byte order mark"]),
    "no UTF-8": ({"mine.json": GOOD.replace(b'"t"', b'"\xff"', 1)}, ["mine.json:1", "invalid UTF-8"]),
    "future format": ({"mine.json": GOOD.replace(b"provscan-pack-1", b"provscan-pack-2")}, ["format", "provscan-pack-1"]),
    "circle": (LOOP, ["extends", "mine"]),
    "extends itself": ({"mine.json": text(pack(extends=["mine"]))}, ["mine"]),
    "extends out of the folder": ({"mine.json": text(pack(extends=["../../../../etc/passwd"]))}, ["extends[0]"]),
    "extends an absolute path": ({"mine.json": text(pack(extends=["/etc/passwd"]))}, ["extends[0]"]),
    "extends what is not there": ({"mine.json": text(pack(extends=["nowhere"]))}, ["nowhere"]),
    "many packs": ({"mine.json": text(pack(extends=["p%d" % i for i in range(100)])),
                    **{"p%d.json" % i: text(pack("p%d" % i, [])) for i in range(100)}}, [".json: more than 64 packs"]),
    "long condition": ({"mine.json": text(pack(rules=[rule(test="size" + " + size" * 1000 + " > 0")]))},
                       ["rules[0].fails_when", "longer than 4096"]),
    "many steps": ({"mine.json": text(pack(rules=[rule(test="size IN (%s)" % ",".join(map(str, range(900))))]))},
                   ["rules[0].fails_when", "steps"]),
    "deep tree of a condition": ({"mine.json": text(pack(rules=[rule(test="size" + "+1" * 600 + " > 0")]))},
                                 ["rules[0].fails_when", "too large"]),
    "subquery": ({"mine.json": text(pack(rules=[rule(test="(SELECT count(*) FROM sqlite_schema) > 0")]))},
                 ["rules[0].fails_when"]),
    "second statement": ({"mine.json": text(pack(rules=[rule(test="1); DROP TABLE item; --")]))}, ["rules[0].fails_when"]),
    "function": ({"mine.json": text(pack(rules=[rule(test="load_extension('x') = 1")]))}, ["rules[0].fails_when"]),
    "endless function": ({"mine.json": text(pack(rules=[rule(test="zeroblob(1000000000) IS NULL")]))},
                         ["rules[0].fails_when", "zeroblob"]),
    "words for a terminal": ({"mine.json": text(pack(rules=[rule(test="\x1b]0;owned\x07\u202e\u200b > 0")]))},
                             ["rules[0].fails_when"]),
    "key for a terminal": ({"mine.json": GOOD[:-1] + b',"\\u001b[2J\xe2\x80\xae":1}'}, ["unknown key"]),
}


def fault(name, words, result=None):
    global faults
    faults += 1
    print(f"FAIL {name}: {words}", result.stderr[:400] if result else "")


def refuse(name, arguments, words, cwd):
    result = subprocess.run([program, *arguments], cwd=cwd, capture_output=True, timeout=60)
    told = result.stderr.decode("utf-8", "replace")
    if result.returncode != 4:
        fault(name, f"exit code {result.returncode}", result)
    if told.count("\n") != 1 or any(ord(c) < 32 and c != "\n" or c in "\x7f\u202e\u200b" for c in told):
        fault(name, "not one clean line", result)
    for word in words if ".json" in words[0] else ["mine.json:1", *words]:
        if word not in told:
            fault(name, f"does not say {word!r}", result)
    if os.path.exists(cwd + "/out/manifest.json"):
        fault(name, "wrote a manifest", result)


os.makedirs(work + "/data")
with open(work + "/data/a.txt", "w") as file:
    file.write("text\n")
for number, (name, (files, words)) in enumerate(CASES.items()):
    folder = f"{work}/{number}"
    os.makedirs(folder)
    for path, content in files.items():
        with open(f"{folder}/{path}", "wb") as file:
            file.write(content)
    scan = ["scan", work + "/data", "-q", "--policies", source + "/policies", "--policy", "./mine.json", "-o", "out"]
    refuse(name, scan, words, folder)
for name, path in {"folder": "/data", "device": "/dev/zero", "nothing": "/nowhere.json"}.items():
    result = subprocess.run([program, "scan", work + "/data", "-q", "--policies", source + "/policies", "-o", work + "/out",
                             "--policy", work + path if path != "/dev/zero" else path], capture_output=True, timeout=60)
    if result.returncode != 4 or result.stderr.count(b"\n") != 1:
        fault(name, f"exit code {result.returncode}", result)
os.mkfifo(work + "/fifo.json")
result = subprocess.run([program, "scan", work + "/data", "-q", "--policies", source + "/policies", "-o", work + "/out",
                         "--policy", work + "/fifo.json"], capture_output=True, timeout=60)
if result.returncode != 4:
    fault("fifo", f"exit code {result.returncode}", result)
print(f"{len(CASES) + 4} packs, {faults} faults")
sys.exit(faults > 0)
