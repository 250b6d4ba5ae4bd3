#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A scan that is told to stop, that has its workers taken away, or that cannot write: see stops.py.
set -euo pipefail
exec "$2/tests/scripts/stops.py" "$1" "$2"
