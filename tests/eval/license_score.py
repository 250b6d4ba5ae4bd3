#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Score `provscan license` on the cases of license_cases.py.

    license_score.py --cases DIR [--provscan PATH] [--split report] [--kind linux] [--show 20]

Truth and answer are compared as sets of ids: top-1 when they meet (or are both empty), exact when they are equal,
precision and recall over all ids. Not told apart: exceptions behind WITH for linux and dep5, whose notices often do
not name them; "only" and "or later" for files of npm packages, whose texts do not say. A truth that provscan does
not read as an expression is left out, as are Debian's short names without a version ("GPL", "BSD", "other").
"""
import argparse
import collections
import json
import os
import re
import subprocess
import tempfile

VAGUE = re.compile(r"(?i)dep5:(l?gpl|bsd|gfdl|artistic|public.domain|bsd-like|psf|python|fdl|x11|other|unknown|bsd.*style)\b")


def conclusions(provscan, policies, paths):
    """The expression of each file."""
    answers = {}
    for i in range(0, len(paths), 400):
        part = paths[i:i + 400]
        part = part if len(part) > 1 else part * 2
        run = subprocess.run([provscan, "license", "-q", "--policies", policies] + part, capture_output=True, check=True)
        for line in run.stdout.decode("utf8", "replace").split("\n"):
            if "\t" in line:
                path, expression = line.rsplit("\t", 1)
                answers[path] = expression
    return answers


def ids(expression):
    return {part.strip() for part in re.split(r"\s+(?:AND|OR)\s+|[()]", expression)
            if part.strip() and part.strip() not in ("NONE", "NOASSERTION")}


def truths(provscan, policies, cases):
    """What the labels mean, read by provscan's own expression parser."""
    labels = sorted({case["truth"] for case in cases})
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for i, label in enumerate(labels):
            path = os.path.join(folder, f"{i}.txt")
            with open(path, "w") as out:
                out.write(("License: " + label[5:] if label.startswith("dep5:") else "SPDX-License-Identifier: " + label) + "\n")
            paths.append(path)
        read = conclusions(provscan, policies, paths)
    return {label: "NONE" if label == "NONE" else read.get(path, "NONE") for label, path in zip(labels, paths)}


def simplified(kind, expected, got):
    if kind in ("linux", "dep5"):
        return tuple({re.sub(" WITH .*", "", one) for one in side} for side in (expected, got))
    if kind in ("npm-license", "npm-readme"):
        return tuple({one.replace("-or-later", "-only") for one in side} for side in (expected, got))
    return expected, got


def is_vague(case):
    return case["kind"] == "dep5" and VAGUE.match(case["truth"]) and not re.search(r"\d", case["truth"][5:])


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--cases", required=True)
    parser.add_argument("--provscan", default=os.path.join(here, "../../build/release/provscan"))
    parser.add_argument("--policies", default=os.path.join(here, "../../policies"))
    parser.add_argument("--split", default="report", choices=("tune", "report"))
    parser.add_argument("--kind")
    parser.add_argument("--show", type=int, default=0, help="so many of the commonest mistakes; of tune, when rules are made")
    options = parser.parse_args()
    with open(os.path.join(options.cases, "cases.json")) as file:
        cases = [case for case in json.load(file)
                 if case["split"] == options.split and options.kind in (None, case["kind"])]
    meaning = truths(options.provscan, options.policies, cases)
    answers = conclusions(options.provscan, options.policies, [case["path"] for case in cases])
    totals, mistakes = collections.defaultdict(collections.Counter), collections.Counter()
    for case in cases:
        truth = meaning[case["truth"]]
        if (truth == "NONE" and case["truth"] != "NONE") or is_vague(case):
            continue
        expected, got = simplified(case["kind"], ids(truth), ids(answers.get(case["path"], "NONE")))
        total = totals[case["kind"]]
        total.update(n=1, exact=expected == got, top=bool(expected & got) or expected == got, right=len(expected & got),
                     wrong=len(got - expected), missed=len(expected - got))
        if expected != got:
            mistakes[case["kind"], truth, answers.get(case["path"]), case["path"]] += 1
    for kind, total in sorted(totals.items()):
        found, wanted = total["right"] + total["wrong"], total["right"] + total["missed"]
        precision, recall = (total["right"] / found if found else 0), (total["right"] / wanted if wanted else 0)
        f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0
        print(f"{kind:12} n {total['n']:5} top-1 {100 * total['top'] / total['n']:5.1f} exact {100 * total['exact'] / total['n']:5.1f} "
              f"P {100 * precision:5.1f} R {100 * recall:5.1f} F1 {100 * f1:5.1f}")
    for (kind, truth, got, path), _ in mistakes.most_common(options.show):
        print(f"{kind} | {truth} | {got} | {path}")


if __name__ == "__main__":
    main()
