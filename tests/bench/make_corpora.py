#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Make corpora for benchmarks from files that Debian packages installed: make_corpora.py OUTDIR MEGABYTES

tree/                     files of /usr/share, /usr/include, /usr/lib/python3: code, HTML, prose, images
tree.tar .gz .zst .xz, tree.zip
text.jsonl.gz .zst        one JSON object a line, text of the tree, invented addresses planted
nested.tar                tar > tar.gz, zip > zip > files
tiny.tar.zst              many members of 200 to 1500 bytes

Which files there are depends on the machine: compare ratios within one run, never seconds between machines.
"""
import io, json, os, random, subprocess, sys, tarfile, zipfile

OUT, LIMIT = sys.argv[1], int(float(sys.argv[2]) * 1e6)
SOURCES = ["/usr/share/doc", "/usr/include", "/usr/lib/python3", "/usr/share/perl", "/usr/share/man", "/usr/share/icons",
           "/usr/share/cmake-3.25", "/usr/lib/node_modules", "/usr/share/i18n", "/usr/share/zoneinfo"]
random.seed(11)


def files():
    for source in SOURCES:
        for folder, names, entries in os.walk(source):
            names.sort()
            for name in sorted(entries):
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    yield path


def run(command):
    subprocess.run(["bash", "-c", "set -o pipefail; " + command], check=True, cwd=OUT)


os.makedirs(OUT + "/tree", exist_ok=True)
every = list(files())
random.shuffle(every)
total, texts = 0, []
for path in every:
    size = os.path.getsize(path)
    if total >= LIMIT or size > 20e6:
        continue
    with open(path, "rb") as file:
        data = file.read()
    target = OUT + "/tree" + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        file.write(data)
    total += size
    if b"\0" not in data[:4096]:
        texts.append(data.decode("utf-8", "replace"))
run("tar --sort=name --mtime=@0 --owner=0 --group=0 -cf tree.tar tree && gzip -6 -n -k -f tree.tar && zstd -q -3 -f tree.tar"
    " && xz -T1 -1 -k -f tree.tar && rm -f tree.zip && zip -q -r -X tree.zip tree")
with open(OUT + "/text.jsonl", "w") as out:
    size = 0
    while size < LIMIT:
        text = random.choice(texts)[:40000]
        if random.random() < 0.02:
            text += f" contact {random.choice(['ada', 'bo', 'chen'])}{random.randrange(10**6)}@harbour-mail.org"
        line = json.dumps({"text": text, "id": size}, ensure_ascii=random.random() < 0.25) + "\n"
        out.write(line)
        size += len(line)
run("gzip -6 -n -f -k text.jsonl && zstd -q -3 -f text.jsonl && rm text.jsonl")
blob = "".join(texts[:2000]).encode()
with open(OUT + "/tiny.tar", "wb") as out, tarfile.open(fileobj=out, mode="w") as archive:
    at = 0
    for i in range(LIMIT // 1000):
        size = random.randrange(200, 1500)
        at = (at + size) % max(1, len(blob) - 1500)
        info = tarfile.TarInfo(f"tiny/{i // 1000:04d}/{i:07d}.txt")
        info.size = size
        archive.addfile(info, io.BytesIO(blob[at: at + size]))
run("zstd -q -3 -f --rm tiny.tar")
inner = io.BytesIO()
with zipfile.ZipFile(inner, "w", zipfile.ZIP_DEFLATED) as archive:
    for i, text in enumerate(texts[:400]):
        archive.writestr(f"{i}.txt", text)
outer = io.BytesIO()
with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
    archive.writestr("inner.zip", inner.getvalue())
with open(OUT + "/outer.zip", "wb") as file:
    file.write(outer.getvalue())
run("tar -cf nested.tar outer.zip tree.tar.gz && rm outer.zip")
