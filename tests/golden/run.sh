#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# The command line as users meet it: run.sh PROVSCAN SOURCE [--update] [PATTERN]
#
# A case is cases/NAME.cmd, a script for bash; beside it lies what it must give: NAME.out (standard output), NAME.err
# (standard error) and NAME.exit (the exit code). A file that is not there stands for nothing, and for 0. --update
# writes them anew; read the diff before it is committed.
#
# A script runs in an empty folder of its own, with `provscan` in its PATH, with the policies of tests/golden/policies/ (small,
# of no law, so that a change of a real policy changes nothing here), and without a terminal. $SAMPLE is
# fixtures/sample; `dataset DIR` makes a small honest dataset. In what comes out, the name of the folder becomes WORK.
set -euo pipefail
provscan=$(realpath "$1") source=$(realpath "$2")
shift 2
update=
if [ "${1:-}" = --update ]; then update=1; shift; fi
pattern=${1:-*}
here=$source/tests/golden
work=$(mktemp -d)
trap 'chmod -R u+rwx "$work"; rm -rf "$work"' EXIT
chmod 755 "$work"
mkdir "$work/bin" "$work/cache" "$work/home"
cp "$provscan" "$work/bin/provscan" # another user may have to run it
cp -r "$here/policies" "$work/policies"
cp -r "$source/policies/licenses" "$work/policies/"

cat >"$work/prelude" <<'PRELUDE'
dataset() {
  mkdir -p "$1/tree" && printf 'one line\n' >"$1/a.txt" && printf '{"text":"two"}\n' >"$1/tree/b.jsonl"
}
scan() {
  case " $* " in *" -p "*) ;; *) set -- "$@" -p core ;; esac
  provscan scan "$@" --as-of 2025-06-01
}
PRELUDE

expected() { if [ -e "$1" ]; then cat "$1"; else printf '%s' "$2"; fi; }
keep() { if [ -s "$2" ]; then cp "$2" "$1"; else rm -f "$1"; fi; }

npassed=0 nfailed=0
for script in "$here"/cases/$pattern.cmd; do
  name=$(basename "$script" .cmd) case=${script%.cmd}
  mkdir "$work/t"
  code=0
  (cd "$work/t" && env -i PATH="$work/bin:$PATH" HOME="$work/home" XDG_CACHE_HOME="$work/cache" LC_ALL=C.UTF-8 TZ=UTC \
    PROVSCAN_POLICIES="$work/policies" SAMPLE="$source/fixtures/sample" SOURCE="$source" BASH_ENV="$work/prelude" \
    ${ASAN_OPTIONS:+ASAN_OPTIONS="$ASAN_OPTIONS"} timeout 120 bash "$script") >"$work/out" 2>"$work/err" </dev/null || code=$?
  sed -i "s,$work/t,WORK,g; s,$work/policies,POLICIES,g" "$work/out" "$work/err"
  chmod -R u+rwx "$work/t"
  rm -rf "$work/t"
  if [ "$code" = 0 ]; then : >"$work/exit"; else echo "$code" >"$work/exit"; fi
  if [ -n "$update" ]; then
    for what in out err exit; do keep "$case.$what" "$work/$what"; done
    continue
  fi
  faults=
  for what in out err exit; do
    cmp -s <(expected "$case.$what" "") "$work/$what" || faults+=" $what"
  done
  if [ -z "$faults" ]; then npassed=$((npassed + 1)); continue; fi
  nfailed=$((nfailed + 1))
  echo "FAIL: $name:$faults"
  for what in $faults; do diff -u --label expected --label "$name.$what" <(expected "$case.$what" "") "$work/$what" | head -40 || true; done
done
[ -n "$update" ] || echo "$npassed passed, $nfailed failed"
[ "$nfailed" = 0 ]
