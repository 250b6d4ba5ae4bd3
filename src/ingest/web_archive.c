/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Web archives, WARC (ISO 28500) and ARC before it: records strung together, each a head and a block.
 *
 *     WARC/1.0 CRLF fields CRLF CRLF | block, Content-Length bytes | CRLF CRLF | WARC/1.0 ...
 *     URL address date type length LF | block, length bytes | LF | URL ...
 *
 * Records become members named by their number and type, since the address a page came from is no path. A
 * response is two: the head of the HTTP message, and its body with the chunks joined, which is what a
 * browser would have shown; the walk looks into a compressed body as into any member.
 *
 *     12-http        HTTP/1.1 200 OK ...
 *     12-response    <!DOCTYPE html> ...        source.url = http://example.org/page
 *
 * Why not libarchive's reader: it gives up after a few records of ordinary archives, and loses the page of a
 * host's root.
 *
 * What lies between records and belongs to none (a length that lies, damage) is told, and becomes a member of
 * its own, "12-gap", up to the next line that begins as a record does: it is digested and searched like the
 * rest. Block digests are verified where they are SHA-1, as all known writers make them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ingest/field_lines.h"
#include "ingest/reader.h"
#include "ingest/record_block.h"
#include "ingest/web_head.h"
#include "model/reservation.h"

enum {
    FIRST_LOOK = 1024, /* most heads of records are shorter */
    GAP_STEP = 64 << 10,
    NAME_BYTES = 64,
    TOLD_MAX = 8,
};

/* The bytes up to the next record. */
struct gap {
    struct stream stream;
    struct stream *below;
    const char *marker; /* see struct web_format */
    bool ended;         /* the next record is next */
};

struct web {
    struct reader reader;
    struct reader_input input;
    const struct web_format *format;
    struct record_block block;
    struct faults faults;
    struct web_head head;
    struct sha1 *sha1;    /* owned */
    uint64_t nrecords;    /* begun */
    uint64_t offset;      /* of the present record in the archive */
    uint64_t http_bytes;  /* of the HTTP head of the present record, 0: it has none */
    bool body_next;       /* the HTTP head was given out, its body was not */
    bool is_chunked;      /* the present member is a body in chunks */
    bool is_chunked_body; /* the body that comes next is */
    const char *unopened; /* words for the coding of the body, when it is one that is not opened */
    struct told {
        const char *code;
        enum reservation said;
        char text[LIMIT_EVIDENCE_BYTES];
    } told[TOLD_MAX]; /* reservations of rights in the HTTP head */
    size_t ntold;
    struct record_part part;
    struct record_chunks chunks;
    struct gap gap;
    char name[NAME_BYTES];
};

bool warc_detect(struct bytes head);
bool arc_detect(struct bytes head);
reader_open_function warc_open;
reader_open_function arc_open;

bool
warc_detect(struct bytes head)
{
    return head.size > 16 && memcmp(head.data, "WARC/", 5) == 0 && head.data[5] >= '0' &&
           head.data[5] <= '9' && head.data[6] == '.' && memmem(head.data, head.size, "\nWARC-", 6) != NULL;
}

bool
arc_detect(struct bytes head)
{
    bool may_be;
    return bytes_start_with(head, "filedesc:") && web_format_arc.end(head, &may_be) > 0;
}

static int
fill_gap(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct gap *gap = (struct gap *)stream;
    struct bytes head = {NULL, 0};
    *size = 0;
    if (gap->ended)
        return PROV_OK;
    TRY(stream_peek(gap->below, GAP_STEP, &head));
    size_t nmarker = gap->marker ? strlen(gap->marker) : 0;
    const uint8_t *next = head.size && nmarker ? memmem(head.data, head.size, gap->marker, nmarker) : NULL;
    size_t step = head.size < GAP_STEP ? head.size : head.size - nmarker;
    if (next)
        step = (size_t)(next - head.data) + 1;
    gap->ended = next != NULL;
    stream_take(gap->below, step);
    *data = head.data;
    *size = step;
    return PROV_OK;
}

static void
keep_open(struct stream *stream)
{
    (void)stream;
}

static int
tell(struct web *web, enum defect defect, const char *words)
{
    struct sink *sink = web->input.reading->sink;
    return sink_defect(sink, web->input.item, defect, web->offset, "record %" PRIu64 ": %s", web->nrecords,
                       words);
}

static void
name_member(struct web *web, const char *type, struct stream *content, struct member *member)
{
    int size = snprintf(web->name, sizeof web->name, "%" PRIu64 "-%s", web->nrecords, type);
    member->kind = ITEM_FILE;
    member->name = (struct bytes){.data = (const uint8_t *)web->name, .size = (size_t)size};
    member->content = content;
}

/* The bytes up to the next record become a member. */
static void
give_gap(struct web *web, const char *type, struct member *member)
{
    record_stream_end(&web->gap.stream);
    web->gap = (struct gap){.stream = {.fill = fill_gap, .close = keep_open},
                            .below = web->input.stream,
                            .marker = web->format->marker};
    name_member(web, type, &web->gap.stream, member);
}

