/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding the escapes of JSON strings, with places kept.
 *
 *     in      {"n": "a\n\u4e2d\u6587 b"}
 *     text    {"n": "a.中文 b"}                  . is a line feed
 *     runs    0->0 (1:1)   8->8 (1:2)   9->10 (3:6)   15->22 (1:1)
 *
 * U+0000 becomes a byte of zero, and what stands behind it is text like any other.
 */
#include "ingest/row_text.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "base/status.h"
#include "base/utf8.h"

int
row_text_begin(struct row_text *text, struct bytes in, bool copies)
{
    if (copies && in.size > text->capacity) {
        free(text->text);
        text->text = malloc(in.size);
        text->capacity = text->text ? in.size : 0;
        if (!text->text)
            return PROV_E_MEMORY;
    }
    text->in = in.data;
    text->nruns = text->size = text->taken = 0;
    text->copies = copies;
    text->failed = false;
    return PROV_OK;
}

void
row_text_finish(struct row_text *text)
{
    free(text->text);
    free(text->runs);
    *text = (struct row_text){0};
}

/* The next characters have these steps. */
static void
add_run(struct row_text *text, size_t stored, size_t decoded_step, size_t stored_step)
{
    if (text->nruns) {
        const struct offset_run *last = &text->runs[text->nruns - 1];
        size_t ncharacters = (text->size - last->decoded) / last->decoded_step;
        if (last->decoded_step == decoded_step && last->stored_step == stored_step &&
            last->stored + ncharacters * stored_step == stored)
            return;
    }
    if (text->nruns == text->runs_capacity) {
        size_t capacity = text->runs_capacity ? text->runs_capacity * 2 : 256;
        struct offset_run *grown = realloc(text->runs, capacity * sizeof *grown);
        if (!grown) {
            text->failed = true;
            return;
        }
        text->runs = grown;
        text->runs_capacity = capacity;
    }
    text->runs[text->nruns++] = (struct offset_run){.decoded = (uint32_t)text->size,
                                                    .stored = (uint32_t)stored,
                                                    .decoded_step = (uint8_t)decoded_step,
                                                    .stored_step = (uint8_t)stored_step};
}

void
row_text_flush(struct row_text *text, size_t at)
{
    if (!text->copies || at <= text->taken)
        return;
    add_run(text, text->taken, 1, 1);
    memcpy(text->text + text->size, text->in + text->taken, at - text->taken);
    text->size += at - text->taken;
    text->taken = at;
}

/* The four hex digits at data. @return -1 when they are not there */
static int32_t
hex4(const uint8_t *data)
{
    int32_t code = 0;
    for (size_t i = 0; i < 4; i++) {
        uint8_t byte = data[i], letter = byte | 0x20;
        if (byte >= '0' && byte <= '9')
            code = code * 16 + (byte - '0');
        else if (letter >= 'a' && letter <= 'f')
            code = code * 16 + (letter - 'a' + 10);
        else
            return -1;
    }
    return code;
}

static size_t
read_unicode(const uint8_t *data, size_t size, uint32_t *point)
{
    int32_t code = size >= 6 ? hex4(data + 2) : -1;
    if (code < 0)
        return 0;
    *point = code >= 0xD800 && code <= 0xDFFF ? UTF8_REPLACEMENT : (uint32_t)code;
    if (code < 0xD800 || code > 0xDBFF || size < 12 || data[6] != '\\' || data[7] != 'u')
        return 6;
    int32_t low = hex4(data + 8);
    if (low < 0xDC00 || low > 0xDFFF)
        return 6;
    *point = 0x10000u + ((uint32_t)(code - 0xD800) << 10) + (uint32_t)(low - 0xDC00);
    return 12;
}

size_t
row_escape_read(const uint8_t *data, size_t size, uint32_t *point)
{
    static const char letters[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
    if (size < 2)
        return 0;
    if (data[1] == 'u')
        return read_unicode(data, size, point);
    const char *letter = data[1] ? strchr(letters, data[1]) : NULL;
    if (!letter)
        return 0;
    *point = (uint8_t)meanings[letter - letters];
    return 2;
}

size_t
row_text_escape(struct row_text *text, size_t at, size_t end)
{
    uint32_t point = 0;
    uint8_t character[UTF8_SIZE_MAX];
    size_t width = row_escape_read(text->in + at, end - at, &point);
    if (!width || !text->copies)
        return width;
    row_text_flush(text, at);
    size_t size = utf8_encode(point, character);
    add_run(text, at, size, width);
    memcpy(text->text + text->size, character, size);
    text->size += size;
    text->taken = at + width;
    return width;
}

void
row_text_plain(struct row_text *text, size_t at, size_t end)
{
    while (text->copies && at < end) {
        const uint8_t *found = memchr(text->in + at, '\\', end - at);
        if (!found)
            break;
        at = (size_t)(found - text->in);
        size_t width = row_text_escape(text, at, end);
        at += width ? width : 2;
    }
    row_text_flush(text, end);
}

size_t
row_find_special(const uint8_t *in, size_t at, size_t end)
{
#if defined(__SSE2__)
    const __m128i quote = _mm_set1_epi8('"'), slash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1F);
    for (; end - at >= 16; at += 16) {
        __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(in + at));
        __m128i found = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(block, quote), _mm_cmpeq_epi8(block, slash)),
                                     _mm_cmpeq_epi8(_mm_max_epu8(block, control), control));
        unsigned mask = (unsigned)_mm_movemask_epi8(found);
        if (mask)
            return at + (unsigned)__builtin_ctz(mask);
    }
#endif
    while (at < end && in[at] != '"' && in[at] != '\\' && in[at] >= ' ')
        at++;
    return at;
}
