#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Nothing that was found may be read in what provscan writes, see no_leak.py.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 "$2/tests/scripts/no_leak.py" "$1" "$2/policies" "$work"
