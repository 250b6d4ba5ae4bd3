#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Rows and columns of JSON and CSV against Python's own json and csv readers, in files of several segments, and the same
# for any number of lanes.
set -euo pipefail
provscan=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 "$source/tests/scripts/rows.py" make "$work/data" "$work/expected.json"
for lanes in 1 3; do
  "$provscan" scan "$work/data" -o "$work/out$lanes" -j $lanes -q >/dev/null || [ $? -le 3 ]
  python3 "$source/tests/scripts/rows.py" check "$work/out$lanes/scan.db" "$work/expected.json"
done