static void
give_block(struct web *web, const char *type, uint64_t size, struct member *member)
{
    member->size_declared = size;
    member->mtime = web->head.date;
    if (web->is_chunked) {
        record_chunks_begin(&web->chunks, &web->block);
        member->size_declared = UINT64_MAX;
        name_member(web, type, &web->chunks.stream, member);
    } else {
        record_part_begin(&web->part, &web->block, size);
        name_member(web, type, &web->part.stream, member);
    }
}

/* A field of the HTTP head that says something of training on the body. */
static void
note_reservation(struct web *web, const struct field *field)
{
    const struct reservation_carrier *carrier = reservation_carrier(field->name);
    enum reservation said = carrier ? carrier->read(field->value) : RESERVATION_NONE;
    if (said == RESERVATION_NONE || web->ntold == TOLD_MAX)
        return;
    struct told *told = &web->told[web->ntold++];
    struct bytes whole = {.data = field->name.data,
                          .size = (size_t)(field->value.data + field->value.size - field->name.data)};
    if (whole.size > sizeof told->text - 1)
        whole.size = sizeof told->text - 1;
    whole.size = utf8_valid_size(whole);
    told->code = carrier->code;
    told->said = said;
    memcpy(told->text, whole.data, whole.size);
    told->text[whole.size] = 0;
}

/* What the HTTP head says of the body behind it. */
static int
read_http_head(struct web *web, struct bytes http)
{
    static const char *const opened[] = {"identity", "gzip", "x-gzip", "none", "utf-8"};
    struct bytes fields = http, line, body;
    (void)field_lines_line(&fields, &line);
    struct field field;
    for (struct bytes rest = fields; field_lines_next(&rest, &field);)
        note_reservation(web, &field);
    struct bytes coding = field_lines_find(fields, "Content-Encoding");
    bool known = coding.size == 0;
    for (size_t i = 0; i < sizeof opened / sizeof opened[0]; i++)
        known |= field_value_is(coding, opened[i]) && coding.size == strlen(opened[i]);
    web->unopened = known ? NULL : "the body has a content coding that is not opened";
    if (!field_value_is(field_lines_find(fields, "Transfer-Encoding"), "chunked"))
        return PROV_OK;
    TRY(record_block_peek(&web->block, http.size + 32, &body));
    web->is_chunked_body =
        body.size > http.size &&
        record_chunks_present((struct bytes){body.data + http.size, body.size - http.size});
    return PROV_OK;
}

/*
 * The end of the HTTP head in the block; 0 when there is none within what a head may have.
 * @param http  the head; borrowed until the next call on the archive
 */
static int
find_http_head(struct web *web, struct bytes *http)
{
    uint64_t limit = web->input.reading->limits->header_bytes;
    *http = (struct bytes){NULL, 0};
    for (size_t wanted = FIRST_LOOK;; wanted *= 2) {
        struct bytes head;
        TRY(record_block_peek(&web->block, wanted, &head));
        size_t end = field_value_is(head, "HTTP/") ? field_lines_end(head) : 0;
        if (end) {
            *http = (struct bytes){head.data, end};
            return PROV_OK;
        }
        if (head.size < wanted || wanted >= limit || !field_value_is(head, "HTTP/"))
            return PROV_OK;
    }
}

static int
give_record(struct web *web, struct member *member)
{
    struct bytes http = {NULL, 0};
    if (web->head.holds_http)
        TRY(find_http_head(web, &http));
    if (http.size == 0) {
        give_block(web, web->head.type, web->block.left, member);
        return PROV_OK;
    }
    TRY(read_http_head(web, http));
    web->http_bytes = http.size;
    web->body_next = true;
    give_block(web, "http", http.size, member);
    return PROV_OK;
}

static int
give_body(struct web *web, struct member *member)
{
    web->body_next = false;
    /* Whoever read the head may have stopped early. */
    struct bytes taken;
    while (web->block.taken < web->http_bytes && web->block.left)
        TRY(record_block_take(&web->block, web->http_bytes - web->block.taken, &taken));
    web->is_chunked = web->is_chunked_body;
    if (web->unopened)
        TRY(faults_add(&web->faults, web->input.reading, DEFECT_ARCHIVE_UNSUPPORTED, 0, "%s", web->unopened));
    give_block(web, web->head.type, web->block.left, member);
    return PROV_OK;
}

/* The present record is done with: take what nobody took, and hold its digest against what was read. */
static int
end_record(struct web *web)
{
    int status = record_block_skip(&web->block);
    bool whole = status == PROV_OK && web->block.sha1;
    web->block.sha1 = NULL;
    if (status == PROV_E_DATA && web->input.stream->status == PROV_OK)
        TRY(tell(web, DEFECT_ARCHIVE_TRUNCATED, "the archive ends within it"));
    if (!whole)
        return status;
    uint8_t sha1[SHA1_SIZE];
    sha1_end(web->sha1, sha1);
    if (memcmp(sha1, web->head.sha1, SHA1_SIZE) != 0)
        return tell(web, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, "its block digest does not hold");
    return PROV_OK;
}

