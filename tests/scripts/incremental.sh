#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# After a change of a few files only those are read again, and the result is that of a fresh scan; a change of the
# detectors reads everything again.
set -euo pipefail
provscan=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$source/tests/make_tree.py" "$work/data" 1
cp -r "$source/policies" "$work/policies"
export PROVSCAN_POLICIES=$work/policies
scan() { "$provscan" scan "$work/data" --as-of 2025-06-01 -q --cache "" -o "$1" || [ $? -le 3 ]; }
fail() { echo "FAIL: $*"; exit 1; }
# A file that was read anew is told by a mark that only a fresh read removes.
mark() { sqlite3 "$1/scan.db" "UPDATE item SET encoding = 'kept' WHERE ordinal = 0 AND kind = 0"; }
kept() { sqlite3 "$1/scan.db" "SELECT count(*) FROM item WHERE encoding = 'kept'"; }

scan "$work/out"
units=$(sqlite3 "$work/out/scan.db" "SELECT count(*) FROM item WHERE ordinal = 0 AND kind = 0")
mark "$work/out"
scan "$work/out"
[ "$(kept "$work/out")" = "$units" ] || fail "an unchanged dataset was read again: $(kept "$work/out") of $units kept"

echo "one more line" >>"$work/data/tree/d0/f0.txt"
rm "$work/data/tree/d1/f1.txt"
echo "a new file" >"$work/data/tree/d2/new.txt"
scan "$work/out"
[ "$(kept "$work/out")" = $((units - 2)) ] || fail "kept $(kept "$work/out"), expected $((units - 2))"
scan "$work/fresh"
sqlite3 "$work/out/scan.db" "UPDATE unit SET mtime_ns = 0"
scan "$work/out"
cmp "$work/out/manifest.json" "$work/fresh/manifest.json" || fail "an incremental manifest differs from a fresh one"

mark "$work/out"
first=$(ls "$work"/policies/detectors/*.json | head -1)
echo >>"$first"
scan "$work/out"
[ "$(kept "$work/out")" -lt 20 ] || fail "other detectors, and $(kept "$work/out") units were not read again"
echo "incremental scans read what they must and nothing else"
