#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What a careful user would do today: pipeline.sh ARCHIVE FOLDER [licenses]: extract, digest, type, search.
set -eu
archive=$1 folder=$2 here=$(cd "$(dirname "$0")" && pwd)
export LC_ALL=C.UTF-8
mkdir -p "$folder/x"
bsdtar -xf "$archive" -C "$folder/x"
find "$folder/x" -type f -print0 | xargs -0 -P2 -n 256 sha256sum >"$folder/sha256"
find "$folder/x" -type f -print0 | xargs -0 -P2 -n 256 file --mime-type >"$folder/types"
rg --no-config -uuu -a --no-unicode -j2 --no-heading -H -n -o -f "$here/patterns.txt" "$folder/x" >"$folder/found" || true
[ "${3:-}" != licenses ] || find "$folder/x" -type f -print0 | xargs -0 -P2 -n 256 licensecheck --machine >"$folder/licenses" 2>/dev/null || true
rm -rf "$folder"
