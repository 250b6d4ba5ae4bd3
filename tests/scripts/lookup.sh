#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Looking values up: found however they are written, absent when they are, nothing without the key; the key and the values
# are in no file of the scan but scan.key, and another key changes no report.
set -euo pipefail
provscan=$1 source=$2
export PROVSCAN_POLICIES=$source/policies
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "lookup: $*" >&2; exit 1; }
scan() { "$provscan" scan "$work/data" -o "$work/$1" -q --as-of 2026-01-01 >/dev/null || [ $? -le 3 ]; }
expect() { # CODE TEXT VALUE
  local code=0
  "$provscan" lookup "$work/out" "$3" >"$work/answer" 2>&1 || code=$?
  [ "$code" = "$1" ] && grep -qF "$2" "$work/answer" || { cat "$work/answer"; fail "'$3' gave $code, not $1 and '$2'"; }
}

mkdir "$work/data"
printf 'id_card,mail\n11010519491231002X,jane.roe@corp-mail.org\n110101199003070011,x\n' >"$work/data/a.csv"
printf '{"m":{"to":["\\u006aane.roe@corp-mail.org"]}}\n' >"$work/data/b.jsonl"
scan out
expect 0 'a.csv: row 1: byte 13: cn.resident_id' 11010519491231002x
expect 0 'a.csv: row 2: byte' '110101 19900307 0011'
expect 0 'b.jsonl: row 1: byte 13: email' jane.roe@corp-mail.org
expect 1 'not found' 110101199003070038
expect 4 'empty' ''
echo 11010519491231002X | "$provscan" lookup "$work/out" - | grep -q 'row 1' || fail "standard input"

key=$(cat "$work/out/scan.key")
[ "$(stat -c %a "$work/out/scan.key")" = 600 ] || fail "others may read the key"
for secret in "$key" 11010519491231002X jane.roe; do
  for file in scan.db manifest.json report.html items.jsonl.zst; do
    ! { zstd -dcq "$work/out/$file" 2>/dev/null || cat "$work/out/$file"; } | grep -qaF -- "$secret" ||
      fail "$file holds '$secret'"
  done
done

scan other
cmp "$work/out/manifest.json" "$work/other/manifest.json" || fail "the key changes the manifest"
! cmp -s "$work/out/scan.key" "$work/other/scan.key" || fail "two scans have one key"
rm "$work/out/scan.key"
expect 4 'scan.key' 11010519491231002X
scan out
expect 0 'row 1' 11010519491231002X
echo ok
