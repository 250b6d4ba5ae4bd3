#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# A policy author's walk: a company's pack on top of cn-genai, with two thresholds tightened, a rule and a detector of its own; what it changes;
# a judgement under it; and twenty mistakes, each told with file, place and reason.
set -euo pipefail
provscan=$(realpath "$1") source=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$source/policies" "$work/policies"
cd "$work"

"$provscan" policy new acme --extends cn-genai --policies policies --output policies/packs/acme.json
"$provscan" policy check policies/packs/acme.json --policies policies
python3 "$source/tests/scripts/policy_author.py" write policies
"$provscan" policy check policies >said || { cat said; exit 1; }
[ "$(printf '%s\n' 'ACME-123456' 'acme-123456' 'ACME-12345' | "$provscan" policy try acme.badge --policies policies | paste -sd, -)" = yes,no,no ]

code=0; "$provscan" policy diff cn-genai acme --policies policies >diff || code=$?
[ $code -eq 2 ]
for words in '+ acme.badge' '~ cn.ip.responsible' 'verdict      - review' ':cn-genai.illegal_share_max' ':cn-content.manual_reading' 'because'; do
  grep -qF -- "$words" diff || { echo "policy diff: '$words' is missing"; cat diff; exit 1; }
done

mkdir set && echo 'badge ACME-123456 of the works' >set/a.txt
code=0; "$provscan" scan -q set -o out -p acme --policies policies --as-of 2026-06-01 || code=$?
[ $code -le 2 ]
python3 "$source/tests/scripts/policy_author.py" judged out/manifest.json
python3 "$source/tests/scripts/policy_author.py" mistakes "$provscan" policies
