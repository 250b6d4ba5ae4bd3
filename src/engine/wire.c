/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The language between the supervisor and its workers.
 *
 *     frame:  | size u32 | type u8 | content ........ |      size counts type and content
 *     bytes:  | length u32 | ... |                           in every variable-length field
 *
 * Both ends are the same program on the same machine, so integers travel as they lie in memory; yet
 * a worker has parsed strangers' bytes and may by then be anybody's. So the decoder believes
 * nothing: a frame is bounded, each field is checked against what is left of it, each count against
 * the smallest size its elements could have before memory is asked for, each enumerator against its
 * range, and what is left over at the end is an error too.
 */
#include "engine/wire.h"

#include <assert.h>
#include <string.h>

/* ---- writing ---- */

static void
put(struct buf *out, const void *data, size_t size)
{
    memcpy(out->data + out->size, data, size);
    out->size += size;
}

static void
put_u8(struct buf *out, uint8_t value)
{
    put(out, &value, sizeof value);
}

static void
put_u16(struct buf *out, uint16_t value)
{
    put(out, &value, sizeof value);
}

static void
put_u32(struct buf *out, uint32_t value)
{
    put(out, &value, sizeof value);
}

static void
put_u64(struct buf *out, uint64_t value)
{
    put(out, &value, sizeof value);
}

static void
put_bytes(struct buf *out, struct bytes bytes)
{
    put_u32(out, (uint32_t)bytes.size);
    if (bytes.size)
        put(out, bytes.data, bytes.size);
}

static void
put_text(struct buf *out, const char *text)
{
    put_bytes(out, bytes_of(text));
}

/* Open a frame with room for size bytes of content: the caller has added them up. */
static int
frame_begin(struct buf *out, enum wire_type type, size_t size, size_t *start)
{
    TRY(buf_reserve(out, size + sizeof(uint32_t) + 1));
    *start = out->size;
    put_u32(out, 0);
    put_u8(out, (uint8_t)type);
    return PROV_OK;
}

static void
frame_end(struct buf *out, size_t start)
{
    uint32_t size = (uint32_t)(out->size - start - sizeof size);
    memcpy(out->data + start, &size, sizeof size);
    assert(out->size < out->capacity);
    out->data[out->size] = 0;
}

enum {
    BYTES_SIZE = 4,                              /* of the length before bytes */
    SAMPLE_SIZE = 8 + 8 + 8 + 2 + BYTES_SIZE,    /* without the evidence */
    ENTRY_SIZE = 1 + 1 + 2 + BYTES_SIZE + 8 + 8 + 4 + 4, /* without code and samples */
    COLUMN_SIZE = BYTES_SIZE + 8 + 8 + 8 + 8,        /* without the name */
    ITEM_SIZE = 8 + 4 * 5 + 1 + 8 * 3 + SHA256_SIZE + XXH3_SIZE + 6 * BYTES_SIZE + 8 + 4 + 8 + 4 + 8,
    UNIT_SIZE = 8 + 8 * 6 + BYTES_SIZE + 4,
    POISON_SIZE = 4 + 4,
    FACT_KINDS_OWN = DEFECT_COUNT + 64, /* codes of our vocabulary come on top of LIMIT_FACT_KINDS_ITEM */
};

static size_t
text_size(const char *text)
{
    return text ? strlen(text) : 0;
}

static size_t
facts_size(const struct fact_set *facts)
{
    size_t size = facts->values.size;
    for (size_t i = 0; i < facts->nentries; i++) {
        const struct fact_entry *entry = &facts->entries[i];
        size += ENTRY_SIZE + strlen(entry->code);
        for (size_t j = 0; j < entry->nsamples; j++)
            size += SAMPLE_SIZE + entry->samples[j].evidence.size;
    }
    for (size_t i = 1; i < facts->ncolumns; i++)
        size += COLUMN_SIZE + facts->columns[i].name.size;
    return size;
}

