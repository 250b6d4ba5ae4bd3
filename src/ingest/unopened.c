/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Containers that are known and not opened. Their bytes are digested, what is in them is not looked at; that
 * has to be said, or a dataset would pass for read that is not. One row a format: what its first bytes are,
 * and what must make sense behind them where the signature alone is short.
 *
 * To open one of them is to take its row away here and add a reader.
 */
#include <string.h>

#include "ingest/le.h"
#include "ingest/reader.h"

enum {
    LHA_HEADER = 21,
    LHA_LEVEL = 20,
    LHA_LEVEL_MAX = 3,
    ARJ_HEADER_MIN = 30,
    ARJ_HEADER_MAX = 2600,
    ARJ_MAIN_HEADER = 2, /* file type of the first header */
    XAR_HEADER_MIN = 28,
};

/* "??-lh5-": a header of 21 bytes or more, the method between two hyphens, the level in its place. */
static bool
is_lha(struct bytes head)
{
    const uint8_t *at = head.data;
    return head.size > LHA_HEADER && at[0] >= LHA_HEADER && at[2] == '-' && at[3] == 'l' &&
           (at[4] == 'h' || at[4] == 'z') && at[6] == '-' && at[LHA_LEVEL] <= LHA_LEVEL_MAX;
}

static bool
is_arj(struct bytes head)
{
    if (head.size < ARJ_HEADER_MIN)
        return false;
    unsigned size = le16(head.data + 2);
    return size >= ARJ_HEADER_MIN && size <= ARJ_HEADER_MAX && head.data[10] == ARJ_MAIN_HEADER;
}

static bool
is_xar(struct bytes head)
{
    return head.size >= XAR_HEADER_MIN && head.data[4] == 0 && head.data[5] >= XAR_HEADER_MIN;
}

static const struct {
    const char *name;
    size_t offset;
    const char *signature;
    size_t size;
    bool (*makes_sense)(struct bytes head); /* NULL: the signature is enough */
} unopened[] = {
    {"xar", 0, "xar!", 4, is_xar},
    {"lha", 2, "-l", 2, is_lha},
    {"arj", 0, "\x60\xEA", 2, is_arj},
    {"ace", 7, "**ACE**", 7, NULL},
    {"lzop", 0, "\x89LZO\0\r\n\x1A\n", 9, NULL},
    {"lrzip", 0, "LRZI\0", 5, NULL},
    {"squashfs", 0, "hsqs", 4, NULL},
};

enum { NUNOPENED = sizeof unopened / sizeof unopened[0] };

bool unopened_detect(struct bytes head);
reader_open_function unopened_open;

/* Which row these first bytes belong to; NUNOPENED when to none. */
static size_t
row_of(struct bytes head)
{
    for (size_t i = 0; i < NUNOPENED; i++) {
        size_t end = unopened[i].offset + unopened[i].size;
        if (head.size >= end &&
            memcmp(head.data + unopened[i].offset, unopened[i].signature, unopened[i].size) == 0 &&
            (!unopened[i].makes_sense || unopened[i].makes_sense(head)))
            return i;
    }
    return NUNOPENED;
}

bool
unopened_detect(struct bytes head)
{
    return row_of(head) < NUNOPENED;
}

int
unopened_open(const struct reader_input *input, struct reader **reader)
{
    enum { SIGHT = 64 }; /* all that the rows above look at */
    struct bytes head;
    (void)reader;
    TRY(stream_peek(input->stream, SIGHT, &head));
    size_t row = row_of(head);
    TRY(sink_defect(input->reading->sink, input->item, DEFECT_ARCHIVE_UNSUPPORTED, 0,
                    "%s: the container is digested, what is in it is not read",
                    row < NUNOPENED ? unopened[row].name : "unknown"));
    return PROV_E_DATA;
}
