#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# fuzz.sh BUILD_FOLDER SECONDS: run each fuzz target for so long from its corpus. A crash leaves its input in
# tests/fuzz/found/ and ends with exit code 1; make a corpus file of it with a telling name.
set -uo pipefail
build=$1 seconds=$2
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$here/found"
failed=0
for target in "$build"/tests/fuzz_*; do
  [ -x "$target" ] && [ -f "$target" ] || continue
  name=$(basename "$target"); name=${name#fuzz_}
  work=$(mktemp -d)
  echo "== $name"
  "$target" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$here/found/$name-" "$work" "$here/corpus/$name" 2>&1 | grep -E 'number_of_executed_units|ERROR|SUMMARY|artifact' 
  [ "${PIPESTATUS[0]}" = 0 ] || failed=1
  rm -rf "$work"
done
exit $failed
