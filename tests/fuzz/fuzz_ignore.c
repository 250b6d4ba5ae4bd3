/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile .provscanignore, and hostile names. The input is the file up to its first NUL, then names
 * with a "/" between, entered one after the other. What must hold beside memory safety: the decision comes
 * from a rule of the file, is the same when asked twice, and leaving brings back what was.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/ignore.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must(bool condition)
{
    if (!condition)
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    struct bytes rules = {data, nul ? (size_t)(nul - data) : size};
    struct bytes names = {nul ? nul + 1 : NULL, nul ? size - rules.size - 1 : 0};
    struct ignore ignore = {0};
    must(ignore_enter(&ignore, (struct bytes){0}) == PROV_OK);
    if (ignore_add_file(&ignore, rules, 0) != PROV_OK)
        must(ignore.nrules == 0 && ignore.nstates == 0 && ignore.nparts == 0);
    size_t nlevels = 1, nrules = ignore.nrules;
    while (names.size && nlevels < 100) {
        const uint8_t *slash = memchr(names.data, '/', names.size);
        struct bytes name = {names.data, slash ? (size_t)(slash - names.data) : names.size};
        const struct ignore_rule *file = ignore_decide(&ignore, name, false);
        const struct ignore_rule *folder = ignore_decide(&ignore, name, true);
        must(file == ignore_decide(&ignore, name, false));
        must(!file || (!file->negated && !file->folders_only && ignore_rule_text(&ignore, file).size));
        must(!folder || !folder->negated);
        must(ignore_enter(&ignore, name) == PROV_OK);
        if (nlevels % 3 == 0)
            (void)ignore_add_file(&ignore, rules, 1);
        nlevels++;
        names.data += name.size + (slash != NULL);
        names.size -= name.size + (slash != NULL);
    }
    while (nlevels-- > 1)
        ignore_leave(&ignore);
    must(ignore.nrules == nrules && ignore.nstates == nrules);
    ignore_finish(&ignore);
    return 0;
}
