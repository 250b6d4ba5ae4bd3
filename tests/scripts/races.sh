#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Files that change while they are scanned: see races.py.
set -euo pipefail
exec "$2/tests/scripts/races.py" "$1" "$2"
