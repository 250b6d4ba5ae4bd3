#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Hostile folders are recorded as they must be, in time and memory, and nothing of theirs reaches a reader raw.
set -euo pipefail
provscan=$1 source=$2
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
export PROVSCAN_POLICIES=$source/policies
"$source/fixtures/hostile/make_tree.py" "$work/trees"
"$source/tests/scripts/hostile_tree.py" "$provscan" "$work/trees"
[ -z "$(find "$work" -name pwned)" ] || { echo "FAIL: a program was run"; exit 1; }
