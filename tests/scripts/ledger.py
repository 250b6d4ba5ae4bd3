# SPDX-License-Identifier: Apache-2.0
"""Manifests of real scans, checked by other means: ledger.py PROVSCAN SOURCE_DIR WORK_DIR

For the sample and for groups of hostile files: the manifest fits its schema, the coverage ledger adds up to the last
byte that `lstat` knows of, the list of items is what the manifest says, the exit code follows from the verdict, and no
planted value is anywhere in what the scan wrote or printed.
"""
import hashlib, json, os, re, stat, subprocess, sys
import jsonschema

program, source, work = sys.argv[1:]
schema = jsonschema.Draft202012Validator(json.load(open(source + "/policies/schema/manifest.schema.json")))


def regular(root):
    """Sizes of all regular files below a folder, by path, as the file system tells them."""
    for folder, _, names in os.walk(root):
        for name in names:
            status = os.lstat(os.path.join(folder, name))
            if stat.S_ISREG(status.st_mode):
                yield status.st_size


def planted():
    """Values of the sample that must never be seen: out of its files as they lie there."""
    texts = subprocess.run("cat text/payments.txt text/people-gb18030.csv code/app.py; zcat text/notes.jsonl.gz",
                           shell=True, cwd=source + "/fixtures/sample", capture_output=True).stdout
    texts += texts.replace(b"\0", b"")  # one of them is UTF-16
    found = set(re.findall(rb"[\w.]+@[\w.-]+\.org|\b\d{17}[\dX]\b|\b1[38]\d{9}\b|\b6222\d{12,15}\b|NO93\d{11}|"
                           rb"gh[ps]_\w{30,}|Tr0mso-Quay-77|-----BEGIN[^-]*KEY-----\n[^\n]+", texts))
    assert len(found) >= 9, found
    return found


def scan(name, root, exclude=()):
    out = f"{work}/{name}"
    result = subprocess.run([program, "scan", root, "-o", out, "--policies", source + "/policies", "--as-of", "2026-06-01",
                             *exclude], capture_output=True, timeout=280)
    raw = open(out + "/manifest.json", "rb").read()
    manifest = json.loads(raw)
    for error in schema.iter_errors(manifest):
        raise AssertionError(f"{name}: {error.json_path}: {error.message[:300]}")
    cover, items_file = manifest["coverage"], manifest["items_file"]
    parts = [cover[key] for key in ("bytes_read", "bytes_alias", "bytes_skipped", "bytes_unreadable")]
    assert cover["bytes_on_disk"] == sum(parts), f"{name}: {cover['bytes_on_disk']} is not the sum of {parts}"
    assert cover["bytes_on_disk"] == sum(regular(root)), f"{name}: {cover['bytes_on_disk']} on disk, not {sum(regular(root))}"
    assert cover["bytes_skipped"] == sum(row["bytes"] for row in cover["skipped"]), name
    assert cover["bytes_unreadable"] == sum(row["bytes"] for row in cover["unreadable"]), name
    packed = open(out + "/items.jsonl.zst", "rb").read()
    assert (hashlib.sha256(packed).hexdigest(), len(packed)) == (items_file["sha256"], items_file["bytes"]), name
    text = subprocess.run(["zstd", "-dcq", out + "/items.jsonl.zst"], capture_output=True, check=True).stdout
    items = [json.loads(line) for line in text.splitlines()]
    assert len(items) == items_file["lines"] == sum(cover["items"][kind] for kind in
                                                    ("files", "directories", "symlinks", "hardlinks", "special")), name
    own = sum(item["size"] for item in items if item["item"] == 0 and item["kind"] == "file")
    assert own == cover["bytes_read"], f"{name}: items of files hold {own} bytes, {cover['bytes_read']} were read"
    assert sum(item["size"] for item in items if item["item"]) == cover["bytes_expanded"], name
    verdict = manifest["verdict"]
    code = 1 if verdict["verdict"] == "deny" else 3 if not verdict["everything_read"] else {"allow": 0, "review": 2}[verdict["verdict"]]
    assert result.returncode == code, f"{name}: exit code {result.returncode}, not {code}"
    assert verdict["everything_read"] == (not cover["unreadable"] and not any(
        defect["effect"] == "unread" for defect in manifest["defects"])), f"{name}: everything_read is {verdict['everything_read']}"
    defective = {item["verdict"] for item in items if any(f["kind"] == "defect" for f in item.get("facts", []))}
    assert verdict["verdict"] != "allow" or not defective, f"{name}: allowed with defects"
    shown = [raw, text, result.stdout, result.stderr, open(out + "/report.html", "rb").read(), open(out + "/scan.db", "rb").read()]
    print(f"{name}: {len(items)} items, {cover['bytes_on_disk']} bytes, {verdict['verdict']}, everything read: {verdict['everything_read']}")
    return shown


for shown in scan("sample", source + "/fixtures/sample"):
    for value in planted():
        assert value not in shown, f"a planted value is shown: {value!r}"
scan("sample-without-code", source + "/fixtures/sample", ["--exclude", "code", "--exclude", "*.gz"])
scan("itself", source + "/fixtures")
for group in ("name", "corrupt", "path"):
    subprocess.run([source + "/fixtures/hostile/make_archives.py", f"{work}/files-{group}", group], check=True,
                   stdout=subprocess.DEVNULL)
    scan(group, f"{work}/files-{group}/many")

# A file that several roots lead to is read once; its further names lead to an item that is there.
sample, out = source + "/fixtures/sample", work + "/roots"
subprocess.run([program, "scan", sample, sample + "/text", sample + "/README.md", "-o", out, "--policies", source + "/policies",
                "--as-of", "2026-06-01", "-q"], timeout=280)
cover = json.load(open(out + "/manifest.json"))["coverage"]
assert cover["bytes_read"] == sum(regular(sample)), f"roots in roots: {cover['bytes_read']} bytes read"
assert cover["bytes_alias"] == sum(regular(sample + "/text")) + os.path.getsize(sample + "/README.md"), cover["bytes_alias"]
text = subprocess.run(["zstd", "-dcq", out + "/items.jsonl.zst"], capture_output=True, check=True).stdout
items = [json.loads(line) for line in text.splitlines()]
aliases = [item for item in items if item["kind"] == "hardlink" and item["item"] == 0]
assert len(aliases) == cover["units"]["aliases"] >= 5, aliases
read = {item["locator"] for item in items if "sha256" in item}
assert all(item["link"] in read for item in aliases), aliases
