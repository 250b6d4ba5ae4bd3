# SPDX-License-Identifier: Apache-2.0
"""
What the test of manifests needs beside the program: a store as a scan would leave it, made without our code, and
checks of what the program makes of it, by other means than its own.

    judged_store.py make SCHEMA.sql STORE SEED   a store; SEED changes the ids of its units and nothing that counts
    judged_store.py check OUT SCHEMA.json        manifest.json and items.jsonl.zst of OUT against the schema and the store
    judged_store.py packs SCHEMA.json PACK...    packs against their schema

All names and values in it are invented.
"""
import hashlib
import json
import random
import sqlite3
import subprocess
import sys

HOSTILE = b"evil\x1b]0;x\x07\xff<script>alert(1)</script>\xe2\x80\xae,=cmd|' /C'!A0.txt"
FILE, DIRECTORY, SYMLINK, SPECIAL, ALIAS, SKIPPED, UNREADABLE = range(7)


def digest(data):
    return hashlib.sha256(data).digest()


def item(size=0, sha=None, path=b"", facts=(), **more):
    return {"size": size, "sha": sha, "path": path, "facts": facts, **more}


def units():
    mail = (1, "email", 4, 3, [(1, 0, "u***@d***.org"), (20, 2, "a***@b***.cn"), (40, 3, "c***@d***.cn")])
    yield b"LICENSE", FILE, 1000, {}, [item(1000, digest(b"l"), facts=[(2, "MIT", 7, 1, [(0, 0, "text")])])]
    yield b"data", DIRECTORY, 4096, {}, [item(kind=1, flags=64)]
    yield b"data/a.txt", FILE, 50, {}, [item(50, digest(b"a"), facts=[mail, (1, "cn.resident_id", 5, 1, [(9, 0, "9{17}X")])])]
    yield b"data/b.txt", FILE, 50, {}, [item(50, digest(b"a"))]
    yield b"data/c.tar", FILE, 10240, {}, [
        item(10240, digest(b"c"), flags=1, format="tar", type="application/x-tar",
             facts=[(0, "archive.truncated", 0, 1, [(10000, 0, "ends at 10000")])]),
        item(300, digest(b"n"), b"x/LICENSE", [(2, "CC-BY-NC-4.0", 7, 1, [])], parent=0),
        item(30, digest(b"h"), b"x/y/" + HOSTILE, [(1, "secret.github_ghp", 5, 1, [(3, 0, "ghp_(36)")])], parent=0),
        item(999, digest(b"p"), b"img.png", flags=0, type="image/png", parent=0)]
    yield b"grown.txt", FILE, 10, {}, [item(15, digest(b"g"), facts=[(0, "fs.changed_during_scan", 0, 1, [])])]
    yield b"hard", ALIAS, 50, {"link": b"data/a.txt"}, []
    yield b"link", SYMLINK, 4, {"link": b"data"}, [item(kind=2, flags=64)]
    yield b"old.bak", SKIPPED, 77, {"rule": "--exclude *.bak"}, []
    yield b"pipe", SPECIAL, 0, {}, [item(kind=4, flags=64, facts=[(0, "fs.special_file", 0, 1, [])])]
    yield b"short.bin", FILE, 500, {}, [item(200, digest(b"s"), flags=2, type="application/octet-stream",
                                             facts=[(0, "fs.io_error", 0, 1, [(200, 0, "input or output error")])])]
    yield b"z\xff" + HOSTILE, UNREADABLE, 88, {}, [item(flags=64, facts=[(0, "fs.permission", 0, 1, [(0, 0, "permission denied")])])]


def make(schema, path, seed):
    db = sqlite3.connect(path)
    db.executescript(open(schema).read())
    db.execute("PRAGMA application_id = %d" % 0x50524F56)
    meta = {"schema": 2, "crawl.complete": "1", "tool": "provscan test", "libraries": '{"sqlite":"3"}', "plan": "ab" * 32,
            "limits": '{"depth":16,"samples-manifest":2}', "detectors": "cd" * 32, "sandbox": "full", "excludes": '["*.bak"]'}
    db.executemany("INSERT INTO meta VALUES (?, ?)", meta.items())
    db.execute("INSERT INTO root VALUES (0, ?)", (b"/somewhere/absolute/set\xff",))
    everything = list(units())
    ids = list(range(1, len(everything) + 1))
    random.Random(seed).shuffle(ids)
    for ordinal, (name, kind, size, more, items) in enumerate(everything):
        unit = ids[ordinal]
        db.execute("INSERT INTO unit (id, ordinal, root, path, kind, state, size, blocks_bytes, device, inode, mtime_ns, ctime_ns,"
                   " mode, nlinks, link, link_root, rule) VALUES (?,?,0,?,?,1,?,0,1,?,?,?,0,1,?,0,?)",
                   (unit, ordinal, name, kind, size, ordinal, seed, seed, more.get("link"), more.get("rule")))
        for number, i in enumerate(items):
            db.execute("INSERT INTO item (unit, ordinal, parent, depth, kind, flags, path, name_offset, size, sha256, xxh3, type,"
                       " encoding, format) VALUES (?,?,?,?,?,?,?,0,?,?,?,?,?,?)",
                       (unit, number, i.get("parent"), int("parent" in i), i.get("kind", 0), i.get("flags", 16), i["path"], i["size"],
                        i["sha"], i["sha"] and i["sha"][:16], i.get("type", "text/plain"), "UTF-8", i.get("format")))
            for place, fact in enumerate(i["facts"]):
                kind_, code, level, count, samples = fact
                db.execute("INSERT INTO fact (unit, item, ordinal, kind, code, level, score, count) VALUES (?,?,?,?,?,?,0,?)", (unit, number, place, kind_, code, level, count))
                for at, (offset, row, evidence) in enumerate(samples):
                    db.execute("INSERT INTO sample VALUES (?,?,?,?,?,5,?,0,?)", (unit, number, place, at, offset, row, evidence))
    db.commit()
    db.close()


