/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Extended headers of pax: records "LENGTH KEY=VALUE\n", where LENGTH counts the whole record in decimal.
 * A value may hold any byte, so only the length tells where it ends, and a record whose length and newline
 * disagree makes everything behind it untrustworthy.
 *
 * GNU tar's sparse members came in three versions:
 *
 *     0.0   GNU.sparse.offset and GNU.sparse.numbytes, once for each stretch of data
 *     0.1   GNU.sparse.map = offset,size,offset,size ...
 *     1.0   GNU.sparse.major = 1: the map is the beginning of the data
 *
 * Sources: POSIX.1-2017 pax, "pax Extended Header"; the GNU tar manual, "Storing Sparse Files"; star.5.
 */
#include "ingest/tar_pax.h"

#include <string.h>

#include "base/status.h"

bool
tar_decimal(struct bytes text, uint64_t *value)
{
    uint64_t number = 0;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || __builtin_mul_overflow(number, 10, &number) ||
            __builtin_add_overflow(number, text.data[i] - (uint64_t)'0', &number))
            return false;
    }
    *value = number;
    return text.size > 0;
}

int
tar_extra_add_extent(struct tar_extra *extra, uint64_t offset, uint64_t size)
{
    struct tar_extent extent = {offset, size};
    return buf_append(&extra->extents, &extent, sizeof extent);
}

static int
set_text(struct bytes value, struct buf *buf, bool *has)
{
    buf_clear(buf);
    *has = value.size > 0;
    return buf_append(buf, value.data, value.size);
}

static bool
set_number(struct bytes value, uint64_t *number, bool *has)
{
    *has = value.size > 0 && tar_decimal(value, number);
    return *has || value.size == 0;
}

/* Seconds, perhaps negative, perhaps with a fraction, which is cut off towards the past. */
static bool
set_time(struct bytes value, struct tar_extra *extra)
{
    bool negative = value.size && value.data[0] == '-';
    struct bytes whole = {value.data + negative, value.size - negative};
    const uint8_t *point = whole.size ? memchr(whole.data, '.', whole.size) : NULL;
    if (point)
        whole.size = (size_t)(point - whole.data);
    uint64_t seconds;
    extra->has_mtime = tar_decimal(whole, &seconds) && seconds < INT64_MAX;
    if (extra->has_mtime)
        extra->mtime = negative ? -(int64_t)seconds - (point != NULL) : (int64_t)seconds;
    return extra->has_mtime || value.size == 0;
}

static int
set_map(struct bytes value, struct tar_extra *extra, bool *good)
{
    uint64_t offset = 0;
    bool is_size = false;
    buf_clear(&extra->extents);
    extra->sparse = TAR_SPARSE_MAPPED;
    for (size_t at = 0; *good && at < value.size;) {
        const uint8_t *comma = memchr(value.data + at, ',', value.size - at);
        size_t end = comma ? (size_t)(comma - value.data) : value.size;
        uint64_t number;
        *good = tar_decimal((struct bytes){value.data + at, end - at}, &number);
        if (*good && is_size)
            TRY(tar_extra_add_extent(extra, offset, number));
        offset = number;
        is_size = !is_size;
        at = end + 1;
    }
    *good = *good && !is_size;
    return PROV_OK;
}

static int
set_sparse(struct bytes key, struct bytes value, struct tar_extra *extra, bool *good)
{
    uint64_t number = 0;
    bool has;
    if (bytes_equal(key, bytes_of("map")))
        return set_map(value, extra, good);
    if (bytes_equal(key, bytes_of("name")))
        return set_text(value, &extra->sparse_name, &extra->has_sparse_name);
    *good = set_number(value, &number, &has);
    if (bytes_equal(key, bytes_of("major")) && number == 1)
        extra->sparse = TAR_SPARSE_IN_DATA;
    else if (bytes_equal(key, bytes_of("size")) || bytes_equal(key, bytes_of("realsize"))) {
        extra->real_size = number;
        extra->has_real_size = has;
        if (extra->sparse == TAR_NOT_SPARSE)
            extra->sparse = TAR_SPARSE_MAPPED;
    } else if (bytes_equal(key, bytes_of("numblocks")))
        buf_clear(&extra->extents);
    else if (bytes_equal(key, bytes_of("offset")))
        extra->extent_offset = number;
    else if (bytes_equal(key, bytes_of("numbytes"))) {
        extra->sparse = TAR_SPARSE_MAPPED;
        return tar_extra_add_extent(extra, extra->extent_offset, number);
    }
    return PROV_OK;
}

