#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The rules of form that a program can check: formatting, cppcheck, file and function length.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
faults=0
fault() { echo "$*" >&2; faults=$((faults + 1)); }
for file in $(git ls-files 'src/*.c' 'src/*.h' 'include/*.h' 2>/dev/null); do
  head -1 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || fault "$file: no SPDX line"
  lines=$(wc -l <"$file")
  [ "$lines" -le 600 ] || fault "$file: $lines lines: two rooms in one?"
  awk -v file="$file" '
    /^[a-zA-Z_].*\)$/ || /^[a-z_]+\(.*/ { name = $0 }
    /^{$/ { start = NR }
    /^}$/ { if (start && NR - start > 62) { printf "%s:%d: function of %d lines: %s\n", file, start, NR - start, name; bad = 1 } start = 0 }
    END { exit bad }' "$file" >&2 || faults=$((faults + 1))
done
if command -v cppcheck >/dev/null; then
  cppcheck -q --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
    --suppress=missingIncludeSystem --suppress=normalCheckLevelMaxBranches -Isrc -Iinclude -D_GNU_SOURCE src 2>&1 | head -40
  [ "${PIPESTATUS[0]}" = 0 ] || fault "cppcheck complains"
fi
echo "format: $faults faults"
[ $faults -eq 0 ]
