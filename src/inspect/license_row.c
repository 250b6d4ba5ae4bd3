/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From tokens to the row of words that texts are compared by.
 *
 *     tokens   1.  Redistributions ... \n  2.  Redistributions  ...    Copyright (c) 2020 Ann \n  All ...
 *     row          Redistributions ...         Redistributions  ...                               All ...
 *
 * Who holds the copyright and how clauses are numbered is no part of what a license says. Left out here,
 * once, for texts and for templates, they need no second thought anywhere else, and two files that differ in
 * nothing but their holders have the same row: what was found in the first is known of the second.
 */
#include "inspect/license_row.h"

#include <stdlib.h>

#include "base/digest.h"
#include "base/status.h"

static int
make_room(struct license_row *row, size_t wanted)
{
    if (wanted <= row->capacity)
        return PROV_OK;
    uint32_t *words = realloc(row->words, wanted * sizeof *words);
    if (!words)
        return PROV_E_MEMORY;
    row->words = words;
    uint32_t *places = realloc(row->places, wanted * sizeof *places);
    if (!places)
        return PROV_E_MEMORY;
    row->places = places;
    row->capacity = wanted;
    return PROV_OK;
}

int
license_row_take(const struct license_tokens *tokens, uint8_t neutral, struct license_row *row)
{
    size_t nwords = 0;
    TRY(make_room(row, tokens->ntokens));
    for (size_t i = 0; i < tokens->ntokens; i++) {
        /* Written always, counted when it stays: no branch to guess. */
        row->words[nwords] = tokens->tokens[i].hash;
        row->places[nwords] = (uint32_t)i;
        nwords += !(tokens->tokens[i].flags & neutral);
    }
    row->nwords = nwords;
    return PROV_OK;
}

void
license_row_finish(struct license_row *row)
{
    free(row->words);
    free(row->places);
    *row = (struct license_row){0};
}

size_t
license_row_at(const struct license_row *row, size_t token)
{
    size_t low = 0, high = row->nwords;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (row->places[middle] < token)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint64_t
license_row_hash(const uint32_t *words, size_t nwords)
{
    return hash64(words, nwords * sizeof *words, nwords);
}
