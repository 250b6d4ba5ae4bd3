#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make labelled license cases from what others have labelled: package authors, Debian, kernel maintainers.

    license_cases.py --out DIR [--linux TREE] [--npm NODE_MODULES]... [--doc /usr/share/doc]

  linux        files of a kernel tree without their SPDX line and without MODULE_LICENSE; the line is the truth. Only files
               whose head still says something of a license.
  linux-tagged  files of that tree as they are; the truth is their SPDX line
  linux-none   files of the same tree that say nothing of licenses without that line; the truth is NONE
  npm-license  the one license file of a package; `license` of its package.json is the truth
  npm-readme   its README, where that has the word "license" at all
  npm-package  package.json itself
  dep5         license paragraphs of Debian copyright files without their short name, which is the truth
  hard         documents that only mention licenses: tables of ids, checkers, lists of them in packages and in Linux

Half of the cases, by a hash of kind and name, may be looked at when rules are made (tune); figures are of the other
half (report). Nothing of what is read is kept in the tree: the cases stay in DIR.
"""
import argparse
import collections
import glob
import hashlib
import json
import os
import random
import re

SOURCES = (".c", ".h", ".S", ".rst", ".sh", ".py", ".dts", ".dtsi")
HARD_NAMES = re.compile(
    r"(^|/)(spdx[-_]?(license[-_]?)?(ids|list|exceptions|correct|satisfies|expression[-_]parse)?|_spdx\.py|"
    r"license[-_]?(checker|ids|list|type|compat)[^/]*|licensecheck[^/]*|trove[^/]*|license-rules\.rst|checkpatch\.pl|"
    r"spdxcheck\.py)(/|$)", re.I)


class Cases:
    """Cases as files in a folder, and a list of them."""

    def __init__(self, folder):
        self.folder = folder
        self.cases = []
        os.makedirs(folder, exist_ok=True)

    def add(self, kind, name, data, truth):
        digest = hashlib.md5((kind + name).encode()).hexdigest()[:12]
        path = os.path.join(self.folder, f"{kind}-{digest}.txt")
        with open(path, "wb") as out:
            out.write(data)
        self.cases.append({"kind": kind, "name": name, "path": path, "truth": truth,
                           "split": "tune" if int(digest[0], 16) < 8 else "report"})

    def write(self):
        with open(os.path.join(self.folder, "cases.json"), "w") as out:
            json.dump(self.cases, out, indent=0)
        for key, count in sorted(collections.Counter((c["kind"], c["split"]) for c in self.cases).items()):
            print(*key, count)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def linux_cases(cases, tree, most=1600):
    """Files of a kernel tree, in an order that is the same on each machine."""
    files = [os.path.join(folder, name) for folder, _, names in os.walk(tree) for name in names if name.endswith(SOURCES)]
    files.sort()
    random.Random(7).shuffle(files)
    with_license = without = tagged = 0
    for path in files:
        data = read(path)
        tag = re.search(rb"^.*SPDX-License-Identifier:\s*(.*)$", data[:3000], re.M)
        if not tag:
            continue
        truth = tag.group(1).split(b"*/")[0].split(b"-->")[0].strip().decode("latin1")
        rest = re.sub(rb"(?m)^.*SPDX-License-Identifier:.*\n?", b"", data)
        rest = re.sub(rb"(?m)^.*(MODULE_LICENSE|EXPORT_SYMBOL).*\n?", b"", rest)
        name = os.path.relpath(path, tree)
        if tagged < most:
            cases.add("linux-tagged", name, data, truth)
            tagged += 1
        notice = re.search(rb"(?i)(?<![_a-z0-9])(GNU General Public|under (the )?(terms of )?.{0,40}GPL|GPL ?v?2)", rest[:3000])
        if re.search(rb"(?i)gpl|licen[sc]e|redistribut", rest[:6000]):
            if with_license < most and (notice or b"GPL" not in tag.group(1)):
                cases.add("linux", name, rest, truth)
                with_license += 1
        elif without < most and not re.search(rb"(?i)licen|gpl|copyleft", rest):
            cases.add("linux-none", name, rest, "NONE")
            without += 1


def npm_cases(cases, modules):
    seen = set()
    for path in sorted(glob.glob(os.path.join(modules, "**", "package.json"), recursive=True)):
        try:
            package = json.loads(read(path))
        except ValueError:
            continue
        license_ = package.get("license")
        if isinstance(license_, dict):
            license_ = license_.get("type")
        key = (package.get("name"), package.get("version"))
        if None in key or key in seen or not isinstance(license_, str) or "SEE LICENSE" in license_.upper():
            continue
        seen.add(key)
        folder = os.path.dirname(path)
        names = sorted(name for name in os.listdir(folder) if os.path.isfile(os.path.join(folder, name)))
        files = [name for name in names if re.match(r"(?i)(licen[sc]e|copying|unlicense)", name)]
        readmes = [name for name in names if re.match(r"(?i)readme", name)]
        if len(files) == 1:
            cases.add("npm-license", str(key), read(os.path.join(folder, files[0])), license_)
        if readmes:
            data = read(os.path.join(folder, readmes[0]))
            if re.search(rb"(?i)licen[sc]e", data):
                cases.add("npm-readme", str(key), data, license_)
        cases.add("npm-package", str(key), read(path), license_)


def dep5_cases(cases, doc):
    for path in sorted(glob.glob(os.path.join(doc, "*", "copyright"))):
        with open(path, encoding="utf8", errors="replace") as file:
            text = file.read()
        if "copyright-format" not in text[:2000] and "dep5" not in text[:2000].lower():
            continue
        for match in re.finditer(r"(?m)^License:[ \t]*(\S[^\n]*)\n((?:[ \t]+[^\n]*\n)+)", text):
            short, body = match.group(1).strip(), match.group(2)
            if len(body) >= 80:
                body = re.sub(r"(?m)^ ", "", re.sub(r"(?m)^ \.$", "", body))
                cases.add("dep5", path + ":" + short, body.encode(), "dep5:" + short)


def hard_cases(cases, roots):
    """Files about licenses: the truth is the statement that they make about themselves, which is left out."""
    for root in roots:
        for folder, _, names in os.walk(root):
            for name in sorted(names):
                path = os.path.join(folder, name)
                short = os.path.relpath(path, root)
                if not HARD_NAMES.search(short) or re.match(r"(?i)licen[sc]e|copying|readme|package\.json|bower\.json", name):
                    continue
                if os.path.islink(path) or not 200 < os.path.getsize(path) < 1 << 20:
                    continue
                data = read(path)
                if b"\0" in data or not re.search(rb"MIT|GPL|Apache|BSD", data) or re.search(r"/licenses/|full|simple", short):
                    continue  # no names of licenses, or whole texts
                data = re.sub(rb"(?m)^.*SPDX-License-Identifier:.*\n?", b"", data, count=1)
                cases.add("hard", short, data, "NONE")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--out", required=True)
    parser.add_argument("--linux")
    parser.add_argument("--npm", action="append", default=[])
    parser.add_argument("--hard", action="append", default=[], help="folders of packages, searched for hard negatives")
    parser.add_argument("--doc", default="/usr/share/doc")
    options = parser.parse_args()
    cases = Cases(options.out)
    if options.linux:
        linux_cases(cases, options.linux)
    for modules in options.npm:
        npm_cases(cases, modules)
    dep5_cases(cases, options.doc)
    hard_cases(cases, options.npm + options.hard + ([os.path.join(options.linux, "Documentation"),
                                                    os.path.join(options.linux, "scripts")] if options.linux else []))
    cases.write()


if __name__ == "__main__":
    main()
