# SPDX-License-Identifier: Apache-2.0
"""Nothing that was found may be read in what provscan writes: no_leak.py PROGRAM POLICIES WORKDIR

A value of every detector (from its examples) is planted in text, JSON, CSV, a zip and a gzip; a scan with all reports is
made; then every file it wrote, its standard output and its standard error are searched for each value, as it is, without
separators, and in hex, base64 (at the three alignments), percent-, JSON-, HTML-escapes and UTF-16.

Words that a report may hold for other reasons are no evidence of a leak: only values with six different characters
and nine or more in all are searched for.
"""
import base64, gzip, html, json, os, re, subprocess, sys, urllib.parse, zipfile, zlib

PROGRAM, POLICIES, WORK = sys.argv[1:4]
DATA, OUT = WORK + "/data", WORK + "/out"


def examples():
    for name in sorted(os.listdir(POLICIES + "/detectors")):
        if not name.endswith(".json"):
            continue
        with open(f"{POLICIES}/detectors/{name}", encoding="utf-8") as file:
            for detector in json.load(file)["detectors"]:
                for example in detector["examples"]:
                    text = "".join(example) if isinstance(example, list) else example
                    yield detector, text.replace("\\n", "\n")


def values(detector, text):
    """The parts of an example that could be its value: long runs without spaces, and those with single separators."""
    words = detector.get("context", {}).get("words", {}) | detector["match"].get("words", {})
    labels = {w.lower() for list_ in words.values() for w in list_}
    for run in re.findall(r"[A-Za-z0-9+/=_.:@~!$%^&*{}(),<>-]{9,}|[0-9][0-9 ()./-]{7,}[0-9]", text):
        run = run.strip(" ,.:;()<>\"'")
        run = re.sub(r"^[A-Za-z_-]{2,30}[:=]", "", run)
        if len(run) >= 9 and len(set(run)) >= 6 and any(c.isdigit() for c in run) and run.lower() not in labels:
            yield run


def plant(texts):
    os.makedirs(DATA, exist_ok=True)
    joined = "\n".join(texts) + "\n"
    with open(DATA + "/plain.txt", "w", encoding="utf-8") as file:
        file.write(joined)
    with open(DATA + "/rows.jsonl", "w", encoding="utf-8") as file:
        for i, text in enumerate(texts):
            file.write(json.dumps({"id": i, "text": text}) + "\n")
    with open(DATA + "/rows.csv", "w", encoding="utf-8") as file:
        file.write("id,text\n")
        for i, text in enumerate(texts):
            file.write(f'{i},"{text.replace(chr(34), chr(34) * 2)}"\n')
    with open(DATA + "/wide.txt", "w", encoding="utf-16") as file:
        file.write(joined)
    with gzip.open(DATA + "/plain.txt.gz", "wb") as file:
        file.write(joined.encode())
    with zipfile.ZipFile(DATA + "/all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner.txt", joined)


def encodings(value):
    raw = value.encode()
    yield raw
    yield raw.hex().encode()
    yield raw.hex().upper().encode()
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw)
        inner = coded[-(-shift * 8 // 6) + (shift > 0):len(coded) // 4 * 4 - 4]
        if len(inner) >= 10:
            yield inner
    for other in (urllib.parse.quote(value, safe=""), json.dumps(value)[1:-1], html.escape(value), re.sub(r"[ ()./-]", "", value)):
        if len(other) >= 9:
            yield other.encode()
    yield "".join(f"\\u{ord(c):04x}" for c in value).encode()
    yield value.encode("utf-16-le")
    yield value.encode("utf-16-be")


def run(*arguments):
    return subprocess.run([PROGRAM, *arguments], capture_output=True, env=os.environ | {"XDG_CACHE_HOME": WORK + "/cache"})


def written():
    """Name and bytes of all that was written, packed files unpacked."""
    for folder, _, names in os.walk(OUT):
        for name in names:
            path = os.path.join(folder, name)
            with open(path, "rb") as file:
                data = file.read()
            yield path, data
            if name.endswith(".zst"):
                yield path + " (unpacked)", subprocess.run(["zstd", "-dcq", path], capture_output=True, check=True).stdout
            if name.endswith(".gz"):
                yield path + " (unpacked)", zlib.decompress(data, 47)


def main():
    texts, wanted = [], {}
    for detector, text in examples():
        texts.append(text)
        for value in values(detector, text):
            wanted[value] = detector["id"]
    plant(texts)
    formats = [line.split()[0] for line in run("report", "--help").stdout.decode().splitlines() if re.match(r"^  [a-z0-9-]+ +\S", line)]
    scan = run("scan", "-v", "--policies", POLICIES, "-p", "cn-genai", "-o", OUT, "--fresh", DATA)
    outputs = [("stdout of scan", scan.stdout), ("stderr of scan", scan.stderr)]
    for name in formats:
        made = run("report", OUT, "--format", name)
        outputs += [(f"stdout of report {name}", made.stdout), (f"stderr of report {name}", made.stderr)]
    outputs += list(written())
    found = len(outputs[0][1]) > 0 and any(b"resident_id" in data for _, data in outputs)
    if not found:
        sys.exit("FAIL: the scan found nothing, so the test shows nothing: " + scan.stderr.decode())
    leaks = [(name, code) for name, data in outputs for value, code in wanted.items() if any(e in data for e in encodings(value))]
    for name, code in sorted(set(leaks))[:40]:
        print(f"LEAK: a value of {code} in {name}")
    print(f"{len(wanted)} values, {len(outputs)} outputs, {sum(len(d) for _, d in outputs)} bytes searched, {len(leaks)} leaks")
    sys.exit(1 if leaks else 0)


main()