static void
put_columns(struct buf *out, const struct fact_set *facts)
{
    put_u64(out, facts->nrows);
    put_u32(out, facts->ncolumns ? (uint32_t)facts->ncolumns - 1 : 0);
    for (size_t i = 1; i < facts->ncolumns; i++) {
        const struct row_column *column = &facts->columns[i];
        put_bytes(out, column->name);
        put_u64(out, column->nvalues);
        put_u64(out, column->nnumbers);
        put_u64(out, column->ncodes);
        put_u64(out, column->nbytes);
    }
}

static void
put_facts(struct buf *out, const struct fact_set *facts)
{
    put_columns(out, facts);
    put_bytes(out, buf_bytes(&facts->values));
    put_u64(out, facts->nvalues_lost);
    put_u64(out, facts->noverflow);
    put_u32(out, (uint32_t)facts->nentries);
    for (size_t i = 0; i < facts->nentries; i++) {
        const struct fact_entry *entry = &facts->entries[i];
        put_u8(out, (uint8_t)entry->kind);
        put_u8(out, entry->level);
        put_u16(out, (uint16_t)entry->score);
        put_text(out, entry->code);
        put_u64(out, entry->count);
        put_u64(out, entry->nwhole);
        put_u32(out, entry->column);
        put_u32(out, (uint32_t)entry->nsamples);
        for (size_t j = 0; j < entry->nsamples; j++) {
            const struct fact_sample *sample = &entry->samples[j];
            put_u64(out, sample->offset);
            put_u64(out, sample->length);
            put_u64(out, sample->row);
            put_u16(out, (uint16_t)sample->score);
            put_bytes(out, sample->evidence);
        }
    }
}

int
wire_put_item(struct buf *out, uint64_t unit_id, const struct item *item)
{
    const struct item_head *head = &item->head;
    size_t size = ITEM_SIZE + head->path.size + head->link.size + text_size(item->type) +
                  text_size(item->encoding) + text_size(head->format) + facts_size(&item->facts);
    size_t start;
    TRY(frame_begin(out, WIRE_ITEM, size, &start));
    put_u64(out, unit_id);
    put_u32(out, item->ordinal);
    put_u32(out, head->parent);
    put_u32(out, item->depth);
    put_u32(out, head->flags);
    put_u32(out, head->name_offset);
    put_u8(out, (uint8_t)head->kind);
    put_u64(out, head->size_declared);
    put_u64(out, (uint64_t)head->mtime);
    put_u64(out, item->size);
    put(out, item->fingerprint.sha256, SHA256_SIZE);
    put(out, item->fingerprint.xxh3, XXH3_SIZE);
    put_bytes(out, head->path);
    put_bytes(out, head->link);
    put_text(out, item->type);
    put_text(out, item->encoding);
    put_text(out, head->format);
    put_facts(out, &item->facts);
    frame_end(out, start);
    return PROV_OK;
}

int
wire_put_unit(struct buf *out, const struct wire_unit *unit)
{
    size_t start;
    TRY(frame_begin(out, WIRE_UNIT, UNIT_SIZE + unit->name.size + unit->npoison * (size_t)POISON_SIZE, &start));
    put_u64(out, unit->id);
    put_u64(out, unit->stamp.size);
    put_u64(out, unit->stamp.device);
    put_u64(out, unit->stamp.inode);
    put_u64(out, (uint64_t)unit->stamp.mtime_ns);
    put_u64(out, (uint64_t)unit->stamp.ctime_ns);
    put_u64(out, unit->stamp.blocks_bytes);
    put_bytes(out, unit->name);
    put_u32(out, unit->npoison);
    for (uint32_t i = 0; i < unit->npoison; i++) {
        put_u32(out, unit->poison[i].ordinal);
        put_u32(out, (uint32_t)unit->poison[i].defect);
    }
    frame_end(out, start);
    return PROV_OK;
}

