#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""web_archives.py serve PORT_FILE | arc FOLDER | compare FOLDER SCAN_DB

serve: a site of a few pages whose bodies come in every transfer and content coding, until it is killed.
arc: an ARC archive of both versions, written by hand.
compare: every record of every archive, read here without any code of provscan, is what the store has.
"""
import glob
import gzip
import hashlib
import http.server
import os
import re
import sqlite3
import sys

PAGES = {
    "/": b'<html><a href="a.html">a</a> <a href="chunked">c</a> <a href="zipped">z</a> <a href="both">b</a>'
         b'<a href="empty">e</a> <a href="gone">g</a> <a href="moved">m</a> <a href="big.bin">x</a></html>',
    "/a.html": "<html><p>Grüße \u4f60\u597d</p></html>".encode(),
    "/chunked": b"<html>" + b"in chunks " * 500 + b"</html>",
    "/zipped": b"<html>" + b"compressed " * 500 + b"</html>",
    "/both": b"<html>" + b"compressed, in chunks " * 500 + b"</html>",
    "/empty": b"",
    "/big.bin": bytes(range(256)) * 400,
    "/robots.txt": b"User-agent: x\nDisallow: /\n",
}


class Site(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.path == "/moved":
            self.send_response(301)
            self.send_header("Location", "/a.html")
            self.send_header("Content-Length", "0")
            return self.end_headers()
        body = PAGES.get(self.path)
        self.send_response(404 if body is None else 200)
        body = b"not here" if body is None else body
        html = body.startswith(b"<")
        self.send_header("Content-Type", "text/html; charset=UTF-8" if html else "application/octet-stream")
        if self.path in ("/zipped", "/both"):
            body = gzip.compress(body, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        if self.path in ("/chunked", "/both"):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(body), 999):
                part = body[at:at + 999]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            return self.wfile.write(b"0\r\n\r\n")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(port_file):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    with open(port_file + ".new", "w") as file:
        file.write(str(server.server_address[1]))
    os.rename(port_file + ".new", port_file)
    server.serve_forever()


def write_arc(folder):
    for version in 1, 2:
        head = b"%d 0 test\nURL IP-address Archive-date Content-type Archive-length\n\n" % version
        records = [(b"filedesc://x.arc", b"text/plain", head)]
        for path, body in PAGES.items():
            message = b"HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
            records.append((b"http://example.org" + path.encode(), b"text/html", message))
        out = b""
        for url, kind, block in records:
            more = b"" if version == 1 or url.startswith(b"filedesc") else b" 200 - - 0 x.arc"
            line = b"%s 192.0.2.1 20010102030405 %s%s %d\n" % (url, kind, more, len(block))
            record = line + block + b"\n"
            out += gzip.compress(record, mtime=0) if version == 2 else record
        with open(os.path.join(folder, "v%d.arc%s" % (version, ".gz" if version == 2 else "")), "wb") as file:
            file.write(out)


def dechunk(body):
    out, at = b"", 0
    while True:
        end = body.index(b"\r\n", at)
        size = int(body[at:end].split(b";")[0], 16)
        if size == 0:
            return out
        out += body[end + 2:end + 2 + size]
        at = end + 2 + size + 2


def warc_records(data):
    """Yields (type, holds HTTP, block)."""
    at = 0
    while at < len(data):
        end = data.index(b"\r\n\r\n", at) + 4
        fields = dict(re.findall(rb"([^:\r\n]+): *([^\r\n]*)", data[at:end]))
        size = int(fields[b"Content-Length"])
        kind = fields[b"WARC-Type"].decode()
        is_http = kind == "response" and fields.get(b"Content-Type", b"").startswith(b"application/http")
        yield kind, is_http, data[end:end + size]
        at = end + size + 4


def arc_records(data):
    at = 0
    while at < len(data):
        end = data.index(b"\n", at) + 1
        parts = data[at:end].split()
        size = int(parts[-1])
        is_first = parts[0].startswith(b"filedesc")
        yield "filedesc" if is_first else "response", not is_first, data[end:end + size]
        at = end + size + 1


def members(records):
    """Yields (name, bytes) of every leaf that provscan should have."""
    for number, (kind, is_http, block) in enumerate(records, 1):
        name = "%d-%s" % (number, kind)
        if not is_http:
            yield name, block
            continue
        end = block.index(b"\r\n\r\n") + 4
        yield "%d-http" % number, block[:end]
        body = block[end:]
        if b"transfer-encoding: chunked" in block[:end].lower():
            body = dechunk(body)
        yield name, body
        if body.startswith(b"\x1f\x8b"):
            yield name + "!/" + name, gzip.decompress(body)


def compare(folder, store):
    db = sqlite3.connect("file:%s?mode=ro" % store, uri=True)
    nfiles = 0
    for path in sorted(glob.glob(os.path.join(folder, "*.*arc*"))):
        raw = open(path, "rb").read()
        data = gzip.decompress(raw) if path.endswith(".gz") else raw
        records = warc_records(data) if ".warc" in path else arc_records(data)
        expected = [(name, hashlib.sha256(body).hexdigest()) for name, body in members(records)]
        seen = [(bytes(name).decode(), digest.hex()) for name, digest in db.execute(
            "SELECT item.path, item.sha256 FROM item JOIN unit ON unit.id = item.unit"
            " WHERE unit.path = ? AND item.ordinal > 0 ORDER BY item.ordinal",
            [os.path.basename(path).encode()])]
        assert seen == expected, (path, [pair for pair in zip(seen, expected) if pair[0] != pair[1]][:3])
        assert len(expected) > 3, path
        nfiles += 1
    defects = db.execute("SELECT code, count(*) FROM fact WHERE kind = 0 AND code NOT LIKE 'type.%'"
                         " GROUP BY code").fetchall()
    assert not defects, defects
    print("%d archives agree" % nfiles)


if __name__ == "__main__":
    {"serve": serve, "arc": write_arc, "compare": compare}[sys.argv[1]](*sys.argv[2:])
