#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The manifest and the item list are the same bytes for any number of threads, in a fresh folder, and after the
# scan was killed (-9) at twenty random moments and went on each time.
set -euo pipefail
provscan=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$source/tests/make_tree.py" "$work/data" 6
export PROVSCAN_POLICIES=$source/policies
scan() { "$provscan" scan "$work/data" --as-of 2025-06-01 -q --cache "$work/cache" "$@" || [ $? -le 3 ]; }
mkdir "$work/cache"

same() {
  for file in manifest.json items.jsonl.zst; do
    cmp "$work/one/$file" "$1/$file" || { echo "FAIL: $file differs: $2"; diff <(tr ',' '\n' <"$work/one/$file") <(tr ',' '\n' <"$1/$file") | head; exit 1; }
  done
}

scan -o "$work/one" -j 1
for jobs in 2 8; do
  scan -o "$work/j$jobs" -j $jobs
  same "$work/j$jobs" "-j $jobs"
done

kills=0
rm -rf "$work/killed"
for round in $(seq 1 20); do
  setsid "$provscan" scan "$work/data" --as-of 2025-06-01 -q --cache "$work/cache" -o "$work/killed" -j 2 &
  pid=$!
  sleep "0.$(printf '%03d' $((RANDOM % 250)))"
  if kill -9 $pid 2>/dev/null; then kills=$((kills + 1)); fi
  wait $pid 2>/dev/null || true
  [ ! -e "$work/killed/manifest.json" ] || same "$work/killed" "after kill $round"
  # A finished scan has nothing left to kill: begin again.
  if [ -e "$work/killed/manifest.json" ] && [ $((round % 5)) = 0 ]; then rm -rf "$work/killed"; fi
done
scan -o "$work/killed" -j 2
same "$work/killed" "after $kills kills"
echo "same manifest for -j 1, 2, 8 and after $kills kills"