int
wire_put_unit_end(struct buf *out, uint64_t unit_id, uint32_t nitems)
{
    size_t start;
    TRY(frame_begin(out, WIRE_UNIT_END, sizeof unit_id + sizeof nitems, &start));
    put_u64(out, unit_id);
    put_u32(out, nitems);
    frame_end(out, start);
    return PROV_OK;
}

int
wire_put_failure(struct buf *out, int status, const char *text)
{
    size_t start;
    TRY(frame_begin(out, WIRE_FAILURE, 4 + BYTES_SIZE + strlen(text), &start));
    put_u32(out, (uint32_t)status);
    put_text(out, text);
    frame_end(out, start);
    return PROV_OK;
}

int
wire_put_ready(struct buf *out, const char *text)
{
    size_t start;
    TRY(frame_begin(out, WIRE_READY, BYTES_SIZE + strlen(text), &start));
    put_text(out, text);
    frame_end(out, start);
    return PROV_OK;
}

/* ---- reading ---- */

/* What is left of a frame. Once something did not fit, bad stays true and all that is read is zero. */
struct cursor {
    const uint8_t *at;
    size_t left;
    bool bad;
};

static void
get(struct cursor *cursor, void *value, size_t size)
{
    if (cursor->bad || cursor->left < size) {
        cursor->bad = true;
        memset(value, 0, size);
        return;
    }
    memcpy(value, cursor->at, size);
    cursor->at += size;
    cursor->left -= size;
}

static uint8_t
get_u8(struct cursor *cursor)
{
    uint8_t value;
    get(cursor, &value, sizeof value);
    return value;
}

static uint16_t
get_u16(struct cursor *cursor)
{
    uint16_t value;
    get(cursor, &value, sizeof value);
    return value;
}

static uint32_t
get_u32(struct cursor *cursor)
{
    uint32_t value;
    get(cursor, &value, sizeof value);
    return value;
}

static uint64_t
get_u64(struct cursor *cursor)
{
    uint64_t value;
    get(cursor, &value, sizeof value);
    return value;
}

static struct bytes
get_bytes(struct cursor *cursor, size_t size_max)
{
    uint32_t size = get_u32(cursor);
    if (cursor->bad || size > cursor->left || size > size_max) {
        cursor->bad = true;
        return (struct bytes){0};
    }
    struct bytes bytes = {.data = cursor->at, .size = size};
    cursor->at += size;
    cursor->left -= size;
    return bytes;
}

/* Text of our own vocabulary: no NUL in it; NULL when empty. The copy is terminated. */
static const char *
get_text(struct cursor *cursor, size_t size_max, struct arena *arena)
{
    struct bytes text = get_bytes(cursor, size_max);
    if (text.size == 0)
        return NULL;
    if (memchr(text.data, 0, text.size)) {
        cursor->bad = true;
        return NULL;
    }
    return arena_text(arena, text);
}

static int
get_samples(struct cursor *cursor, struct fact_entry *entry, struct arena *arena)
{
    uint32_t count = get_u32(cursor);
    if (cursor->bad || count > cursor->left / SAMPLE_SIZE)
        return PROV_E_PROTOCOL;
    entry->samples = arena_array(arena, count, sizeof *entry->samples);
    if (!entry->samples)
        return PROV_E_MEMORY;
    entry->nsamples = entry->capacity = count;
    for (uint32_t i = 0; i < count; i++) {
        struct fact_sample *sample = &entry->samples[i];
        sample->offset = get_u64(cursor);
        sample->length = get_u64(cursor);
        sample->row = get_u64(cursor);
        sample->score = (int16_t)get_u16(cursor);
        sample->evidence = get_bytes(cursor, LIMIT_DETAIL_BYTES);
    }
    return cursor->bad ? PROV_E_PROTOCOL : PROV_OK;
}

