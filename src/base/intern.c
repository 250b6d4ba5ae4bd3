/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names become small numbers: license expressions, outcomes and detector ids come a million times and are
 * different a dozen times, so the judge compares and stores numbers.
 *
 *     index:  [ .  2  .  .  0  .  1  . ]    number + 1 by hash, 0 = free, linear probing, at most half full
 *     names:  [ n0 n1 n2 ... ]              in order of arrival, which is the order of the output
 */
#include "base/intern.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/status.h"

enum { FIRST_CAPACITY = 32 };

static uint32_t *
slot_of(const struct intern *intern, struct bytes name)
{
    size_t mask = intern->index_size - 1;
    size_t at = hash64(name.data, name.size, 0) & mask;
    while (intern->index[at] && !bytes_equal(intern->names[intern->index[at] - 1], name))
        at = (at + 1) & mask;
    return &intern->index[at];
}

/* Room for twice as many names; the old array stays in the arena. */
static int
grow(struct intern *intern)
{
    size_t capacity = intern->capacity ? intern->capacity * 2 : FIRST_CAPACITY;
    struct bytes *larger = arena_array(&intern->arena, capacity, sizeof *larger);
    uint32_t *index = calloc(capacity * 2, sizeof *index);
    if (!larger || !index) {
        free(index);
        return PROV_E_MEMORY;
    }
    if (intern->nnames)
        memcpy(larger, intern->names, intern->nnames * sizeof *larger);
    free(intern->index);
    intern->names = larger;
    intern->capacity = capacity;
    intern->index = index;
    intern->index_size = capacity * 2;
    for (size_t i = 0; i < intern->nnames; i++)
        *slot_of(intern, intern->names[i]) = (uint32_t)(i + 1);
    return PROV_OK;
}

int
intern_add(struct intern *intern, struct bytes name, uint32_t *number)
{
    if (intern->nnames == intern->capacity)
        TRY(grow(intern));
    uint32_t *slot = slot_of(intern, name);
    if (!*slot) {
        char *copy = arena_text(&intern->arena, name);
        if (!copy)
            return PROV_E_MEMORY;
        intern->names[intern->nnames++] = (struct bytes){(const uint8_t *)copy, name.size};
        *slot = (uint32_t)intern->nnames;
    }
    *number = *slot - 1;
    return PROV_OK;
}

uint32_t
intern_find(const struct intern *intern, struct bytes name)
{
    return intern->nnames ? *slot_of(intern, name) - 1
                          : INTERN_NONE; /* a free slot holds 0, and 0 - 1 is none */
}

const char *
intern_text(const struct intern *intern, uint32_t number)
{
    return (const char *)intern->names[number].data;
}

void
intern_finish(struct intern *intern)
{
    arena_finish(&intern->arena);
    free(intern->index);
    *intern = (struct intern){0};
}
