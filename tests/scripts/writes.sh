#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A disk that is full or fails, output that nobody reads, too few descriptors: what stood under the final names before is
# there afterwards, nothing half-written is, exit code 5 (4 where the command can be blamed) and one line say so.
set -uo pipefail
provscan=$1 source=$2
work=$(mktemp -d)
trap 'umount "$work/small" 2>/dev/null; rm -rf "$work"' EXIT
cp -r "$source/tests/golden/policies" "$work/policies"
cp -r "$source/policies/licenses" "$work/policies/"
export PROVSCAN_POLICIES=$work/policies
mkdir "$work/cache" "$work/small"
"$source/tests/make_tree.py" "$work/data" 0.3
failed=0 passed=0
fail() { echo "FAIL: $*"; failed=$((failed + 1)); }
scan() { "$provscan" scan "$work/data" -p core --as-of 2025-06-01 --cache "$work/cache" -j 2 "$@"; }
names() { (cd "$1" && ls -A | grep -v '^scan\.db' | tr '\n' ' '); }

# refused WHAT FOLDER CODE: after a failed run into FOLDER, where the results in $work/before stood.
refused() {
  local what=$1 folder=$2 code=$3
  [ "$code" = 5 ] || [ "$code" = 4 ] || fail "$what: exit code $code"
  [ "$(wc -l <"$work/words")" = 1 ] && grep -q '^provscan: ' "$work/words" || fail "$what: says $(head -c 300 "$work/words")"
  for file in manifest.json report.html items.jsonl.zst; do
    cmp -s "$work/before/$file" "$folder/$file" || fail "$what: $file is not what it was"
  done
  [ "$(names "$folder")" = "items.jsonl.zst manifest.json report.html scan.key " ] || fail "$what: the folder holds $(names "$folder")"
  passed=$((passed + 1))
}

scan -q -o "$work/before" || fail "undisturbed: $?"
before=$(names "$work/before")
[ "$before" = "items.jsonl.zst manifest.json report.html scan.key " ] || fail "undisturbed: $before"
echo "one more file" >"$work/data/tree/more.txt"
scan -q -o "$work/after"

# A full disk: a file system of its own, where that may be made.
if mount -t tmpfs -o size=4m tmpfs "$work/small" 2>/dev/null; then
  scan -q -o "$work/small/out" 2>"$work/words"; code=$?
  [ $code = 0 ] || fail "a small disk: exit code $code, $(cat "$work/words")"
  rm -rf "$work/small/out"; cp -r "$work/before" "$work/small/out"
  head -c 8m /dev/zero >"$work/small/ballast" 2>/dev/null
  scan -q -o "$work/small/out" 2>"$work/words"; code=$?
  grep -q 'o space left' "$work/words" || fail "a full disk is told as $(cat "$work/words")"
  refused "a full disk" "$work/small/out" "$code"
  rm "$work/small/ballast"
  scan -q -o "$work/small/out" 2>"$work/words" || fail "room again: $?, $(cat "$work/words")"
  cmp "$work/after/manifest.json" "$work/small/out/manifest.json" || fail "room again: another manifest"
  umount "$work/small"
else
  echo "skipped: no file system of a bounded size can be mounted here"
fi

# Files that may not grow beyond a bound.
cp -r "$work/before" "$work/bounded"
(ulimit -f 64; scan -q -o "$work/bounded" 2>"$work/words"); code=$?
refused "RLIMIT_FSIZE" "$work/bounded" "$code"

# Every write of the supervisor, one after the other, on a disk that is full or broken from there on.
if [ -n "${PRELOAD_DIR:-}" ]; then
  shim=$PRELOAD_DIR/libpreload_fail.so
  rm -rf "$work/out"; cp -r "$work/before" "$work/out"
  LD_PRELOAD=$shim PRELOAD_COUNT=$work/count scan -q -o "$work/out"
  nwrites=$(sed -n 's/^supervisor write //p' "$work/count")
  for i in $(seq 0 23); do
    nth=$((1 + i * nwrites / 24)) number=$((i % 2 ? 5 : 28))
    rm -rf "$work/out"; cp -r "$work/before" "$work/out"
    LD_PRELOAD=$shim PRELOAD_FAIL="supervisor write $nth on $number" scan -q -o "$work/out" 2>"$work/words"; code=$?
    # The cache of compiled patterns may fail to be written: that is no reason to stop. All else is.
    if [ "$code" = 0 ]; then
      cmp -s "$work/after/manifest.json" "$work/out/manifest.json" || fail "write $nth: exit code 0, and another manifest"
      continue
    fi
    # Files appear one by one, each whole: the new one or the old one.
    for file in manifest.json report.html items.jsonl.zst; do
      cmp -s "$work/before/$file" "$work/out/$file" || cmp -s "$work/after/$file" "$work/out/$file" ||
        fail "write $nth: $file is neither the old nor the new one"
    done
    [ "$(names "$work/out" | sed 's/[a-z.]*zst\.[0-9a-f]*\.part //')" = "$before" ] || fail "write $nth: the folder holds $(names "$work/out")"
    [ "$code" = 5 ] || fail "write $nth: exit code $code: $(cat "$work/words")"
    passed=$((passed + 1))
  done
fi

# Nobody reads what is printed: the files are there, and the exit code is not that of a verdict.
rm -rf "$work/out"
scan -o "$work/out" >&- 2>"$work/words"; code=$?
[ $code = 5 ] || fail "closed standard output: exit code $code"
cmp -s "$work/after/manifest.json" "$work/out/manifest.json" || fail "closed standard output: no manifest"
{ scan -o "$work/out" 2>"$work/words"; echo $? >"$work/code"; } | head -c 0
[ "$(cat "$work/code")" = 5 ] || fail "a pipe that nobody reads: exit code $(cat "$work/code")"
grep -q 'standard output: ' "$work/words" || fail "a pipe that nobody reads: says $(cat "$work/words")"
passed=$((passed + 2))

# Too few descriptors, from none to enough: refused, or right.
for number in 6 8 10 12 14 16 20 24 32; do
  rm -rf "$work/out"; cp -r "$work/before" "$work/out"
  (ulimit -n $number; scan -q -o "$work/out" 2>"$work/words"); code=$?
  if [ $code = 0 ]; then
    cmp -s "$work/after/manifest.json" "$work/out/manifest.json" || fail "$number descriptors: another manifest"
  elif [ $code = 3 ]; then
    jq -e '.verdict.everything_read | not' "$work/out/manifest.json" >/dev/null || fail "$number descriptors: exit code 3 without a reason"
  else
    refused "$number descriptors" "$work/out" "$code"
  fi
  passed=$((passed + 1))
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
