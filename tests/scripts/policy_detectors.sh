#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The detectors of the project fit their schema and do what their examples say; a wrong file is refused with
# its name and a reason, and exit code 4.
set -euo pipefail
program=$1 source=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() { echo "FAIL: $*"; exit 1; }

"$program" policy check "$source/policies" > "$work/out" || fail "policy check of the project's own policies"
grep -q '^detectors .* all as they should be$' "$work/out" || fail "summary"
/usr/bin/python3 - "$source/policies" <<'PYTHON' || fail "a detector file does not fit detectors.schema.json"
import glob, json, sys
import jsonschema
schema = json.load(open(sys.argv[1] + "/schema/detectors.schema.json"))
for name in sorted(glob.glob(sys.argv[1] + "/detectors/*.json")):
    jsonschema.validate(json.load(open(name)), schema)
PYTHON

refused() { # NAME WORDS: the file NAME in a folder of its own is refused with WORDS
    mkdir -p "$work/p/detectors"
    rm -f "$work/p/detectors/"*
    cat > "$work/p/detectors/$1"
    status=0
    "$program" policy check "$work/p" > "$work/out" 2> "$work/err" || status=$?
    [ "$status" = 4 ] || fail "$1: exit code $status"
    grep -qF "$1" "$work/err" || fail "$1: the message does not name the file: $(cat "$work/err")"
    grep -qF -- "$2" "$work/err" || fail "$1: the message lacks '$2': $(cat "$work/err")"
}
detector() { # PATTERN EXAMPLE
    printf '{"provscan":"detectors","version":1,"family":"t","detectors":[{"id":"t.a","title":{"en":"a"},"class":"person","severity":"low","source":"s","match":{"patterns":["%s"]},"examples":["%s"],"counter_examples":["zzz"]}]}' "$1" "$2"
}
wrong() { # MEMBER: a sound detector with one more member
    detector 'a\\d{8}' 'a12345678' | sed "s/\"examples\"/$1,\"examples\"/"
}
wrong '"measured":{"recall":2,"precision":1,"values":9}' | refused measured.json "between 0 and 1"
wrong '"measured":{"recall":1,"precision":1}' | refused unmeasured.json "values"
wrong '"checks":[{"kind":"weighted","weights":[1,2],"modulus":11,"again":[1],"table":"0123456789-"}]' | refused again.json "of one length"
wrong '"checks":[{"kind":"weighted","weights":[1],"modulus":3,"again":[2],"table":"01-"}]' | refused again_table.json "again_table"
wrong '"checks":[{"kind":"luhn","for":"1"}]' | refused for.json "for"
detector '\\d{8}' 'nothing' | refused example.json "does not find anything"
detector '(a+)+$' 'a' | refused regex.json "unsafe_regex"
detector '[a-z]{9}' 'abcdefghi' | refused gate.json "found by"
printf '{"provscan":"detectors",' | refused cut.json "cut.json:1"
head -c 200000 /dev/zero | tr '\0' '[' | refused deep.json "deep.json"
head -c 3000 /dev/urandom | refused noise.json "noise.json"
: | refused empty.json "empty.json"

printf 'yes\nno\n' > "$work/wanted"
printf '11010519491231002X\n110105194912310021\n' | "$program" policy try cn.resident_id --policies "$source/policies" |
    cmp - "$work/wanted" || fail "policy try"
"$program" policy show cn.resident_id --policies "$source/policies" | grep -q 'GB 11643' || fail "policy show"
echo "ok"
