#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A container that is known and not opened says so, at any depth, and the scan is never allowed; a text that begins
# like one is a text.
set -euo pipefail
provscan=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PROVSCAN_POLICIES=$source/policies
fail() { echo "FAIL: $*"; exit 1; }
mkdir "$work/data" && cd "$work/data"
zeros() { head -c "$1" /dev/zero; }
echo "mail anna@harbour-mail.org" >member.txt
{ printf 'xar!\0\034\0\001'; zeros 200; } >a.xar
{ printf '\031\0-lh5-'; zeros 100; } >a.lzh
{ printf '\211LZO\0\r\n\032\n'; zeros 50; } >a.lzo
{ printf '\140\352\044\0\036\006\001\0\0\0\002'; zeros 60; } >a.arj
tar -cf inner.tar a.lzh
printf 'xar! is what he cried\n' >text1.txt
printf 'hsq, LRZI and -lh5- are words\n' >text2.txt
code=0
"$provscan" scan . -q --as-of 2025-06-01 --cache "" -o "$work/out" || code=$?
[ "$code" != 0 ] || fail "exit code 0 though something was not read"
unsupported() {
  sqlite3 "$work/out/scan.db" "SELECT count(*) FROM fact JOIN unit ON unit.id = fact.unit
    WHERE fact.code = 'archive.unsupported' AND unit.path = CAST('$1' AS BLOB)"
}
for name in a.xar a.lzh a.lzo a.arj inner.tar; do
  [ "$(unsupported $name)" = 1 ] || fail "$name was not told as unopened"
done
for name in member.txt text1.txt text2.txt; do
  [ "$(unsupported $name)" = 0 ] || fail "$name is a text"
done
for name in a.lzh a.xar; do
  said=$(sqlite3 "$work/out/scan.db" "SELECT lower(hex(sha256)) FROM item JOIN unit ON unit.id = item.unit
    WHERE unit.path = CAST('$name' AS BLOB) AND item.ordinal = 0")
  [ "$said" = "$(sha256sum <$name | cut -d' ' -f1)" ] || fail "digest of $name"
done
echo "5 unopened containers told, 3 texts left alone"
