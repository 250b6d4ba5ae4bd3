/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The root digest. Its recipe is short enough to be done again with a shell:
 *
 *     f <sha256> <size> <root> <path> NUL      a file, or another name of one
 *     l <sha256 of the target> 0 <root> <path> NUL      a symlink
 *     s, x, u <64 zeros> 0 <root> <path> NUL   special, left out by a rule, unreadable
 */
#include "model/root_digest.h"

#include <stdio.h>
#include <string.h>

#include "model/unit.h"

/* One record: columns kind, root, path, size, sha256, link. */
static int
add_record(struct sha256 *digest, struct db_statement *row)
{
    static const char letters[] = {[UNIT_FILE] = 'f',  [UNIT_SYMLINK] = 'l', [UNIT_SPECIAL] = 's',
                                   [UNIT_ALIAS] = 'f', [UNIT_SKIPPED] = 'x', [UNIT_UNREADABLE] = 'u'};
    int64_t kind = db_int(row, 0);
    if (kind < 0 || (size_t)kind >= sizeof letters || !letters[kind])
        return PROV_OK;
    uint8_t sha256[SHA256_SIZE] = {0};
    char head[160], hex[2 * SHA256_SIZE + 1];
    struct bytes found = db_bytes(row, 4), link = db_bytes(row, 5), path = db_bytes(row, 2);
    if (kind == UNIT_SYMLINK && sha256_block(link.data, link.size, sha256) != PROV_OK)
        return PROV_E_MEMORY;
    if (letters[kind] == 'f' && found.size == SHA256_SIZE)
        memcpy(sha256, found.data, SHA256_SIZE);
    hex_write(sha256, SHA256_SIZE, hex);
    int size = snprintf(head, sizeof head, "%c %s %lld %lld ", letters[kind], hex,
                        letters[kind] == 'f' ? (long long)db_int(row, 3) : 0LL, (long long)db_int(row, 1));
    sha256_update(digest, head, (size_t)size);
    sha256_update(digest, path.data, path.size);
    sha256_update(digest, "", 1);
    return PROV_OK;
}

int
root_digest(struct db *db, char hex[2 * SHA256_SIZE + 1], struct err *err)
{
    struct sha256 *digest = sha256_create();
    struct db_statement *rows = NULL;
    uint8_t sha256[SHA256_SIZE];
    bool has_row = false;
    if (!digest)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    int status =
        db_prepare(db,
                   "SELECT unit.kind, unit.root, unit.path, coalesce(item.size, unit.size), item.sha256,"
                   " unit.link FROM unit"
                   " LEFT JOIN unit AS target ON unit.kind = 4 AND target.root = unit.link_root"
                   "  AND target.path = unit.link"
                   " LEFT JOIN item ON item.unit = coalesce(target.id, unit.id) AND item.ordinal = 0"
                   " WHERE unit.ordinal IS NOT NULL ORDER BY unit.root, unit.path",
                   &rows, err);
    while (status == PROV_OK && (status = db_step(rows, &has_row, err)) == PROV_OK && has_row)
        if (add_record(digest, rows) != PROV_OK)
            status = err_set(err, PROV_E_MEMORY, "out of memory");
    if (status == PROV_OK) {
        sha256_end(digest, sha256);
        hex_write(sha256, sizeof sha256, hex);
    }
    db_finish(rows);
    sha256_destroy(digest);
    return status;
}
