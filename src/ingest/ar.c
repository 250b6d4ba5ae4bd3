/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ar: static libraries and Debian packages.
 *
 *     "!<arch>\n" │ name 16, mtime 12, uid 6, gid 6, mode 8, size 10, "`\n" │ data, padded to 2 │ ...
 *
 *     GNU    "name/"; long names stand in the member "//", and "/123" points there; "/" indexes symbols
 *     BSD    "#1/20": the name is the first 20 bytes of the data; "__.SYMDEF" indexes symbols
 *     thin   "!<thin>\n": only "/" and "//" have data, the members lie in other files
 *
 * GNU's index and names are part of the archive and no members. A size that is no number ends the archive,
 * since nothing else tells where the next header is.
 *
 * Not libarchive: it takes a thin archive's headers for those of a whole one.
 *
 * Sources: ar(5) of FreeBSD; binutils, "ar" and include/aout/ar.h.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/reader.h"
#include "ingest/stored.h"

enum { MAGIC_BYTES = 8, HEADER_BYTES = 60, NAME_BYTES = 16 };

struct ar {
    struct reader reader;
    struct reader_input input;
    struct stored content;
    struct faults faults; /**< of the present member */
    bool thin;
    bool ended;
    bool begun;       /**< the present member's data and padding are still to be left behind */
    bool odd;         /**< there is one byte of padding */
    struct buf names; /**< the table of long names */
    struct buf name;
    uint8_t header[HEADER_BYTES];
};

static struct stream *
stream_of(struct ar *ar)
{
    return ar->input.stream;
}

/* Nothing that could be read follows: say why, and take it. */
static int
end(struct ar *ar, enum defect defect, const char *words)
{
    struct sink *sink = ar->input.reading->sink;
    ar->ended = true;
    if (words && stream_of(ar)->status == PROV_OK)
        TRY(sink->defect(sink, ar->input.item, defect, stream_of(ar)->offset, words));
    int status = stream_drain(stream_of(ar));
    return status == PROV_OK ? PROV_E_DATA : status;
}

/* A decimal number with blanks behind it. */
static bool
number(const uint8_t *field, size_t size, uint64_t *value)
{
    size_t i = 0;
    uint64_t result = 0;
    for (; i < size && field[i] >= '0' && field[i] <= '9'; i++)
        result = result * 10 + (uint64_t)(field[i] - '0'); /* at most 14 digits */
    *value = result;
    bool some = i > 0;
    while (i < size && field[i] == ' ')
        i++;
    return some && i == size;
}

bool ar_detect(struct bytes head);

/* The magic is text, so the header behind it must be there as well. */
bool
ar_detect(struct bytes head)
{
    if (head.size < MAGIC_BYTES || (memcmp(head.data, "!<arch>\n", MAGIC_BYTES) != 0 &&
                                    memcmp(head.data, "!<thin>\n", MAGIC_BYTES) != 0))
        return false;
    if (head.size < MAGIC_BYTES + HEADER_BYTES)
        return true;
    uint64_t size;
    const uint8_t *header = head.data + MAGIC_BYTES;
    return memcmp(header + 58, "`\n", 2) == 0 || number(header + 48, 10, &size);
}

static int
leave_member(struct ar *ar)
{
    if (!ar->begun)
        return PROV_OK;
    ar->begun = false;
    TRY(stored_finish(&ar->content));
    struct bytes head = {NULL, 0};
    if (!ar->odd)
        return PROV_OK;
    TRY(stream_peek(stream_of(ar), 1, &head));
    stream_take(stream_of(ar), head.size ? 1 : 0);
    return PROV_OK;
}

/* @return PROV_E_DATA when there are no more */
static int
next_header(struct ar *ar, uint64_t *size)
{
    struct bytes head = {NULL, 0};
    int status = stored_skip_zeros(stream_of(ar));
    if (status == PROV_OK)
        status = stream_peek(stream_of(ar), HEADER_BYTES, &head);
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    if (head.size == 0)
        return end(ar, DEFECT_ARCHIVE_TRUNCATED, NULL);
    if (head.size < HEADER_BYTES)
        return end(ar, DEFECT_ARCHIVE_TRUNCATED, "the archive ends within a header, or data follows it");
    memcpy(ar->header, head.data, HEADER_BYTES);
    if (memcmp(ar->header + 58, "`\n", 2) != 0 || !number(ar->header + 48, 10, size))
        return end(ar, DEFECT_ARCHIVE_CORRUPT, "no header where one should be");
    stream_take(stream_of(ar), HEADER_BYTES);
    return PROV_OK;
}

/* The present header's name is this, and blanks. */
static bool
is_named(const struct ar *ar, const char *name)
{
    size_t size = strlen(name);
    if (memcmp(ar->header, name, size) != 0)
        return false;
    while (size < NAME_BYTES && ar->header[size] == ' ')
        size++;
    return size == NAME_BYTES;
}

/* Take bytes of the archive into a buffer. @return PROV_E_DATA when it ends before */
static int
take_text(struct ar *ar, uint64_t size, struct buf *text)
{
    buf_clear(text);
    while (text->size < size) {
        struct bytes head = {NULL, 0};
        TRY(stream_peek(stream_of(ar), 1, &head));
        if (head.size == 0)
            return PROV_E_DATA;
        size_t left = (size_t)size - text->size;
        size_t step = head.size < left ? head.size : left;
        TRY(buf_append(text, head.data, step));
        stream_take(stream_of(ar), step);
    }
    return PROV_OK;
}

