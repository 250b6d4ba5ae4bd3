#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Checks of detectors against python-stdnum, see detectors_oracle.py.
set -euo pipefail
program=$1 source=$2
python3=/usr/bin/python3
"$python3" -c 'import stdnum' || { echo "python3-stdnum is missing (it is in .ci/packages)"; exit 1; }
"$python3" "$source/tests/scripts/detectors_oracle.py" "$program" "$source/policies"
