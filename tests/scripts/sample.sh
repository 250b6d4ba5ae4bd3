#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The manual sample, done again by other means: which entries are drawn, from the store and the recipe alone; the bounds of
# the rate by exact sums; marks that come back through a spreadsheet; worksheets of another sample.
set -euo pipefail
provscan=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
check() { python3 "$source/tests/scripts/sample.py" "$@"; }
judge() { "$provscan" judge -q --policies "$source/policies" -p cn-content --as-of 2026-06-01 "$work/out" || [ $? -le 3 ]; }

check make "$work/set"
code=0; "$provscan" scan -q "$work/set" -o "$work/out" --policies "$source/policies" -p cn-content --as-of 2026-06-01 || code=$?
[ $code -le 3 ]

"$provscan" sample --n 400 "$work/out" > "$work/said"
check draw "$work/out" 400
cp "$work/out/sample.csv" "$work/first.csv"
"$provscan" sample --n 400 --evidence "$work/out" > /dev/null
cut -d, -f1-3 "$work/out/sample.csv" | cmp - <(cut -d, -f1-3 "$work/first.csv")
grep -q 'default-src' "$work/out/sample.html"
if grep -qi '<script' "$work/out/sample.html"; then echo "sample.html: a script"; exit 1; fi

# Marks come back: as they went, with another separator and order, half of them, with a mistake.
for bad in 0 13 16 17; do
    check mark "$work/first.csv" "$work/marked.csv" $bad
    "$provscan" sample --marks "$work/marked.csv" "$work/out" > "$work/said"
    judge
    check result "$work/out" "$work/said" 400 $bad
done
check mark "$work/first.csv" "$work/marked.csv" 16 spreadsheet
"$provscan" sample --marks "$work/marked.csv" "$work/out" > "$work/said"
check result "$work/out" "$work/said" 400 16
for mistake in word digest twice number heading empty; do
    check mark "$work/first.csv" "$work/wrong.csv" 3 $mistake
    code=0; "$provscan" sample --marks "$work/wrong.csv" "$work/out" > /dev/null 2> "$work/err" || code=$?
    [ $code -eq 4 ] || { echo "$mistake: exit code $code"; exit 1; }
done

# All entries when there are fewer; another content, another sample, and the old marks are of no use.
"$provscan" sample --n 1000000 "$work/out" > /dev/null
check draw "$work/out" 1000000
"$provscan" sample --n 400 "$work/out" > /dev/null
echo 'one more' > "$work/set/b/new.txt"
"$provscan" scan -q "$work/set" -o "$work/out" --policies "$source/policies" -p cn-content --as-of 2026-06-01 || [ $? -le 3 ]
code=0; "$provscan" sample --marks "$work/marked.csv" "$work/out" 2> "$work/err" || code=$?
[ $code -eq 4 ] && grep -q 'has changed' "$work/err"
check stale "$work/out"
