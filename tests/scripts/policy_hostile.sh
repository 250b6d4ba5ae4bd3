#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# Packs that are wrong on purpose are refused before a byte is read: policy_hostile.py says which and how.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
/usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/policy_hostile.py" "$1" "$2" "$work"
