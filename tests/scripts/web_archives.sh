#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Archives that wget makes of a small site are read record by record as a reader of another make (web_archives.py) reads them.
set -euo pipefail
provscan=$1 source=$2
work=$(mktemp -d)
trap 'kill %1 2>/dev/null || true; rm -rf "$work"' EXIT
export PROVSCAN_POLICIES=$source/policies LC_ALL=C
"$source/tests/scripts/web_archives.py" serve "$work/port" &
for _ in $(seq 100); do [ -s "$work/port" ] && break; sleep 0.1; done
site=http://127.0.0.1:$(cat "$work/port")/
mkdir "$work/data" "$work/fetched"
(cd "$work/fetched"
 wget -q -r -l 2 -p --no-warc-compression --warc-file="$work/data/plain" "$site" || [ $? = 8 ]
 wget -q -r -l 2 -p --warc-max-size=20k --warc-file="$work/data/parts" "$site" || [ $? = 8 ])
"$source/tests/scripts/web_archives.py" arc "$work/data"
[ "$(ls "$work/data" | wc -l)" -ge 4 ]
"$provscan" scan "$work/data" -q --as-of 2025-06-01 --cache "" -o "$work/out" || [ $? -le 3 ]
"$source/tests/scripts/web_archives.py" compare "$work/data" "$work/out/scan.db"
