/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The source declaration: what only a person can know about where data came from, and what it is for.
 *
 *     { "scope":   { service, markets, purpose, ... },          scope.c
 *       "sources": [ { "source", "provenance", "use", "provscan" }, ... ] }      source_read.c
 *
 * or the array alone, when nothing is said of the scope. Declared facts are kept apart from found ones:
 * nothing here is believed, it is only what rules compare with.
 */
#include "policy/sources.h"

#include <string.h>

#include "base/path_glob.h"

int
sources_open(struct json_file *file, struct sources *sources, struct err *err)
{
    static const char *const keys[] = {"$schema", "scope", "sources", NULL};
    *sources = (struct sources){.file = file};
    scope_init(&sources->scope);
    struct json_view list = json_root(file);
    if (json_type(list) == JSON_OBJECT) {
        struct json_view root = list, scope = {0};
        TRY(json_only_keys(root, keys, err));
        TRY(json_get_object(root, "scope", JSON_OPTIONAL, &scope, err));
        TRY(scope_read(scope, &sources->arena, &sources->scope, err));
        TRY(json_get_array(root, "sources", JSON_REQUIRED, &list, err));
    }
    TRY(json_expect(list, JSON_ARRAY, err));
    sources->sources = arena_array(&sources->arena, json_count(list) + 1, sizeof *sources->sources);
    if (!sources->sources)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    for (struct json_view view = json_first(list); view.node; view = json_next(view)) {
        struct source *source = &sources->sources[sources->nsources++];
        source_init(source);
        TRY(source_read(view, &sources->arena, source, err));
    }
    return PROV_OK;
}

void
sources_finish(struct sources *sources)
{
    json_close(sources->file);
    arena_finish(&sources->arena);
    *sources = (struct sources){0};
}

static bool
source_claims(const struct source *source, struct bytes path)
{
    for (size_t i = 0; i < source->nmatch; i++)
        if (path_glob_match(source->match[i], path))
            return true;
    return false;
}

uint32_t
sources_of(const struct sources *sources, struct bytes path, uint32_t *nmatches)
{
    uint32_t first = 0;
    *nmatches = 0;
    for (size_t i = 0; i < sources->nsources; i++)
        if (source_claims(&sources->sources[i], path) && ++*nmatches == 1)
            first = (uint32_t)(i + 1);
    return first;
}
