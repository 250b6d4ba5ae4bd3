/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "ingest/member_name.h"
#include "base/status.h"
#include "ingest/name_set.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a resolved path must never hold: that is what it was resolved for. */
static void
check_resolved(struct bytes path)
{
    bool slashes = path.size && (path.data[0] == '/' || path.data[path.size - 1] == '/');
    if (slashes || bytes_equal(path, bytes_of("..")) || bytes_start_with(path, "../") ||
        (path.size && memmem(path.data, path.size, "/../", 4)) ||
        (path.size && memmem(path.data, path.size, "//", 2)))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* Lines are names; each second one is the target of a link. */
    struct name_set set = {0};
    struct bytes rest = {data, size}, example = {NULL, 0};
    for (unsigned i = 0; rest.size; i++) {
        const uint8_t *line = memchr(rest.data, '\n', rest.size);
        struct bytes name = {rest.data, line ? (size_t)(line - rest.data) : rest.size};
        rest = line ? (struct bytes){line + 1, rest.size - name.size - 1} : (struct bytes){NULL, 0};
        struct member member = {.kind = (enum item_kind)(name.size % 4), .name = name, .link = name};
        struct buf path = {0};
        unsigned relations;
        bool escapes;
        (void)member_name_faults(name);
        if (member_name_resolve(name, name, &path, &escapes) == PROV_OK && !escapes)
            check_resolved(buf_bytes(&path));
        buf_clear(&path);
        if (member_name_unfiltered(name, 64, &path) != PROV_OK || path.size == 0 || path.size > 64)
            abort();
        buf_finish(&path);
        if (name_set_add(&set, &member, &relations) != PROV_OK)
            abort();
    }
    (void)name_set_dangling(&set, &example);
    name_set_finish(&set);
    return 0;
}
