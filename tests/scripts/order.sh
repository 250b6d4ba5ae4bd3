#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The manifest does not depend on the order in which folders are listed, nor on the number of threads: five orders, made by
# tests/fault/preload_shuffle.c, and 1, 2, 8 and 16 threads.
set -euo pipefail
provscan=$1 source=$2
if [ -z "${PRELOAD_DIR:-}" ]; then echo "skipped: a sanitizer wants to be loaded first here"; exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PROVSCAN_POLICIES=$source/policies
"$source/tests/make_tree.py" "$work/data" 0.5
for i in $(seq 1 3000); do echo "file $i" >"$work/data/tree/$i-$((i * 7919 % 3001)).txt"; done
scan() { "$provscan" scan "$work/data" --as-of 2025-06-01 -q --cache "$work/cache" "$@" || [ $? -le 3 ]; }
mkdir "$work/cache"
scan -o "$work/one" -j 1
# The names as getdents64 gives them; `ls` calls it inside libc, where nothing can be put in front of it.
listed() {
  LD_PRELOAD="$PRELOAD_DIR/libpreload_shuffle.so" PRELOAD_SEED=$1 /usr/bin/python3 -c '
import ctypes, os, struct, sys
buffer = ctypes.create_string_buffer(1 << 16)
size, at = ctypes.CDLL(None).getdents64(os.open(sys.argv[1], os.O_RDONLY), buffer, len(buffer)), 0
while at < size:
    length = struct.unpack_from("H", buffer, at + 16)[0]
    print(buffer.raw[at + 19 : at + length].split(b"\0")[0].decode())
    at += length' "$work/data/tree"
}
# The library does what it says: another order, the same names.
[ "$(listed 1)" != "$(listed 2)" ] || { echo "FAIL: nothing was shuffled"; exit 1; }
[ "$(listed 1 | sort)" = "$(listed 2 | sort)" ] || { echo "FAIL: names were lost"; exit 1; }
for round in "1 1" "2 2" "3 8" "4 16" "5 2"; do
  read -r seed jobs <<<"$round"
  rm -rf "$work/out"
  LD_PRELOAD="$PRELOAD_DIR/libpreload_shuffle.so" PRELOAD_SEED=$seed scan -o "$work/out" -j "$jobs"
  for file in manifest.json items.jsonl.zst; do
    cmp "$work/one/$file" "$work/out/$file" || { echo "FAIL: $file differs: order $seed, -j $jobs"; exit 1; }
  done
done
echo "same manifest in five orders of listing, with 1, 2, 8 and 16 threads"