static int
get_entry(struct cursor *cursor, struct fact_entry *entry, struct arena *arena)
{
    uint8_t kind = get_u8(cursor);
    entry->level = get_u8(cursor);
    entry->score = (int16_t)get_u16(cursor);
    entry->code = get_text(cursor, LIMIT_CODE_BYTES, arena);
    entry->count = get_u64(cursor);
    entry->nwhole = get_u64(cursor);
    entry->column = get_u32(cursor);
    if (cursor->bad || kind >= FACT_KIND_COUNT || !entry->code)
        return PROV_E_PROTOCOL;
    entry->kind = (enum fact_kind)kind;
    if (entry->kind == FACT_DEFECT && defect_find(entry->code) == DEFECT_COUNT)
        return PROV_E_PROTOCOL;
    return get_samples(cursor, entry, arena);
}

static int
get_columns(struct cursor *cursor, struct fact_set *facts, struct arena *arena)
{
    facts->nrows = get_u64(cursor);
    uint32_t count = get_u32(cursor);
    if (cursor->bad || count > LIMIT_COLUMNS_ITEM || count > cursor->left / COLUMN_SIZE)
        return PROV_E_PROTOCOL;
    if (count == 0)
        return PROV_OK;
    facts->columns = arena_array(arena, (size_t)count + 1, sizeof *facts->columns);
    if (!facts->columns)
        return PROV_E_MEMORY;
    facts->ncolumns = facts->columns_capacity = (size_t)count + 1;
    for (uint32_t i = 1; i <= count; i++) {
        struct row_column *column = &facts->columns[i];
        column->name = get_bytes(cursor, LIMIT_CODE_BYTES);
        column->nvalues = get_u64(cursor);
        column->nnumbers = get_u64(cursor);
        column->ncodes = get_u64(cursor);
        column->nbytes = get_u64(cursor);
    }
    return cursor->bad ? PROV_E_PROTOCOL : PROV_OK;
}

static int
get_values(struct cursor *cursor, struct fact_set *facts, struct arena *arena)
{
    struct bytes values = get_bytes(cursor, LIMIT_VALUES_ITEM * sizeof(struct fact_value));
    facts->nvalues_lost = get_u64(cursor);
    if (cursor->bad || values.size % sizeof(struct fact_value))
        return PROV_E_PROTOCOL;
    if (values.size == 0)
        return PROV_OK;
    facts->values.data = arena_alloc(arena, values.size);
    if (!facts->values.data)
        return PROV_E_MEMORY;
    memcpy(facts->values.data, values.data, values.size);
    facts->values.size = facts->values.capacity = values.size;
    return PROV_OK;
}

static int
get_facts(struct cursor *cursor, struct fact_set *facts, struct arena *arena)
{
    TRY(get_columns(cursor, facts, arena));
    TRY(get_values(cursor, facts, arena));
    facts->noverflow = get_u64(cursor);
    uint32_t count = get_u32(cursor);
    if (cursor->bad || count > LIMIT_FACT_KINDS_ITEM + FACT_KINDS_OWN || count > cursor->left / ENTRY_SIZE)
        return PROV_E_PROTOCOL;
    if (count == 0)
        return PROV_OK;
    facts->entries = arena_array(arena, count, sizeof *facts->entries);
    if (!facts->entries)
        return PROV_E_MEMORY;
    facts->nentries = facts->capacity = count;
    for (uint32_t i = 0; i < count; i++) {
        TRY(get_entry(cursor, &facts->entries[i], arena));
        if (facts->entries[i].column && facts->entries[i].column >= facts->ncolumns)
            return PROV_E_PROTOCOL;
    }
    return PROV_OK;
}