/*
 * The head of the next record.
 * @param head  empty when what is there is none; borrowed until the next call on the archive
 */
static int
find_head(struct web *web, struct bytes *head)
{
    uint64_t limit = web->input.reading->limits->header_bytes;
    *head = (struct bytes){NULL, 0};
    for (size_t wanted = FIRST_LOOK;; wanted *= 2) {
        struct bytes seen;
        bool may_be;
        TRY(stream_peek(web->input.stream, wanted, &seen));
        size_t end = web->format->end(seen, &may_be);
        if (!may_be)
            return tell(web, DEFECT_ARCHIVE_GAP_DATA, "these bytes belong to no record");
        if (end) {
            *head = (struct bytes){seen.data, end};
            return PROV_OK;
        }
        if (seen.size < wanted)
            return tell(web, DEFECT_ARCHIVE_TRUNCATED, "the archive ends within its head");
        if (wanted >= limit)
            return tell(web, DEFECT_LIMIT_HEADER_BYTES, "its head is longer than the limit");
    }
}

/* Line ends between records: two, but nobody minds more or fewer. */
static int
skip_line_ends(struct stream *stream)
{
    for (;;) {
        struct bytes head = {NULL, 0};
        TRY(stream_peek(stream, 1, &head));
        size_t count = 0;
        while (count < head.size && (head.data[count] == '\r' || head.data[count] == '\n'))
            count++;
        stream_take(stream, count);
        if (count < head.size || head.size == 0)
            return head.size ? PROV_OK : PROV_E_DATA;
    }
}

static int
begin_record(struct web *web, struct member *member)
{
    struct bytes head;
    web->nrecords++;
    web->offset = web->input.stream->offset;
    TRY(find_head(web, &head));
    if (head.size == 0) {
        give_gap(web, "gap", member);
        return PROV_OK;
    }
    web->format->read(head, &web->head);
    stream_take(web->input.stream, head.size);
    if (web->head.block_bytes == UINT64_MAX) {
        TRY(tell(web, DEFECT_ARCHIVE_CORRUPT, "no length of its block"));
        give_gap(web, web->head.type, member);
        return PROV_OK;
    }
    web->block = (struct record_block){.below = web->input.stream,
                                       .reading = web->input.reading,
                                       .faults = &web->faults,
                                       .left = web->head.block_bytes,
                                       .sha1 = web->head.has_sha1 ? web->sha1 : NULL};
    sha1_begin(web->sha1);
    return give_record(web, member);
}

static int
web_next(struct reader *reader, struct member *member)
{
    struct web *web = (struct web *)reader;
    faults_clear(&web->faults);
    if (web->body_next)
        return give_body(web, member);
    TRY(end_record(web));
    web->head = (struct web_head){0};
    web->is_chunked = web->is_chunked_body = false;
    web->unopened = NULL;
    web->http_bytes = 0;
    web->ntold = 0;
    TRY(skip_line_ends(web->input.stream));
    return begin_record(web, member);
}

static int
web_begun(struct reader *reader, struct item *item)
{
    struct web *web = (struct web *)reader;
    TRY(faults_report(&web->faults, web->input.reading, item));
    if (web->body_next)
        return PROV_OK;
    struct sink *sink = web->input.reading->sink;
    for (size_t i = 0; i < web->ntold; i++) {
        struct fact fact = {.kind = FACT_ATTRIBUTE,
                            .code = web->told[i].code,
                            .level = (uint8_t)web->told[i].said,
                            .evidence = bytes_of(web->told[i].text)};
        TRY(sink->fact(sink, item, &fact));
    }
    if (!web->head.url[0])
        return PROV_OK;
    struct fact fact = {.kind = FACT_ATTRIBUTE, .code = "source.url", .evidence = bytes_of(web->head.url)};
    return sink->fact(sink, item, &fact);
}

static void
web_close(struct reader *reader)
{
    struct web *web = (struct web *)reader;
    record_stream_end(&web->part.stream);
    record_stream_end(&web->chunks.stream);
    record_stream_end(&web->gap.stream);
    sha1_destroy(web->sha1);
    free(web);
}

static int
open_as(const struct web_format *format, const struct reader_input *input, struct reader **reader)
{
    struct web *web = calloc(1, sizeof *web);
    if (!web)
        return PROV_E_MEMORY;
    web->reader = (struct reader){web_next, web_begun, web_close};
    web->input = *input;
    web->format = format;
    web->sha1 = sha1_create();
    if (!web->sha1) {
        free(web);
        return PROV_E_MEMORY;
    }
    *reader = &web->reader;
    return PROV_OK;
}

int
warc_open(const struct reader_input *input, struct reader **reader)
{
    return open_as(&web_format_warc, input, reader);
}

int
arc_open(const struct reader_input *input, struct reader **reader)
{
    return open_as(&web_format_arc, input, reader);
}
