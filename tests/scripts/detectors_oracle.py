# SPDX-License-Identifier: Apache-2.0
"""Detectors against python-stdnum: detectors_oracle.py PROGRAM POLICIES

Thousands of generated values for each detector, of which both must think the same. Values are random with the last
digits run through, so that many are right; what has its check elsewhere is made right by a loop over that place. What we
refuse on purpose (few different digits, sequences) is left out.
"""
import importlib, random, subprocess, sys
from multiprocessing import Pool
from os.path import abspath, dirname

sys.path.insert(0, dirname(abspath(__file__)))
from detectors_oracle_table import NARROWER, ORACLES, WIDER

PROGRAM, POLICIES = sys.argv[1:]
LETTERS, DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"
VALUES = 3000

def build(shape, rng):
    pick = {"9": DIGITS, "A": LETTERS, "?": DIGITS + LETTERS}
    return "".join(rng.choice(pick[c]) if c in pick else c for c in shape)


def values_of(name, shapes):
    rng, values = random.Random(name), set()
    shapes = shapes.split("|")
    fixed = [shape for shape in shapes if not set("9A?") & set(shape)]
    for _ in range(VALUES):  # some shapes have fewer values than we want
        if len(values) >= VALUES:
            break
        shape = rng.choice(shapes)
        value = build(shape, rng)
        if shape in fixed:
            place = rng.randrange(len(value))
            value = value[:place] + rng.choice(DIGITS) + value[place + 1:]
        places = [i for i, c in enumerate(shape) if c in "9A?"][-1:] + [i for i, c in enumerate(shape) if c in "9A?"][:1]
        for place in places or [len(value) - 1]:
            kind = shape[place] if shape[place] in "9A?" else "9"
            for c in {"9": DIGITS, "A": LETTERS, "?": DIGITS + LETTERS}[kind]:
                values.add(value[:place] + c + value[place + 1:])
    return sorted(v for v in values if len(set(v)) > 5 or len(v) < 9)


def compare(item):
    name, (module_name, shapes) = item
    module = importlib.import_module("stdnum." + module_name)
    values = values_of(name, shapes)
    run = subprocess.run([PROGRAM, "policy", "try", name, "--policies", POLICIES], input="\n".join(values) + "\n",
                         capture_output=True, text=True)
    ours = run.stdout.split()
    if run.returncode != 0 or len(ours) != len(values):
        return f"{name}: no answer: {run.stderr}", 1
    lines, right, wrong, known = [], 0, 0, 0
    for value, answer in zip(values, ours):
        try:
            theirs = module.is_valid(value)
        except Exception:  # stdnum 1.18 fails on some values of cn.ric
            continue
        right += theirs and answer == "yes"
        if (answer == "yes") == theirs:
            continue
        if (theirs and name in NARROWER) or (not theirs and name in WIDER):
            known += 1
            continue
        wrong += 1
        if wrong <= 3:
            lines.append(f"  {name}: {value}: we say {answer}, stdnum says {theirs}")
    lines.append(f"{name}: {len(values)} values, {right} right for both, {known} differ for the reason given, {wrong} for none")
    return "\n".join(lines), int(wrong > 0 or right == 0)


with Pool(2) as pool:
    results = pool.map(compare, sorted(ORACLES.items()), chunksize=4)
print("\n".join(text for text, _ in results))
failed = sum(bad for _, bad in results)
print(f"{len(results) - failed} of {len(results)} detectors agree with python-stdnum")
sys.exit(1 if failed else 0)
