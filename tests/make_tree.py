#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make a folder of honest data for whole-program tests: make_tree.py OUTDIR [MEGABYTES]

Small files, one large JSONL (plain and packed), nested archives in several formats; the same bytes each time.
People and numbers are invented.
"""
import bz2, gzip, io, json, lzma, os, random, sys, tarfile, zipfile

OUT, MEGABYTES = sys.argv[1], float(sys.argv[2]) if len(sys.argv) > 2 else 4
random.seed(7)
WORDS = "harbour tide ferry note 潮汐 港口 船 rope lamp north 2024-05-06 1.2.3.4 v2.0 0x1f license MIT call".split()


def sentence(n):
    text = " ".join(random.choice(WORDS) for _ in range(n))
    if random.random() < 0.05:
        text += f" write to {random.choice(['anna', 'bo', 'chen'])}.{random.randrange(999)}@harbour-mail.org"
    return text


def write(path, data):
    full = os.path.join(OUT, path)
    os.makedirs(os.path.dirname(full), exist_ok=True)
    with open(full, "wb") as file:
        file.write(data)


def tar(members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def zipped(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def packed(data):
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=out, mode="wb", mtime=0) as file:
        file.write(data)
    return out.getvalue()


small = [(f"d{i % 7}/f{i}.txt", sentence(random.randrange(1, 400)).encode()) for i in range(300)]
for name, data in small:
    write("tree/" + name, data)
lines, size = [], 0
while size < MEGABYTES * (1 << 20):
    line = json.dumps({"id": len(lines), "text": sentence(random.randrange(5, 300))}, ensure_ascii=len(lines) % 3 == 0)
    lines.append(line)
    size += len(line.encode()) + 1
jsonl = ("\n".join(lines) + "\n").encode()
write("text.jsonl", jsonl)
write("text.jsonl.gz", packed(jsonl) + packed(b'{"id":-1}\n'))
write("text.jsonl.xz", lzma.compress(jsonl[: 1 << 19]))
write("text.jsonl.bz2", bz2.compress(jsonl[: 1 << 19]))
archive = tar(small)
write("small.tar", archive)
write("small.tar.gz", packed(archive))
write("nested.tar.gz", packed(tar([("a/inner.zip", zipped(small[:50])), ("a/inner.tar", tar(small[50:80])),
                                   ("b/deep.tar.gz", packed(tar([("x.zip", zipped([("y.txt", b"deep down")]))]))),
                                   ("text.jsonl", jsonl[: 1 << 21])])))
write("small.zip", zipped(small))