/* "/123": the name at that place of the table, up to "/\n" or a line end. */
static int
long_name(struct ar *ar, uint64_t at)
{
    if (at >= ar->names.size)
        return faults_add(&ar->faults, ar->input.reading, DEFECT_ARCHIVE_CORRUPT, at,
                          "its name is said to be where no name is");
    const uint8_t *start = ar->names.data + at;
    const uint8_t *line = memchr(start, '\n', ar->names.size - (size_t)at);
    size_t size = line ? (size_t)(line - start) : ar->names.size - (size_t)at;
    if (size && start[size - 1] == '/')
        size--;
    return buf_append(&ar->name, start, size);
}

static int
short_name(struct ar *ar)
{
    size_t size = NAME_BYTES;
    while (size && ar->header[size - 1] == ' ')
        size--;
    if (size > 1 && ar->header[size - 1] == '/')
        size--;
    return buf_append(&ar->name, ar->header, size);
}

/* Find the name; a BSD one is taken from the data, whose size shrinks. */
static int
set_name(struct ar *ar, uint64_t *size)
{
    uint64_t value, limit = ar->input.reading->limits->header_bytes;
    buf_clear(&ar->name);
    if (ar->header[0] == '/' && number(ar->header + 1, NAME_BYTES - 1, &value))
        return long_name(ar, value);
    if (memcmp(ar->header, "#1/", 3) != 0 || !number(ar->header + 3, NAME_BYTES - 3, &value))
        return short_name(ar);
    if (value > *size || value > limit)
        return faults_add(&ar->faults, ar->input.reading, DEFECT_ARCHIVE_CORRUPT, value,
                          "its name is larger than its data, or than the limit for headers");
    TRY(take_text(ar, value, &ar->name));
    *size -= value;
    while (ar->name.size && ar->name.data[ar->name.size - 1] == 0)
        ar->name.size--;
    return PROV_OK;
}

/* The table of long names, and indexes of symbols: read, and passed over. */
static int
take_index(struct ar *ar, uint64_t size, bool *taken)
{
    struct sink *sink = ar->input.reading->sink;
    bool names = is_named(ar, "//");
    *taken = names || is_named(ar, "/") || is_named(ar, "/SYM64/");
    if (!*taken)
        return PROV_OK;
    stored_begin(&ar->content, size);
    ar->odd = size & 1;
    ar->begun = true;
    if (!names)
        return PROV_OK;
    if (size > ar->input.reading->limits->header_bytes)
        return sink->defect(sink, ar->input.item, DEFECT_LIMIT_HEADER_BYTES, stream_of(ar)->offset,
                            "a table of names larger than the limit for headers was not read");
    ar->content.left = 0;
    return take_text(ar, size, &ar->names);
}

static int
describe(struct ar *ar, uint64_t size, struct member *member)
{
    uint64_t mtime;
    ar->odd = size & 1;
    ar->begun = true;
    TRY(set_name(ar, &size));
    member->kind = ITEM_FILE;
    member->name = buf_bytes(&ar->name);
    member->size_declared = size;
    if (number(ar->header + 16, 12, &mtime))
        member->mtime = (int64_t)mtime;
    if (ar->thin) {
        ar->begun = false;
        return faults_add(&ar->faults, ar->input.reading, DEFECT_ARCHIVE_DANGLING_LINK, 0,
                          "thin archive: the data lies in another file");
    }
    stored_begin(&ar->content, size);
    member->content = &ar->content.stream;
    return PROV_OK;
}

static int
next_member(struct ar *ar, struct member *member)
{
    uint64_t size = 0;
    bool is_index = true;
    TRY(leave_member(ar));
    while (is_index) {
        TRY(next_header(ar, &size));
        TRY(take_index(ar, size, &is_index));
        if (is_index)
            TRY(leave_member(ar));
    }
    return describe(ar, size, member);
}

static int
ar_next(struct reader *reader, struct member *member)
{
    struct ar *ar = (struct ar *)reader;
    if (ar->ended)
        return PROV_E_DATA;
    faults_clear(&ar->faults);
    int status = next_member(ar, member);
    if (status == PROV_E_DATA && !ar->ended)
        return end(ar, DEFECT_ARCHIVE_TRUNCATED, "the archive ends within a member");
    return status;
}

static int
ar_begun(struct reader *reader, struct item *item)
{
    struct ar *ar = (struct ar *)reader;
    return faults_report(&ar->faults, ar->input.reading, item);
}

static void
ar_close(struct reader *reader)
{
    struct ar *ar = (struct ar *)reader;
    stored_release(&ar->content);
    buf_finish(&ar->names);
    buf_finish(&ar->name);
    free(ar);
}

reader_open_function ar_open;

int
ar_open(const struct reader_input *input, struct reader **reader)
{
    struct bytes head = {NULL, 0};
    int status = stream_peek(input->stream, MAGIC_BYTES, &head);
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    struct ar *ar = calloc(1, sizeof *ar);
    if (!ar)
        return PROV_E_MEMORY;
    ar->reader = (struct reader){ar_next, ar_begun, ar_close};
    ar->input = *input;
    ar->thin = head.size > 2 && head.data[2] == 't';
    ar->content = (struct stored){.below = input->stream, .reading = input->reading, .faults = &ar->faults};
    stream_take(input->stream, head.size < MAGIC_BYTES ? head.size : MAGIC_BYTES);
    *reader = &ar->reader;
    return PROV_OK;
}
