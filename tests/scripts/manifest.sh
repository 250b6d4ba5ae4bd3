#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What `provscan judge` writes, checked by others: the schema by python3-jsonschema (and by ajv, when npm can give it),
# digests, ledger and items by Python, equality of two runs by cmp.
set -euo pipefail
provscan=$1 source=$2
here=$source/tests/scripts
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=
for candidate in python3 /usr/bin/python3; do
    if "$candidate" -W ignore -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null; then python=$candidate; break; fi
done
[ -n "$python" ] || { echo "python3-jsonschema is missing (see .ci/packages)"; exit 1; }

judge() { # OUT OPTION...: any verdict is fine here, a failure is not
    local out=$1 code=0
    shift
    "$provscan" judge --policies "$source/policies" --as-of 2026-06-01 --purpose commercial "$@" "$out" || code=$?
    [ $code -le 3 ] || { echo "provscan judge: exit code $code"; exit 1; }
}

for run in 1 2; do
    mkdir "$work/$run"
    "$python" "$here/judged_store.py" make "$source/src/store/schema.sql" "$work/$run/scan.db" $run
    judge "$work/$run" -q
done
"$python" -W ignore "$here/judged_store.py" check "$work/1" "$source/policies/schema/manifest.schema.json"
"$python" -W ignore "$here/judged_store.py" packs "$source/policies/schema/pack.schema.json" "$source"/policies/packs/*.json

# The order in which a store was filled does not show.
for file in manifest.json items.jsonl.zst report.html; do cmp "$work/1/$file" "$work/2/$file"; done

# Judging again gives the same, and `report` prints the same manifest from a store that it may only read.
cp "$work/1/manifest.json" "$work/first.json"
judge "$work/1" -q
cmp "$work/first.json" "$work/1/manifest.json"
"$provscan" report --format manifest "$work/1" | cmp - "$work/1/manifest.json"

# Hostile names: no control byte reaches a terminal, no element of theirs gets into the page.
judge "$work/1" --color never --lang en > "$work/page.txt"
judge "$work/1" --color never --lang zh > "$work/page.zh.txt"
for page in "$work/page.txt" "$work/page.zh.txt"; do
    if LC_ALL=C grep -q $'[\x01-\x09\x0b-\x1f\x7f]' "$page"; then echo "$page: a control character"; exit 1; fi
done
if grep -qi '<script' "$work/1/report.html"; then echo "report.html: an element from a name"; exit 1; fi
LC_ALL=C grep -q "default-src 'none'" "$work/1/report.html"

# The exit code: deny before incomplete before review.
code=0; "$provscan" judge -q --policies "$source/policies" "$work/1" || code=$?
[ $code -eq 1 ] || { echo "exit code $code, not 1"; exit 1; }

# A second validator, of another family, when the registry or npm's cache has it.
if command -v npm >/dev/null 2>&1; then
    mkdir -p "$work/ajv"
    if (cd "$work/ajv" && npm install --silent --no-audit --no-fund --prefer-offline ajv@8 >/dev/null 2>&1); then
        cat > "$work/ajv/validate.cjs" <<'JS'
const Ajv = require('ajv/dist/2020').default, fs = require('fs');
const read = (path) => JSON.parse(fs.readFileSync(path, 'utf8'));
const validate = new Ajv({ allErrors: true, strict: true, allowUnionTypes: true }).compile(read(process.argv[2]));
for (const path of process.argv.slice(3))
  if (!validate(read(path))) { console.error(path, validate.errors.slice(0, 5)); process.exit(1); }
JS
        node "$work/ajv/validate.cjs" "$source/policies/schema/manifest.schema.json" "$work/1/manifest.json"
        node "$work/ajv/validate.cjs" "$source/policies/schema/pack.schema.json" "$source"/policies/packs/*.json
        echo "ajv agrees"
    else
        echo "ajv not available: the schema was checked by python3-jsonschema only"
    fi
fi
