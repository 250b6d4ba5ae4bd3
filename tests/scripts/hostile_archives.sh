#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Hostile archives and texts of every group are recorded as they must be, in time and memory, with no program started
# and nothing written outside of the output folder.
set -euo pipefail
provscan=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export PROVSCAN_POLICIES=$source/policies
"$source/fixtures/hostile/make_archives.py" "$work/made"
"$source/tests/scripts/hostile_archives.py" "$provscan" "$work/made"
