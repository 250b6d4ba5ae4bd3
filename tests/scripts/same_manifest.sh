#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The manifest and the item list are the same bytes for any number of threads, in a fresh folder, and after the
# scan was killed (-9) at random moments, twenty of them in the middle, and went on each time.
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

# Killed in the middle: some files are in the store, and not all. The moments are spread over the time that a scan takes here.
midway() {
  [ "$(sqlite3 "$work/killed/scan.db" "SELECT (SELECT count(*) FROM item) > 0 AND
      coalesce((SELECT value FROM meta WHERE key = 'crawl.complete'), '0') = '0'" 2>/dev/null)" = 1 ]
}
begun=$(date +%s%N)
scan -o "$work/timed" -j 2
took_ms=$((($(date +%s%N) - begun) / 1000000))
kills=0 midway=0
for round in $(seq 1 100); do
  [ $midway -lt 20 ] || break
  [ ! -e "$work/killed/manifest.json" ] || rm -rf "$work/killed" # nothing is left to kill: begin again
  setsid "$provscan" scan "$work/data" --as-of 2025-06-01 -q --cache "$work/cache" -o "$work/killed" -j 2 &
  pid=$!
  wait_ms=$(((RANDOM * 32768 + RANDOM) % (took_ms + 1)))
  sleep "$((wait_ms / 1000)).$(printf '%03d' $((wait_ms % 1000)))"
  if kill -9 $pid 2>/dev/null; then kills=$((kills + 1)); fi
  wait $pid 2>/dev/null || true
  if [ -e "$work/killed/manifest.json" ]; then
    same "$work/killed" "after kill $round"
  elif midway; then
    midway=$((midway + 1))
  fi
done
[ $midway -ge 5 ] || { echo "FAIL: of $kills kills only $midway hit a scan in the middle"; exit 1; }
scan -o "$work/killed" -j 2
same "$work/killed" "after $kills kills"
echo "same manifest for -j 1, 2, 8 and after $kills kills, $midway of them in the middle"
