#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# bench.sh PROVSCAN [small|medium|MEGABYTES]: make corpora if they are not there, measure (bench.py), and write RESULTS.md.
#
# CORPORA=DIR takes corpora from there (tree/, tree.tar.gz ...); RESULTS=FILE writes there; RUNS and LICENSES: see bench.py.
set -euo pipefail
provscan=$1 size=${2:-small}
case $size in small) mb=50 ;; medium) mb=1000 ;; *) mb=$size ;; esac
here=$(cd "$(dirname "$0")" && pwd)
corpora=${CORPORA:-${TMPDIR:-/tmp}/provscan-bench-$mb}
results=${RESULTS:-$here/RESULTS.md}
[ -e "$corpora/tree.tar" ] || { echo "making corpora of $mb MB in $corpora" >&2; python3 "$here/make_corpora.py" "$corpora" "$mb" >&2; }
python3 "$here/bench.py" "$provscan" "$corpora" "$size" >"$results.new"
mv "$results.new" "$results"
echo "results: $results" >&2