static int
get_item(struct cursor *cursor, struct item *item, struct arena *arena)
{
    struct item_head *head = &item->head;
    item->ordinal = get_u32(cursor);
    head->parent = get_u32(cursor);
    item->depth = get_u32(cursor);
    head->flags = get_u32(cursor);
    head->name_offset = get_u32(cursor);
    uint8_t kind = get_u8(cursor);
    head->size_declared = get_u64(cursor);
    head->mtime = (int64_t)get_u64(cursor);
    item->size = get_u64(cursor);
    get(cursor, item->fingerprint.sha256, SHA256_SIZE);
    get(cursor, item->fingerprint.xxh3, XXH3_SIZE);
    head->path = get_bytes(cursor, SIZE_MAX);
    head->link = get_bytes(cursor, SIZE_MAX);
    item->type = get_text(cursor, LIMIT_CODE_BYTES, arena);
    item->encoding = get_text(cursor, LIMIT_CODE_BYTES, arena);
    head->format = get_text(cursor, LIMIT_CODE_BYTES, arena);
    if (cursor->bad || kind > ITEM_SPECIAL || head->name_offset > head->path.size)
        return PROV_E_PROTOCOL;
    if (head->parent != ITEM_NO_PARENT && head->parent >= item->ordinal)
        return PROV_E_PROTOCOL;
    head->kind = (enum item_kind)kind;
    return get_facts(cursor, &item->facts, arena);
}

int
wire_decode(struct bytes frame, struct arena *arena, struct wire_message *message)
{
    struct cursor cursor = {.at = frame.data, .left = frame.size};
    *message = (struct wire_message){.type = (enum wire_type)get_u8(&cursor)};
    switch (message->type) {
    case WIRE_ITEM:
        message->unit_id = get_u64(&cursor);
        TRY(get_item(&cursor, &message->item, arena));
        break;
    case WIRE_UNIT_END:
        message->unit_id = get_u64(&cursor);
        message->nitems = get_u32(&cursor);
        break;
    case WIRE_FAILURE:
        message->status = (int)get_u32(&cursor);
        message->text = get_bytes(&cursor, ERR_TEXT_MAX);
        break;
    case WIRE_READY:
        message->text = get_bytes(&cursor, ERR_TEXT_MAX);
        break;
    default:
        return PROV_E_PROTOCOL;
    }
    return cursor.bad || cursor.left ? PROV_E_PROTOCOL : PROV_OK;
}

int
wire_decode_unit(struct bytes frame, struct wire_unit *unit)
{
    struct cursor cursor = {.at = frame.data, .left = frame.size};
    if (get_u8(&cursor) != WIRE_UNIT)
        return PROV_E_PROTOCOL;
    struct wire_unit decoded = {.id = get_u64(&cursor)};
    decoded.stamp.size = get_u64(&cursor);
    decoded.stamp.device = get_u64(&cursor);
    decoded.stamp.inode = get_u64(&cursor);
    decoded.stamp.mtime_ns = (int64_t)get_u64(&cursor);
    decoded.stamp.ctime_ns = (int64_t)get_u64(&cursor);
    decoded.stamp.blocks_bytes = get_u64(&cursor);
    decoded.name = get_bytes(&cursor, SIZE_MAX);
    decoded.npoison = get_u32(&cursor);
    if (cursor.bad || decoded.npoison > LIMIT_POISON_ITEMS_UNIT)
        return PROV_E_PROTOCOL;
    for (uint32_t i = 0; i < decoded.npoison; i++) {
        decoded.poison[i].ordinal = get_u32(&cursor);
        uint32_t defect = get_u32(&cursor);
        if (defect >= DEFECT_COUNT)
            return PROV_E_PROTOCOL;
        decoded.poison[i].defect = (enum defect)defect;
    }
    if (cursor.bad || cursor.left)
        return PROV_E_PROTOCOL;
    *unit = decoded;
    return PROV_OK;
}

int
wire_next_frame(struct bytes data, struct bytes *frame, size_t *taken)
{
    uint32_t size;
    *frame = (struct bytes){0};
    *taken = 0;
    if (data.size < sizeof size)
        return PROV_OK;
    memcpy(&size, data.data, sizeof size);
    if (size == 0 || size > LIMIT_MESSAGE_BYTES)
        return PROV_E_PROTOCOL;
    if (data.size - sizeof size < size)
        return PROV_OK;
    *frame = (struct bytes){.data = data.data + sizeof size, .size = size};
    *taken = sizeof size + size;
    return PROV_OK;
}
