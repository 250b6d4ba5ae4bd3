#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Texts of one kind each out of a corpus, for bench_inspect: samples.py CORPORA OUTDIR

english.txt, chinese.txt   what pages of documentation say, without their markup
code.txt                   programs and headers as they are
lines.jsonl                the beginning of text.jsonl
At most 24 MB each: more changes no figure.
"""
import html, os, re, subprocess, sys

CORPORA, OUT, LIMIT = sys.argv[1], sys.argv[2], 24_000_000
TAGS = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.S | re.I)
BLANK = re.compile(r"[ \t]*\n\s*\n\s*")
CODE = (".c", ".h", ".cc", ".cpp", ".hpp", ".py", ".java", ".S", ".sh")
PAGES = (".html", ".htm", ".page", ".txt", ".xml")
HAN = re.compile(r"[\u4e00-\u9fff]")


def files():
    for folder, names, entries in os.walk(CORPORA + "/tree"):
        names.sort()
        for name in sorted(entries):
            yield os.path.join(folder, name)


def kind_of(path, text):
    if path.endswith(CODE):
        return "code"
    han = len(HAN.findall(text))
    if han * 5 > len(text):
        return "chinese"
    return "english" if text.isascii() or sum(map(str.isascii, text[:4000])) > 0.995 * len(text[:4000]) else None


os.makedirs(OUT, exist_ok=True)
outs = {kind: open(f"{OUT}/{kind}.txt", "w") for kind in ("english", "chinese", "code")}
for path in files():
    if not path.endswith(CODE + PAGES):
        continue
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except UnicodeDecodeError:
        continue
    if path.endswith(PAGES):
        text = BLANK.sub("\n\n", html.unescape(TAGS.sub("", text))).strip() + "\n"
    kind = kind_of(path, text)
    if kind and outs[kind].tell() < LIMIT:
        outs[kind].write(text)
for out in outs.values():
    out.close()
with open(OUT + "/lines.jsonl", "wb") as out:
    reader = subprocess.Popen(["zstd", "-dcq", CORPORA + "/text.jsonl.zst"], stdout=subprocess.PIPE)
    for line in reader.stdout:
        out.write(line)
        if out.tell() >= LIMIT:
            break
    reader.kill()
