#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Calls of memory, reading, writing and opening that fail at points spread over a scan: tests/fault/inject.py tells what must
# hold. A sample here; for more:  tests/fault/inject.py build/release/provscan . build/release/tests 1200
set -euo pipefail
if [ -z "${PRELOAD_DIR:-}" ]; then echo "skipped: a sanitizer owns the memory here"; exit 0; fi
exec "$2/tests/fault/inject.py" "$1" "$2" "$PRELOAD_DIR" 120
