/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_RECORDING_SINK_H
#define UNIT_RECORDING_SINK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "base/status.h"
#include "model/sink.h"

/*
 * A sink for tests of readers: it keeps what it is given, item by item in the order of begin(), checks
 * that the contract of model/sink.h is kept (nesting, no call after end), and can be told to fail.
 *
 *     struct recording_sink recording;
 *     recording_sink_init(&recording);
 *     ... read into &recording.sink ...
 *     struct recorded_item *item = recorded_find(&recording, "a.zip!/b.txt");
 *     recorded_has(item, DEFECT_ARCHIVE_TRUNCATED), item->data, item->sha256 ...
 *     recording_sink_finish(&recording);
 *
 * It aborts where memory runs out or a reader breaks the contract. Criterion is not needed.
 */

struct recorded_defect {
    enum defect defect;
    uint64_t offset;
    char text[LIMIT_DETAIL_BYTES];
};

struct recorded_fact {
    enum fact_kind kind;
    char code[LIMIT_CODE_BYTES];
    char evidence[LIMIT_DETAIL_BYTES];
};

struct recorded_item {
    struct item item;                 /**< what readers see; head.path and head.link are owned */
    char *path;                       /**< the path as a C string */
    struct buf data;                  /**< the first recording_sink.keep_bytes_max bytes */
    uint64_t size;                    /**< of all the data */
    char sha256[2 * SHA256_SIZE + 1]; /**< in hexadecimal, once ended */
    struct recorded_defect *defects;
    size_t ndefects;
    struct recorded_fact *facts;
    size_t nfacts;
    bool ended;
    struct digest *digest;
};

struct recording_sink {
    struct sink sink; /**< first: the callbacks get this address */
    struct recorded_item **items;
    size_t nitems;
    size_t keep_bytes_max; /**< data kept of each item; SIZE_MAX: all */
    size_t nopen;          /**< begun and not ended */
    uint64_t ncalls;       /**< of any kind */
    uint64_t fail_at;      /**< number of the call that returns fail_status, from 1; 0: none */
    int fail_status;
    uint32_t opaque_ordinal; /**< this item is begun as ITEM_OPAQUE; UINT32_MAX: none */
};

static inline void
recording_require(bool holds, const char *what)
{
    if (!holds) {
        (void)fprintf(stderr, "recording sink: %s\n", what);
        abort();
    }
}

static inline struct recorded_item *
recording_item(struct item *item)
{
    return (struct recorded_item *)item;
}

static inline int
recording_call(struct sink *sink)
{
    struct recording_sink *recording = (struct recording_sink *)sink;
    recording->ncalls++;
    return recording->ncalls == recording->fail_at ? recording->fail_status : PROV_OK;
}

static inline struct bytes
recording_copy(struct bytes bytes)
{
    uint8_t *copy = malloc(bytes.size + 1);
    recording_require(copy != NULL, "out of memory");
    if (bytes.size)
        memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = 0;
    return (struct bytes){.data = copy, .size = bytes.size};
}

static inline int
recording_begin(struct sink *sink, const struct item_head *head, struct item **item)
{
    struct recording_sink *recording = (struct recording_sink *)sink;
    TRY(recording_call(sink));
    struct recorded_item *record = calloc(1, sizeof *record);
    size_t size = (recording->nitems + 1) * sizeof(struct recorded_item *);
    struct recorded_item **items = realloc(recording->items, size);
    recording_require(record && items, "out of memory");
    recording->items = items;
    items[recording->nitems] = record;
    record->item.ordinal = (uint32_t)recording->nitems++;
    record->item.head = *head;
    if (head->parent != ITEM_NO_PARENT) {
        recording_require(head->parent < record->item.ordinal, "a member begins before its container");
        recording_require(!items[head->parent]->ended, "a member begins after its container ended");
        record->item.depth = items[head->parent]->item.depth + 1;
    }
    record->item.head.path = recording_copy(head->path);
    record->item.head.link = recording_copy(head->link);
    record->path = (char *)(uintptr_t)record->item.head.path.data;
    record->digest = digest_create();
    recording_require(record->digest != NULL, "out of memory");
    if (record->item.ordinal == recording->opaque_ordinal)
        record->item.head.flags |= ITEM_OPAQUE;
    recording->nopen++;
    *item = &record->item;
    return PROV_OK;
}

static inline int
recording_data(struct sink *sink, struct item *item, const uint8_t *data, size_t size)
{
    struct recording_sink *recording = (struct recording_sink *)sink;
    struct recorded_item *record = recording_item(item);
    recording_require(!record->ended, "data after end");
    TRY(recording_call(sink));
    digest_update(record->digest, data, size);
    record->size += size;
    record->item.size = record->size;
    size_t room = recording->keep_bytes_max - record->data.size;
    size_t kept = size < room ? size : room;
    recording_require(buf_append(&record->data, data, kept) == PROV_OK, "out of memory");
    return PROV_OK;
}

