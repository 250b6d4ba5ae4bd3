#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a scan says of itself holds when it is counted again: ledger.py says what.
set -euo pipefail
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
/usr/bin/python3 -W ignore "$(dirname "${BASH_SOURCE[0]}")/ledger.py" "$1" "$2" "$work"
