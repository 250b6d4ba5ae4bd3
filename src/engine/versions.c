/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The versions of the libraries inside, for `provscan version --json` and the manifest: what produced an
 * answer is part of the answer.
 */
#include "base/db.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/zstd.h"
#include "engine/scan.h"
#include "engine/syscall_filter.h"
#include "inspect/filetype.h"
#include "inspect/multi_match.h"
#include "ingest/archive.h"
#include "ingest/stream.h"

#include <string.h>

/* The number in "libarchive 3.6.2" and in "5.4.9 2024-01-01": from the first digit to the next blank. */
static struct bytes
number_of(const char *text)
{
    const char *first = text + strcspn(text, "0123456789");
    return (struct bytes){.data = (const uint8_t *)first, .size = strcspn(first, " ,")};
}

int
scan_library_versions(struct buf *json)
{
    char seccomp[24];
    syscall_filter_version(seccomp, sizeof seccomp);
    const struct {
        const char *name, *version;
    } libraries[] = {
        {"bzip2", codec_bzip2_version()},
        {"cjson", json_cjson_version()},
        {"isal", codec_isal_version()},
        {"libarchive", archive_library_version()},
        {"libcrypto", digest_crypto_version()},
        {"liblzma", codec_lzma_version()},
        {"libmagic", filetype_magic_version()},
        {"libseccomp", seccomp},
        {"lz4", codec_lz4_version()},
        {"sqlite", db_sqlite_version()},
        {"vectorscan", multi_match_version()},
        {"xxhash", digest_xxhash_version()},
        {"zstd", zstd_version()},
    };
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        struct bytes number = number_of(libraries[i].version);
        TRY(buf_printf(json, "%s\"%s\":\"%.*s\"", i ? "," : "{", libraries[i].name, (int)number.size,
                       number.data));
    }
    return buf_append_text(json, "}");
}
