/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes a compressed single file look like any other container, so that the walk needs no second way.
 * The name inside a gzip header is not used: it is often wrong, absent in all other codecs, and the
 * container's own name is what people look for.
 */
#include "ingest/filter.h"

#include <stdlib.h>

struct filter {
    struct reader reader;
    struct stream *decoder;
    struct buf name;
    bool given;
};

static int
filter_next(struct reader *reader, struct member *member)
{
    struct filter *filter = (struct filter *)reader;
    if (filter->given)
        return PROV_E_DATA;
    filter->given = true;
    /* Broken from its first byte: then there is no member, only the decoder's word for it. */
    struct bytes head;
    TRY(stream_peek(filter->decoder, 1, &head));
    member->kind = ITEM_FILE;
    member->name = buf_bytes(&filter->name);
    member->content = filter->decoder;
    return PROV_OK;
}

static int
filter_begun(struct reader *reader, struct item *item)
{
    (void)reader;
    (void)item;
    return PROV_OK;
}

static void
filter_close(struct reader *reader)
{
    struct filter *filter = (struct filter *)reader;
    buf_finish(&filter->name);
    free(filter);
}

int
filter_open(struct stream *decoder, struct bytes name, struct reader **reader)
{
    struct filter *filter = calloc(1, sizeof *filter);
    if (!filter)
        return PROV_E_MEMORY;
    filter->reader = (struct reader){filter_next, filter_begun, filter_close};
    filter->decoder = decoder;
    if (buf_append(&filter->name, name.data, name.size) != PROV_OK) {
        filter_close(&filter->reader);
        return PROV_E_MEMORY;
    }
    *reader = &filter->reader;
    return PROV_OK;
}
