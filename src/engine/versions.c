/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The versions of the libraries inside, for `provscan version --json` and the manifest: what produced an
 * answer is part of the answer.
 */
#include "base/db.h"
#include "base/digest.h"
#include "base/zstd.h"
#include "engine/scan.h"
#include "inspect/filetype.h"
#include "inspect/multi_match.h"
#include "ingest/archive.h"
#include "ingest/stream.h"

int
scan_library_versions(struct buf *json)
{
    const struct {
        const char *name, *version;
    } libraries[] = {
        {"libarchive", archive_library_version()},
        {"libcrypto", digest_crypto_version()},
        {"libmagic", filetype_magic_version()},
        {"sqlite", db_sqlite_version()},
        {"vectorscan", multi_match_version()},
        {"xxhash", digest_xxhash_version()},
        {"zstd", zstd_version()},
    };
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++)
        TRY(buf_printf(json, "%s\"%s\":\"%s\"", i ? "," : "{", libraries[i].name, libraries[i].version));
    return buf_append_text(json, "}");
}
