/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Places among records: binary searches, since only what was found is ever asked about.
 */
#include "model/rows.h"

/* Records that begin at or before a place. */
static size_t
starts_until(const struct row_table *table, size_t place)
{
    size_t low = 0, high = table->nstarts;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->starts[middle] <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct row_value *
row_table_value(const struct row_table *table, size_t place)
{
    size_t low = 0, high = table ? table->nvalues : 0;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->values[middle].start <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return low ? &table->values[low - 1] : NULL;
}

static bool
is_blank(struct bytes text, size_t from, size_t to)
{
    for (; from < to; from++)
        if (text.data[from] > ' ')
            return false;
    return true;
}

struct row_place
row_table_find(const struct row_table *table, struct bytes text, size_t start, size_t end)
{
    if (!table)
        return (struct row_place){0};
    struct row_place place = {.row = table->first + starts_until(table, start)};
    const struct row_value *value = row_table_value(table, start);
    if (!value || start >= value->end)
        return place;
    place.column = value->column;
    place.whole = end <= value->end && !value->continued && is_blank(text, value->start, start) &&
                  is_blank(text, end, value->end);
    return place;
}
