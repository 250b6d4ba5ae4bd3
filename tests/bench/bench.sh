#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# bench.sh PROVSCAN [small|medium|MEGABYTES]: wall, CPU and peak memory of a whole scan, beside what others need for part of
# it, on the same files in the same run. Prints a table in Markdown; RESULTS.md keeps the ones worth keeping.
#
# CORPORA=DIR takes corpora from there instead of making them (tree/, tree.tar.gz ...).
set -euo pipefail
provscan=$1 size=${2:-small}
case $size in small) mb=50 ;; medium) mb=1000 ;; *) mb=$size ;; esac
here=$(cd "$(dirname "$0")" && pwd)
corpora=${CORPORA:-${TMPDIR:-/tmp}/provscan-bench-$mb}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -e "$corpora/tree.tar" ] || { echo "making corpora of $mb MB in $corpora" >&2; python3 "$here/make_corpora.py" "$corpora" "$mb" >&2; }
export PROVSCAN_POLICIES=$here/../../policies
runs=${RUNS:-3}

# time_of NAME COMMAND: median wall, CPU of that run, and peak RSS of its largest process.
time_of() {
  local i best
  for i in $(seq "$runs"); do
    # /usr/bin/time reports the failure of the verdict's exit code too: it is not ours to judge here.
    /usr/bin/time -o "$work/time" -f '%e %U %S %M' bash -c "$1" >/dev/null 2>&1 || true
    tail -1 "$work/time"
  done | sort -n | sed -n "$((runs / 2 + 1))p"
}

row() { # FILE NAME BASELINE
  local base=$3 ours other
  cat "$corpora/$1" >/dev/null 2>&1 || true
  ours=$(time_of "rm -rf $work/out; $provscan scan $corpora/$1 -o $work/out -q -j ${JOBS:-2} --cache $work/cache")
  other=$(time_of "$base")
  awk -v file="$1" -v name="$2" -v ours="$ours" -v other="$other" 'BEGIN { split(ours, a); split(other, b);
    printf "| %s | %.2f | %.2f | %.0f | %s | %.2f | %.2f |\n", file, a[1], a[2] + a[3], a[4] / 1024, name, b[1], b[1] ? a[1] / b[1] : 0 }'
}

mkdir -p "$work/cache"
"$provscan" scan "$here/patterns.txt" -q -o "$work/warm" --cache "$work/cache" || true
echo "| corpus | wall s | CPU s | RSS MiB | baseline | its wall s | ratio |"
echo "|---|---|---|---|---|---|---|"
row tree.tar.gz "gzip -dc" "gzip -dc $corpora/tree.tar.gz >/dev/null"
row tree.tar.gz "igzip -dc" "igzip -dc $corpora/tree.tar.gz >/dev/null"
row tree.tar.gz "bsdtar -xOf, sha256sum" "bsdtar -xOf $corpora/tree.tar.gz | sha256sum"
row tree.tar.gz "extract, sha256sum, file, rg" "$here/pipeline.sh $corpora/tree.tar.gz $work/pipeline"
[ -z "${LICENSES:-}" ] || row tree.tar.gz "the same, and licensecheck" "$here/pipeline.sh $corpora/tree.tar.gz $work/pipeline licenses"
row tree.tar.zst "zstd -dc" "zstd -dc $corpora/tree.tar.zst >/dev/null"
row tree.tar.xz "xz -dc" "xz -dc $corpora/tree.tar.xz >/dev/null"
row tree.zip "bsdtar -xOf" "bsdtar -xOf $corpora/tree.zip >/dev/null"
row tree "find, sha256sum" "find $corpora/tree -type f -print0 | xargs -0 -P2 -n 256 sha256sum"
row text.jsonl.gz "gzip -dc" "gzip -dc $corpora/text.jsonl.gz >/dev/null"
row text.jsonl.gz "igzip -dc" "igzip -dc $corpora/text.jsonl.gz >/dev/null"
row text.jsonl.zst "zstd -dc" "zstd -dc $corpora/text.jsonl.zst >/dev/null"
row nested.tar "bsdtar -xOf, sha256sum" "bsdtar -xOf $corpora/nested.tar | sha256sum"
row tiny.tar.zst "zstd -dc" "zstd -dc $corpora/tiny.tar.zst >/dev/null"
[ ! -e "$corpora/crawl.warc.gz" ] || row crawl.warc.gz "gzip -dc" "gzip -dc $corpora/crawl.warc.gz >/dev/null"