static int
apply(struct bytes key, struct bytes value, struct tar_extra *extra, bool *good)
{
    static const char sparse[] = "GNU.sparse.";
    if (bytes_equal(key, bytes_of("path")))
        return set_text(value, &extra->path, &extra->has_path);
    if (bytes_equal(key, bytes_of("linkpath")))
        return set_text(value, &extra->link, &extra->has_link);
    if (bytes_equal(key, bytes_of("size")))
        *good = set_number(value, &extra->size, &extra->has_size);
    else if (bytes_equal(key, bytes_of("mtime")))
        *good = set_time(value, extra);
    else if (bytes_equal(key, bytes_of("comment"))) {
        buf_clear(&extra->comment);
        return buf_append(&extra->comment, value.data, value.size);
    } else if (bytes_start_with(key, "GNU.volume."))
        extra->multivolume = true;
    else if (bytes_start_with(key, sparse)) {
        key.data += sizeof sparse - 1;
        key.size -= sizeof sparse - 1;
        return set_sparse(key, value, extra, good);
    }
    return PROV_OK;
}

/* Split one record off. @return its fault, or NULL */
static const char *
next_record(struct bytes *records, struct bytes *key, struct bytes *value)
{
    enum { DIGITS_MAX = 20 };
    size_t scope = records->size < DIGITS_MAX ? records->size : DIGITS_MAX;
    const uint8_t *blank = memchr(records->data, ' ', scope);
    uint64_t length;
    if (!blank || !tar_decimal((struct bytes){records->data, (size_t)(blank - records->data)}, &length))
        return "a pax record without length";
    size_t head = (size_t)(blank - records->data) + 1;
    if (length <= head || length > records->size || records->data[length - 1] != '\n')
        return "a pax record whose length is wrong";
    struct bytes body = {records->data + head, (size_t)length - head - 1};
    const uint8_t *equals = body.size ? memchr(body.data, '=', body.size) : NULL;
    if (!equals)
        return "a pax record without '='";
    *key = (struct bytes){body.data, (size_t)(equals - body.data)};
    *value = (struct bytes){equals + 1, body.size - key->size - 1};
    records->data += length;
    records->size -= (size_t)length;
    return NULL;
}

int
tar_pax_parse(struct bytes records, struct tar_extra *extra, const char **fault)
{
    /* Some writers pad the last record with NULs. */
    while (records.size && records.data[records.size - 1] == 0)
        records.size--;
    while (records.size) {
        struct bytes key, value;
        const char *wrong = next_record(&records, &key, &value);
        bool good = true;
        if (!wrong)
            TRY(apply(key, value, extra, &good));
        if (wrong || !good) {
            *fault = wrong ? wrong : "a pax record whose value is no number";
            if (wrong)
                return PROV_OK;
        }
    }
    return PROV_OK;
}

static int
copy_buf(const struct buf *from, struct buf *to)
{
    buf_clear(to);
    return buf_append(to, from->data, from->size);
}

int
tar_extra_copy(const struct tar_extra *extra, struct tar_extra *copy)
{
    struct tar_extra kept = *copy;
    *copy = *extra;
    copy->path = kept.path;
    copy->link = kept.link;
    copy->sparse_name = kept.sparse_name;
    copy->extents = kept.extents;
    copy->comment = kept.comment;
    TRY(copy_buf(&extra->path, &copy->path));
    TRY(copy_buf(&extra->link, &copy->link));
    TRY(copy_buf(&extra->sparse_name, &copy->sparse_name));
    TRY(copy_buf(&extra->extents, &copy->extents));
    return copy_buf(&extra->comment, &copy->comment);
}

void
tar_extra_clear(struct tar_extra *extra)
{
    struct tar_extra kept = *extra;
    *extra = (struct tar_extra){.path = kept.path,
                                .link = kept.link,
                                .sparse_name = kept.sparse_name,
                                .extents = kept.extents,
                                .comment = kept.comment};
    buf_clear(&extra->path);
    buf_clear(&extra->link);
    buf_clear(&extra->sparse_name);
    buf_clear(&extra->extents);
    buf_clear(&extra->comment);
}

void
tar_extra_finish(struct tar_extra *extra)
{
    buf_finish(&extra->path);
    buf_finish(&extra->link);
    buf_finish(&extra->sparse_name);
    buf_finish(&extra->extents);
    buf_finish(&extra->comment);
    *extra = (struct tar_extra){0};
}
