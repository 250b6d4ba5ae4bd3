/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a segment of stored bytes to a segment of UTF-8.
 *
 *     stored   | before | page ................... | after |     in the item's encoding
 *     decoded  | before'| page' .................. | after'|     in UTF-8, with runs that lead back
 *
 * The three parts are decoded one after the other, each afresh, so that the borders between them come out
 * exact, and a page comes out the same whatever stands before it: `before` may begin inside a character,
 * and must not shift the page. Bytes of `before` that cannot be a whole character are left out; so is the
 * last character of `after` when it is cut.
 *
 * US-ASCII and UTF-8 are not decoded: the stored bytes are the text, scanned for what is wrong in them. A
 * byte order mark at the start of the item is left out of the text.
 *
 * Defects are counted in the page alone, so that each is counted once.
 */
#include "inspect/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/status.h"
#include "inspect/text_encoding.h"
#include "inspect/text_loops.h"
#include "inspect/text_scan.h"
#include "model/defect.h"

/* Decoded bytes for each stored byte, at most: U+FFFD for a malformed one. */
enum { EXPANSION_MAX = 3 };

struct text_decoder {
    struct text_tables *tables; /**< owned */
    struct text_writer writer;  /**< its text and runs are owned */
    size_t text_capacity;
};

/* What is wrong in a page. */
struct faults {
    size_t nnuls, first_nul;
    size_t nmalformed, first_malformed; /**< places in the segment's stored bytes */
};

struct text_decoder *
text_create(void)
{
    struct text_decoder *decoder = calloc(1, sizeof *decoder);
    if (!decoder)
        return NULL;
    decoder->tables = text_tables_create();
    if (decoder->tables)
        return decoder;
    free(decoder);
    return NULL;
}

void
text_destroy(struct text_decoder *decoder)
{
    if (!decoder)
        return;
    text_tables_destroy(decoder->tables);
    free(decoder->writer.text);
    free(decoder->writer.runs);
    free(decoder);
}

/* Bytes of the byte order mark at the start of an item. */
static size_t
mark_size(enum text_encoding_id id, const struct stored_segment *stored)
{
    static const struct {
        enum text_encoding_id id;
        const char *mark;
        size_t size;
    } marks[] = {
        {TEXT_ENCODING_UTF8, "\xEF\xBB\xBF", 3},        {TEXT_ENCODING_ASCII, "\xEF\xBB\xBF", 3},
        {TEXT_ENCODING_UTF16LE, "\xFF\xFE", 2},         {TEXT_ENCODING_UTF16BE, "\xFE\xFF", 2},
        {TEXT_ENCODING_UTF32LE, "\xFF\xFE\0\0", 4},     {TEXT_ENCODING_UTF32BE, "\0\0\xFE\xFF", 4},
        {TEXT_ENCODING_GB18030, "\x84\x31\x95\x33", 4},
    };
    for (size_t i = 0; stored->first && stored->before == 0 && i < sizeof marks / sizeof *marks; i++)
        if (marks[i].id == id && stored->page >= marks[i].size && memcmp(stored->data, marks[i].mark, marks[i].size) == 0)
            return marks[i].size;
    return 0;
}

/* Bytes at the start of `before` that are the rest of a character that began before it. */
static size_t
broken_size(enum text_shape shape, const struct stored_segment *stored)
{
    enum { LOOK = 64 };
    switch (shape) {
    case TEXT_UTF16LE:
    case TEXT_UTF16BE:
        return stored->before % 2;
    case TEXT_UTF32LE:
    case TEXT_UTF32BE:
        return stored->before % 4;
    case TEXT_UTF8:
    case TEXT_SINGLE:
        return 0;
    default:
        /* Behind a control byte or a space a character begins, in all the others. */
        for (size_t i = 0; !stored->first && i < LOOK && i < stored->before; i++)
            if (stored->data[i] <= ' ')
                return i;
        return 0;
    }
}

static int
add_fault(struct fact_list *out, enum defect defect, const struct stored_segment *stored, size_t first, size_t count,
          const char *text)
{
    if (count == 0)
        return PROV_OK;
    struct fact fact = {.kind = FACT_DEFECT,
                        .code = defect_code(defect),
                        .offset = stored->offset + first,
                        .length = 1,
                        .count = count,
                        .evidence = bytes_of(text)};
    return fact_list_add(out, &fact);
}

static int
add_faults(struct fact_list *out, enum text_encoding_id id, const struct stored_segment *stored,
           const struct faults *faults)
{
    char text[64];
    bool ascii = id == TEXT_ENCODING_ASCII;
    (void)snprintf(text, sizeof text, "not valid %s", ascii ? "UTF-8" : TEXT_ENCODINGS[id].name);
    TRY(add_fault(out, DEFECT_TEXT_INVALID_ENCODING, stored, faults->first_malformed, faults->nmalformed, text));
    return add_fault(out, DEFECT_TEXT_NUL_BYTES, stored, faults->first_nul, faults->nnuls, "NUL in text");
}

/* Scan a page of UTF-8. A sequence that the page's end cuts is malformed unless `after` completes it. */
static struct faults
scan_page(const struct stored_segment *stored)
{
    struct text_scan scan;
    size_t end = stored->before + stored->page;
    text_scan((struct bytes){.data = stored->data + stored->before, .size = stored->page}, &scan);
    struct faults faults = {.nnuls = scan.nnuls,
                            .first_nul = stored->before + scan.first_nul,
                            .nmalformed = scan.nmalformed,
                            .first_malformed = stored->before + scan.first_malformed};
    if (scan.ntail) {
        bool completed;
        size_t at = end - scan.ntail;
        (void)text_utf8_size((struct bytes){.data = stored->data + at, .size = scan.ntail + stored->after}, &completed);
        if (!completed && faults.nmalformed++ == 0)
            faults.first_malformed = at;
    }
    return faults;
}