def validate(document, schema, name):
    import jsonschema
    jsonschema.Draft202012Validator.check_schema(schema)
    faults = [f"{name}: {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in
              jsonschema.Draft202012Validator(schema).iter_errors(document)]
    assert not faults, "\n".join(faults)


def root_digest():
    """The recipe of src/report/account.c, followed by hand."""
    letters = {FILE: b"f", ALIAS: b"f", SYMLINK: b"l", SPECIAL: b"s", SKIPPED: b"x", UNREADABLE: b"u"}
    by_path = {u[0]: u for u in units()}
    records = []
    for path, kind, size, more, items in by_path.values():
        if kind == DIRECTORY:
            continue
        target = by_path[more["link"]] if kind == ALIAS else (path, kind, size, more, items)
        sha, read = b"\0" * 32, 0
        if kind in (FILE, ALIAS):
            sha, read = target[4][0]["sha"], target[4][0]["size"]
        elif kind == SYMLINK:
            sha = digest(more["link"])
        records.append((path, b"%s %s %d 0 %s\0" % (letters[kind], sha.hex().encode(), read, path)))
    return hashlib.sha256(b"".join(r for _, r in sorted(records))).hexdigest()


def check(out, schema):
    raw = open(f"{out}/manifest.json", "rb").read()
    manifest = json.loads(raw)
    validate(manifest, json.load(open(schema)), "manifest.json")
    assert list(manifest)[-1] == "complete"
    assert b"/somewhere" not in raw and b"absolute" not in raw, "an absolute path got into the manifest"
    assert not any(byte < 0x20 and byte != 0x0A for byte in raw), "a control character got into the manifest"
    cover = manifest["coverage"]
    expected = {"bytes_on_disk": 1000 + 50 + 50 + 10240 + 10 + 50 + 77 + 500 + 88, "bytes_read": 1000 + 50 + 50 + 10240 + 10 + 200,
                "bytes_alias": 50, "bytes_skipped": 77, "bytes_unreadable": 300 + 88}
    for key, value in expected.items():
        assert cover[key] == value, f"{key}: {cover[key]}, not {value}"
    assert cover["bytes_on_disk"] == sum(cover[k] for k in list(expected)[1:])
    assert cover["bytes_skipped"] == sum(r["bytes"] for r in cover["skipped"])
    assert cover["bytes_unreadable"] == sum(r["bytes"] for r in cover["unreadable"])
    assert {r["reason"]: r["bytes"] for r in cover["unreadable"]} == {"fs.io_error": 300, "fs.permission": 88}
    assert manifest["dataset"]["root_digest_sha256"] == root_digest(), "the root digest does not follow its recipe"
    assert manifest["dataset"]["roots"] == [{"name": "set\ufffd", "name_hex": b"set\xff".hex()}]
    mail = [f for f in manifest["findings"] if f["detector"] == "email"][0]
    assert mail["count"] == 3 and len(mail["samples"]) == 2, "counts are exact, samples are bounded"
    packed = open(f"{out}/items.jsonl.zst", "rb").read()
    assert hashlib.sha256(packed).hexdigest() == manifest["items_file"]["sha256"]
    assert len(packed) == manifest["items_file"]["bytes"]
    lines = subprocess.run(["zstd", "-dcq", f"{out}/items.jsonl.zst"], check=True, capture_output=True).stdout.splitlines()
    items = [json.loads(line) for line in lines]
    assert len(items) == manifest["items_file"]["lines"] == sum(len(u[4]) for u in units())
    expected = [(path + b"!/" + i["path"] if i["path"] else path, i) for path, _, _, _, its in units() for i in its]
    for got, (locator, want) in zip(items, expected):
        assert (bytes.fromhex(got["locator_hex"]) if "locator_hex" in got else got["locator"].encode()) == locator
        assert got["size"] == want["size"] and got.get("sha256") == (want["sha"] and want["sha"].hex())
        assert [f["code"] for f in got.get("facts", [])] == [f[1] for f in want["facts"]]
    assert manifest["verdict"]["items_denied"] == sum(i["verdict"] == "deny" for i in items)
    assert manifest["verdict"]["everything_read"] is False
    for result in manifest["results"]:
        if result["level"] == "item":
            assert result["subjects"]["not_conform"] == sum(result["rule"] in i.get("not_conform", []) for i in items), result["rule"]
    print(f"manifest valid, {len(items)} items as made, root digest as by hand")


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    elif sys.argv[1] == "check":
        check(sys.argv[2], sys.argv[3])
    else:
        for pack in sys.argv[3:]:
            validate(json.load(open(pack)), json.load(open(sys.argv[2])), pack)
