/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RPM packages: a walk over the headers to the payload, which is a compressed cpio archive and is opened as
 * what it is.
 *
 *     lead 96 │ signature: header, padded to 8 │ main: header │ payload to the end of the file
 *
 *     header   8E AD E8 01, 0 4, entries 4, bytes 4, all big-endian; entries of 16; so many bytes of values
 *     entry    tag 4, type 4, offset 4, count 4
 *
 * The payload is one member, "payload"; what it contains lies below it. What the package says of itself
 * (name, version, license) are attributes of the package.
 *
 * Source: the RPM file format, "RPM Package File Structure" (Linux Standard Base 5, 25).
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "ingest/reader.h"
#include "ingest/stored.h"

enum {
    LEAD_BYTES = 96,
    HEADER_BYTES = 16,
    ENTRY_BYTES = 16,
    TYPE_STRING = 6,
    TYPE_STRINGS = 9, /* with translations: the first is the one without */
    ENTRIES_MAX = 1 << 16,
    VALUES_MAX = 256 << 20, /* as rpm itself allows; they are not held, only passed over */
};

struct rpm {
    struct reader reader;
    struct reader_input input;
    bool given; /**< the payload was given out, or cannot be found */
};

static uint32_t
be32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

bool rpm_detect(struct bytes head);

bool
rpm_detect(struct bytes head)
{
    return head.size >= 4 && memcmp(head.data, "\xED\xAB\xEE\xDB", 4) == 0;
}

static int
fault(struct rpm *rpm, enum defect defect, const char *words)
{
    struct sink *sink = rpm->input.reading->sink;
    rpm->given = true;
    if (rpm->input.stream->status == PROV_OK || defect != DEFECT_ARCHIVE_TRUNCATED)
        TRY(sink->defect(sink, rpm->input.item, defect, rpm->input.stream->offset, words));
    int status = stream_drain(rpm->input.stream);
    return status == PROV_OK ? PROV_E_DATA : status;
}

/* One string of a header's values as an attribute of the package. */
static int
report_text(struct rpm *rpm, const char *code, struct bytes values, uint32_t offset)
{
    if (offset >= values.size)
        return PROV_OK;
    struct bytes text = {values.data + offset,
                         strnlen((const char *)values.data + offset, values.size - offset)};
    if (text.size > LIMIT_EVIDENCE_BYTES)
        text.size = LIMIT_EVIDENCE_BYTES;
    text.size = utf8_valid_size(text);
    if (text.size == 0)
        return PROV_OK;
    struct fact fact = {.kind = FACT_ATTRIBUTE, .code = code, .evidence = text};
    return rpm->input.reading->sink->fact(rpm->input.reading->sink, rpm->input.item, &fact);
}

static int
report_tags(struct rpm *rpm, struct bytes header, uint32_t nentries)
{
    static const struct {
        uint32_t tag;
        const char *code;
    } tags[] = {{1000, "rpm.name"},
                {1001, "rpm.version"},
                {1002, "rpm.release"},
                {1014, "rpm.license"},
                {1020, "rpm.url"}};
    size_t index = HEADER_BYTES + (size_t)nentries * ENTRY_BYTES;
    struct bytes values = {header.data + index, header.size - index};
    for (uint32_t i = 0; i < nentries; i++) {
        const uint8_t *entry = header.data + HEADER_BYTES + (size_t)i * ENTRY_BYTES;
        uint32_t type = be32(entry + 4);
        for (size_t t = 0; t < sizeof tags / sizeof tags[0]; t++)
            if (be32(entry) == tags[t].tag && (type == TYPE_STRING || type == TYPE_STRINGS))
                TRY(report_text(rpm, tags[t].code, values, be32(entry + 8)));
    }
    return PROV_OK;
}

/*
 * Pass over one header section.
 * @param nbytes  its size; 0 when a fault was reported and the rest taken
 */
static int
take_header(struct rpm *rpm, bool is_main, uint64_t *nbytes)
{
    struct bytes head = {NULL, 0};
    *nbytes = 0;
    TRY(stream_peek(rpm->input.stream, HEADER_BYTES, &head));
    if (head.size < HEADER_BYTES)
        return fault(rpm, DEFECT_ARCHIVE_TRUNCATED, "the package ends within its headers");
    if (memcmp(head.data, "\x8E\xAD\xE8\x01", 4) != 0)
        return fault(rpm, DEFECT_ARCHIVE_CORRUPT, "no header where one should be");
    uint32_t nentries = be32(head.data + 8), nvalues = be32(head.data + 12);
    if (nentries > ENTRIES_MAX || nvalues > VALUES_MAX)
        return fault(rpm, DEFECT_LIMIT_HEADER_BYTES, "a header larger than any package has");
    uint64_t size = HEADER_BYTES + (uint64_t)nentries * ENTRY_BYTES + nvalues;
    if (is_main && size <= rpm->input.reading->limits->header_bytes) {
        TRY(stream_peek(rpm->input.stream, (size_t)size, &head));
        if (head.size >= size)
            TRY(report_tags(rpm, (struct bytes){head.data, (size_t)size}, nentries));
    }
    TRY(stored_skip(rpm->input.stream, size));
    *nbytes = size;
    return PROV_OK;
}

static int
find_payload(struct rpm *rpm)
{
    uint64_t size;
    TRY(stored_skip(rpm->input.stream, LEAD_BYTES));
    TRY(take_header(rpm, false, &size));
    TRY(stored_skip(rpm->input.stream, -size & 7));
    return take_header(rpm, true, &size);
}

static int
rpm_next(struct reader *reader, struct member *member)
{
    struct rpm *rpm = (struct rpm *)reader;
    if (rpm->given)
        return PROV_E_DATA;
    int status = find_payload(rpm);
    if (status == PROV_E_DATA && !rpm->given)
        return fault(rpm, DEFECT_ARCHIVE_TRUNCATED, "the package ends within its headers");
    TRY(status);
    rpm->given = true;
    member->kind = ITEM_FILE;
    member->name = bytes_of("payload");
    member->content = rpm->input.stream;
    return PROV_OK;
}

static int
rpm_begun(struct reader *reader, struct item *item)
{
    (void)reader;
    (void)item;
    return PROV_OK;
}

static void
rpm_close(struct reader *reader)
{
    free(reader);
}

reader_open_function rpm_open;

int
rpm_open(const struct reader_input *input, struct reader **reader)
{
    struct rpm *rpm = calloc(1, sizeof *rpm);
    if (!rpm)
        return PROV_E_MEMORY;
    rpm->reader = (struct reader){rpm_next, rpm_begun, rpm_close};
    rpm->input = *input;
    *reader = &rpm->reader;
    return PROV_OK;
}
