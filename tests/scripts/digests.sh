#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Names, sizes and SHA-256 of every item equal an independent reading: bsdtar, unzip and 7z extract, sha256sum digests.
set -euo pipefail
provscan=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PROVSCAN_POLICIES=$source/policies LC_ALL=C
fail() { echo "FAIL: $*"; exit 1; }
mkdir -p "$work/in/tree" "$work/data"
"$source/tests/make_tree.py" "$work/made" 1
cp -r "$work/made/tree" "$work/made/text.jsonl" "$work/in/"
printf '<html><body>a,b\nc,d\n</body></html>' >"$work/in/page.html"
printf 'name,size\n./a,1\n./b type=file,2\n' >"$work/in/table.csv"
printf '#mtree\n/set type=file\n' >"$work/in/looks-like.mtree.jsonl"
head -c 300000 /dev/urandom >"$work/in/noise.bin"
: >"$work/in/empty"
(cd "$work/in" && find . -type f -printf '%P\n' | sort >"$work/names")

(cd "$work/in"
 tar --sort=name -cf "$work/data/a.tar" -T "$work/names"
 tar --format=ustar -czf "$work/data/a.tar.gz" -T "$work/names"
 tar --format=gnu -cf - -T "$work/names" | zstd -q >"$work/data/a.tar.zst"
 tar --format=posix -cf - -T "$work/names" | xz -1 >"$work/data/a.tar.xz"
 tar --format=v7 -cf - -T "$work/names" | bzip2 >"$work/data/a.tar.bz2"
 tar -cf - -T "$work/names" | lz4 -q >"$work/data/a.tar.lz4"
 zip -q -X "$work/data/a.zip" -@ <"$work/names"
 7z a -bd -y "$work/data/a.7z" . >/dev/null
 cpio -o -H newc --quiet <"$work/names" >"$work/data/a.cpio")
(cd "$work/data" && tar -cf nested.tar a.tar.gz a.zip && mkdir deb && cd deb && cp ../a.zip x.zip && ar rcs ../nested.ar x.zip && cd .. && rm -r deb)

"$provscan" scan "$work/data" -q --as-of 2025-06-01 --cache "" -o "$work/out" || [ $? -le 3 ]

# What provscan says: digest, size and path below the unit, of every item with content.
said() {
  sqlite3 -separator ' ' "$work/out/scan.db" "SELECT lower(hex(sha256)), item.size, CAST(item.path AS TEXT) FROM item JOIN unit ON unit.id = item.unit
    WHERE unit.path = CAST('$1' AS BLOB) AND item.kind = 0 AND item.ordinal > 0 AND sha256 IS NOT NULL ORDER BY 3"
}
# What others say.
truth() { (cd "$1" && while read -r name; do echo "$(sha256sum <"$name" | cut -d' ' -f1) $(stat -c %s "$name") $name"; done) | sort -k3; }

truth "$work/in" <"$work/names" >"$work/expected"
for archive in a.tar a.tar.gz a.tar.zst a.tar.xz a.tar.bz2 a.tar.lz4 a.zip a.7z a.cpio; do
  said "$archive" | sort -k3 >"$work/said"
  cmp -s "$work/said" "$work/expected" || { diff "$work/said" "$work/expected" | head -5 || true; fail "$archive"; }
  # The independent reading of the archive itself.
  rm -rf "$work/x"; mkdir "$work/x"
  case $archive in
  *.7z) 7z x -bd -y -o"$work/x" "$work/data/$archive" >/dev/null ;;
  *.zip) unzip -q "$work/data/$archive" -d "$work/x" ;;
  *) bsdtar -xf "$work/data/$archive" -C "$work/x" ;;
  esac
  (cd "$work/x" && find . -type f -printf '%P\n' | sort) | truth "$work/x" | cmp -s - "$work/said" || fail "$archive against its extraction"
  unit=$(sqlite3 "$work/out/scan.db" "SELECT lower(hex(sha256)) FROM item JOIN unit ON unit.id = item.unit WHERE unit.path = CAST('$archive' AS BLOB) AND item.ordinal = 0")
  [ "$unit" = "$(sha256sum <"$work/data/$archive" | cut -d' ' -f1)" ] || fail "digest of $archive itself"
done
for inner in a.tar.gz a.zip; do
  said nested.tar | grep " $inner!/" | sed "s, $inner!/, ," | sort -k3 | cmp -s - "$work/expected" || fail "nested $inner"
done
said nested.ar | grep " x.zip!/" | sed "s, x.zip!/, ," | sort -k3 | cmp -s - "$work/expected" || fail "zip in ar"
echo "$(wc -l <"$work/expected") files in 9 archives and 3 nested ones agree with bsdtar, unzip, 7z and sha256sum"