static inline int
recording_defect(struct sink *sink, struct item *item, enum defect defect, uint64_t offset, const char *text)
{
    struct recorded_item *record = recording_item(item);
    recording_require(!record->ended, "defect after end");
    recording_require(defect < DEFECT_COUNT, "no such defect");
    recording_require(text && text[0], "a defect without words");
    TRY(recording_call(sink));
    struct recorded_defect *defects = realloc(record->defects, (record->ndefects + 1) * sizeof *defects);
    recording_require(defects != NULL, "out of memory");
    record->defects = defects;
    defects[record->ndefects].defect = defect;
    defects[record->ndefects].offset = offset;
    (void)snprintf(defects[record->ndefects++].text, LIMIT_DETAIL_BYTES, "%s", text);
    return PROV_OK;
}

static inline int
recording_fact(struct sink *sink, struct item *item, const struct fact *fact)
{
    struct recorded_item *record = recording_item(item);
    recording_require(!record->ended, "fact after end");
    TRY(recording_call(sink));
    struct recorded_fact *facts = realloc(record->facts, (record->nfacts + 1) * sizeof *facts);
    recording_require(facts != NULL, "out of memory");
    record->facts = facts;
    facts[record->nfacts].kind = fact->kind;
    (void)snprintf(facts[record->nfacts].code, LIMIT_CODE_BYTES, "%s", fact->code ? fact->code : "");
    (void)snprintf(facts[record->nfacts++].evidence, LIMIT_DETAIL_BYTES, "%.*s", (int)fact->evidence.size,
                   fact->evidence.data ? (const char *)fact->evidence.data : "");
    return PROV_OK;
}

static inline int
recording_end(struct sink *sink, struct item *item)
{
    struct recording_sink *recording = (struct recording_sink *)sink;
    struct recorded_item *record = recording_item(item);
    recording_require(!record->ended, "ended twice");
    TRY(recording_call(sink));
    for (size_t i = record->item.ordinal + 1; i < recording->nitems; i++)
        recording_require(recording->items[i]->ended ||
                              recording->items[i]->item.head.parent != item->ordinal,
                          "a container ends before its member");
    struct fingerprint fingerprint;
    digest_end(record->digest, &fingerprint);
    hex_write(fingerprint.sha256, SHA256_SIZE, record->sha256);
    record->item.fingerprint = fingerprint;
    record->ended = true;
    recording->nopen--;
    return PROV_OK;
}

static inline void
recording_sink_init(struct recording_sink *recording)
{
    *recording = (struct recording_sink){
        .sink = {.begin = recording_begin,
                 .data = recording_data,
                 .defect = recording_defect,
                 .fact = recording_fact,
                 .end = recording_end},
        .keep_bytes_max = SIZE_MAX,
        .fail_status = PROV_E_INTERRUPTED,
        .opaque_ordinal = UINT32_MAX,
    };
}

static inline void
recording_sink_finish(struct recording_sink *recording)
{
    for (size_t i = 0; i < recording->nitems; i++) {
        struct recorded_item *record = recording->items[i];
        digest_destroy(record->digest);
        buf_finish(&record->data);
        free(record->path);
        free((void *)(uintptr_t)record->item.head.link.data);
        free(record->defects);
        free(record->facts);
        free(record);
    }
    free(recording->items);
    *recording = (struct recording_sink){0};
}

/** Begin an item as a reader does, e.g. the unit itself: recording_start(&recording, "", ITEM_NO_PARENT). */
static inline struct recorded_item *
recording_start(struct recording_sink *recording, const char *path, uint32_t parent)
{
    struct item_head head = {.kind = ITEM_FILE,
                             .parent = parent,
                             .path = bytes_of(path),
                             .size_declared = UINT64_MAX,
                             .mtime = INT64_MIN};
    struct item *item = NULL;
    recording_require(recording_begin(&recording->sink, &head, &item) == PROV_OK, "cannot begin");
    return recording_item(item);
}

/** The first item of this path, or NULL. */
static inline struct recorded_item *
recorded_find(const struct recording_sink *recording, const char *path)
{
    struct bytes wanted = bytes_of(path);
    for (size_t i = 0; i < recording->nitems; i++)
        if (bytes_equal(recording->items[i]->item.head.path, wanted))
            return recording->items[i];
    return NULL;
}

/** The first defect of this kind, or NULL. */
static inline const struct recorded_defect *
recorded_defect(const struct recorded_item *record, enum defect defect)
{
    for (size_t i = 0; i < record->ndefects; i++)
        if (record->defects[i].defect == defect)
            return &record->defects[i];
    return NULL;
}

static inline bool
recorded_has(const struct recorded_item *record, enum defect defect)
{
    return recorded_defect(record, defect) != NULL;
}

/** Defects of all items. */
static inline size_t
recording_ndefects(const struct recording_sink *recording)
{
    size_t n = 0;
    for (size_t i = 0; i < recording->nitems; i++)
        n += recording->items[i]->ndefects;
    return n;
}

/** Codes of the defects of an item, in order, with spaces between: good for messages. Static buffer. */
static inline const char *
recorded_codes(const struct recorded_item *record)
{
    static char codes[2048];
    size_t size = 0;
    codes[0] = 0;
    for (size_t i = 0; i < record->ndefects && size < sizeof codes; i++)
        size += (size_t)snprintf(codes + size, sizeof codes - size, "%s%s", i ? " " : "",
                                 defect_code(record->defects[i].defect));
    return codes;
}

#endif