/* Decode one part with the loop for its encoding. @return PROV_OK, PROV_E_MEMORY */
static int
decode_part(struct text_decoder *decoder, enum text_encoding_id id, const struct text_part *part)
{
    enum text_shape shape = TEXT_ENCODINGS[id].shape;
    struct text_sets sets = {0};
    const struct text_table *table = NULL;
    if (part->size == 0)
        return PROV_OK;
    if (shape == TEXT_SINGLE || (shape >= TEXT_GB18030 && shape <= TEXT_EUC_TW)) {
        table = text_tables_get(decoder->tables, id);
        if (!table)
            return PROV_E_MEMORY;
    }
    switch (shape) {
    case TEXT_SINGLE:
        text_decode_single(table, part, &decoder->writer);
        break;
    case TEXT_ISO_2022:
    case TEXT_HZ:
        sets.chinese = text_tables_get(decoder->tables, TEXT_ENCODING_GB18030);
        sets.korean = text_tables_get(decoder->tables, TEXT_ENCODING_EUC_KR);
        sets.japanese = text_tables_get(decoder->tables, TEXT_ENCODING_EUC_JP);
        sets.taiwanese = text_tables_get(decoder->tables, TEXT_ENCODING_EUC_TW);
        if (!sets.chinese || !sets.korean || !sets.japanese || !sets.taiwanese)
            return PROV_E_MEMORY;
        if (shape == TEXT_HZ)
            text_decode_hz(&sets, part, &decoder->writer);
        else
            text_decode_iso_2022(id, &sets, part, &decoder->writer);
        break;
    case TEXT_UTF7:
        text_decode_utf7(part, &decoder->writer);
        break;
    default:
        if (table)
            text_decode_multibyte(shape, table, part, &decoder->writer);
        else
            text_decode_wide(shape, part, &decoder->writer);
        break;
    }
    return decoder->writer.failed ? PROV_E_MEMORY : PROV_OK;
}

/* Make the writer empty, with room for the text of size stored bytes. */
static int
writer_begin(struct text_decoder *decoder, size_t size)
{
    struct text_writer *writer = &decoder->writer;
    size_t needed = (size + 16) * EXPANSION_MAX;
    if (size > UINT32_MAX / (2 * EXPANSION_MAX))
        return PROV_E_MEMORY;
    if (needed > decoder->text_capacity) {
        free(writer->text);
        writer->text = malloc(needed);
        decoder->text_capacity = writer->text ? needed : 0;
    }
    *writer = (struct text_writer){.text = writer->text, .runs = writer->runs, .runs_capacity = writer->runs_capacity};
    return writer->text ? PROV_OK : PROV_E_MEMORY;
}

/* Places behind the last character must lead to the end of the stored bytes, also behind an escape sequence. */
static int
writer_end(struct text_writer *writer, size_t stored)
{
    if (writer->next_stored != stored || writer->nruns == 0)
        text_writer_run(writer, stored, 1, 1);
    return writer->failed ? PROV_E_MEMORY : PROV_OK;
}

/* Decode all three parts. Places in runs and faults are counted from stored->data. */
static int
decode_parts(struct text_decoder *decoder, enum text_encoding_id id, const struct stored_segment *stored,
             struct segment *segment, struct faults *faults)
{
    struct text_writer *writer = &decoder->writer;
    struct text_part part = {.data = stored->data, .size = stored->before, .stored = 0};
    TRY(writer_begin(decoder, stored->before + stored->page + stored->after));
    TRY(decode_part(decoder, id, &part));
    segment->before = writer->size;
    writer->nnuls = writer->nmalformed = 0;

    part = (struct text_part){.data = stored->data + stored->before, .size = stored->page, .stored = stored->before};
    TRY(decode_part(decoder, id, &part));
    segment->page = writer->size - segment->before;
    *faults = (struct faults){.nnuls = writer->nnuls,
                              .first_nul = writer->first_nul,
                              .nmalformed = writer->nmalformed,
                              .first_malformed = writer->first_malformed};

    part = (struct text_part){.data = part.data + part.size, .size = stored->after, .stored = part.stored + part.size, .open = true};
    TRY(decode_part(decoder, id, &part));
    segment->after = writer->size - segment->before - segment->page;
    return writer_end(writer, part.stored + part.size);
}

int
text_decode(struct text_decoder *decoder, const char *encoding, const struct stored_segment *stored,
            struct segment *segment, struct fact_list *out)
{
    enum text_encoding_id id = text_encoding_find(encoding);
    struct stored_segment whole = *stored;
    struct faults faults;
    size_t mark = mark_size(id, stored), broken = broken_size(TEXT_ENCODINGS[id].shape, stored);
    whole.data += mark + broken;
    whole.offset += mark + broken;
    whole.page -= mark;
    whole.before -= broken;
    struct segment result = *segment;
    result.offset = whole.offset;
    result.first = whole.first;
    result.last = whole.last;
    if (TEXT_ENCODINGS[id].shape == TEXT_UTF8) {
        faults = scan_page(&whole);
        result.text = whole.data;
        result.before = whole.before;
        result.page = whole.page;
        result.after = whole.after;
        result.runs = NULL;
        result.nruns = 0;
    } else {
        TRY(decode_parts(decoder, id, &whole, &result, &faults));
        result.text = decoder->writer.text;
        result.runs = decoder->writer.runs;
        result.nruns = decoder->writer.nruns;
    }
    TRY(add_faults(out, id, &whole, &faults));
    *segment = result;
    return PROV_OK;
}
