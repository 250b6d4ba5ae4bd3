/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Folding: a number must be found however it is typed. Chinese text has full-width digits, copied text has
 * zero-width characters between digits, JSON has escapes that glue letters to numbers ("\n138..." ) or hide
 * them ("\u0031"). Most text needs none of this: the caller asks stops_any first.
 *
 * Stretches that stay are copied whole; each gets one entry in runs, so a place is mapped back by a binary
 * search:
 *
 *     original   a b \ n 1 2 3 \ u f f 1 4 5
 *     folded     a b _ 1 2 3 4 5
 *     runs       0->0   2->2  3->4   6->7  7->13
 */
#include "inspect/pattern_fold.h"

#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/pattern_stops.h"

enum { SLACK = 32 /* bytes that a short copy may write too much */ };

/* What one character becomes: size 0 to 4 bytes instead of `width`. */
struct change {
    uint8_t bytes[4];
    uint8_t size, width;
};

static int
add_run(struct fold *fold, size_t original)
{
    if (fold->nruns == fold->runs_capacity) {
        size_t capacity = fold->runs_capacity ? fold->runs_capacity * 2 : 256;
        struct fold_run *grown = realloc(fold->runs, capacity * sizeof *grown);
        if (!grown)
            return PROV_E_MEMORY;
        fold->runs = grown;
        fold->runs_capacity = capacity;
    }
    fold->runs[fold->nruns++] =
        (struct fold_run){.folded = (uint32_t)fold->size, .original = (uint32_t)original};
    return PROV_OK;
}

/* The ASCII byte that a code point stands for, 0 when it is to go, -1 when it stays. */
static int
ascii_of(uint32_t code)
{
    if (code >= 0xFF10 && code <= 0xFF19)
        return (int)(code - 0xFF10 + '0');
    if (code == 0xFF0B || code == 0xFF0D || code == 0xFF0E)
        return (int)(code - 0xFF0B + '+');
    if (code >= 0xFF20 && code <= 0xFF3A)
        return (int)(code - 0xFF20 + '@');
    if (code >= 0xFF41 && code <= 0xFF5A)
        return (int)(code - 0xFF41 + 'a');
    if (code == 0x00AD || (code >= 0x200B && code <= 0x200F) || code == 0x2060 || code == 0xFEFF)
        return 0;
    if (code == 0x00A0 || (code >= 0x2000 && code <= 0x200A) || code == 0x202F)
        return ' ';
    if ((code >= 0x2010 && code <= 0x2012) || code == 0x2212)
        return '-';
    return -1;
}

/* A character of two or three bytes at text[i]; 0 when it is neither. */
static uint32_t
decode(struct bytes text, size_t i, uint8_t *width)
{
    uint8_t first = text.data[i];
    if ((first & 0xE0) == 0xC0 && i + 1 < text.size && (text.data[i + 1] & 0xC0) == 0x80) {
        *width = 2;
        return (uint32_t)(first & 0x1F) << 6 | (text.data[i + 1] & 0x3Fu);
    }
    if ((first & 0xF0) == 0xE0 && i + 2 < text.size && (text.data[i + 1] & 0xC0) == 0x80 &&
        (text.data[i + 2] & 0xC0) == 0x80) {
        *width = 3;
        return (uint32_t)(first & 0x0F) << 12 | (uint32_t)(text.data[i + 1] & 0x3F) << 6 |
               (text.data[i + 2] & 0x3Fu);
    }
    return 0;
}

static void
encode(uint32_t code, struct change *change)
{
    int ascii = ascii_of(code);
    if (ascii >= 0)
        code = (uint32_t)ascii;
    if (ascii == 0)
        change->size = 0;
    else if (code < 0x80)
        change->bytes[change->size++] = code ? (uint8_t)code : ' ';
    else if (code < 0x800) {
        change->bytes[change->size++] = (uint8_t)(0xC0 | code >> 6);
        change->bytes[change->size++] = (uint8_t)(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        change->bytes[change->size++] = (uint8_t)(0xE0 | code >> 12);
        change->bytes[change->size++] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        change->bytes[change->size++] = (uint8_t)(0x80 | (code & 0x3F));
    } else {
        change->bytes[change->size++] = (uint8_t)(0xF0 | code >> 18);
        change->bytes[change->size++] = (uint8_t)(0x80 | (code >> 12 & 0x3F));
        change->bytes[change->size++] = (uint8_t)(0x80 | (code >> 6 & 0x3F));
        change->bytes[change->size++] = (uint8_t)(0x80 | (code & 0x3F));
    }
}

/* The four hex digits at text[i]. @return -1 when they are not there */
static long
hex4(struct bytes text, size_t i)
{
    long code = 0;
    if (i + 4 > text.size)
        return -1;
    for (size_t end = i + 4; i < end; i++) {
        uint8_t byte = text.data[i], letter = byte | 0x20;
        if (byte >= '0' && byte <= '9')
            code = code * 16 + (byte - '0');
        else if (letter >= 'a' && letter <= 'f')
            code = code * 16 + (letter - 'a' + 10);
        else
            return -1;
    }
    return code;
}

/* \uXXXX, a pair of surrogates included. A lone one becomes U+FFFD. */
static bool
unescape_unicode(struct bytes text, size_t i, struct change *change)
{
    long code = hex4(text, i + 2);
    if (code < 0)
        return false;
    change->width = 6;
    if (code >= 0xD800 && code <= 0xDBFF && i + 8 < text.size && text.data[i + 6] == '\\' &&
        text.data[i + 7] == 'u') {
        long low = hex4(text, i + 8);
        if (low >= 0xDC00 && low <= 0xDFFF) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            change->width = 12;
        }
    }
    encode(code >= 0xD800 && code <= 0xDFFF ? 0xFFFD : (uint32_t)code, change);
    return true;
}

/* A backslash escape of JSON at text[i]. @return false when it is none */
static bool
unescape(struct bytes text, size_t i, struct change *change)
{
    if (i + 1 >= text.size)
        return false;
    change->width = 2;
    switch (text.data[i + 1]) {
    case 'n':
    case 'r':
        change->bytes[change->size++] = '\n';
        return true;
    case 't':
    case 'b':
    case 'f':
        change->bytes[change->size++] = ' ';
        return true;
    case '"':
    case '/':
    case '\\':
        change->bytes[change->size++] = text.data[i + 1];
        return true;
    case 'u':
        return unescape_unicode(text, i, change);
    default:
        return false;
    }
}

/* What becomes of the character at text[i]. @return false when it stays as it is */
static bool
changes(struct bytes text, size_t i, bool json, struct change *change)
{
    *change = (struct change){.width = 1};
    uint8_t byte = text.data[i];
    if (byte == '\\')
        return json && unescape(text, i, change);
    if (byte < 0xC2)
        return false;
    uint32_t code = decode(text, i, &change->width);
    if (code == 0 || ascii_of(code) < 0)
        return false;
    encode(code, change);
    return true;
}

/* Append text[from, to). Both buffers have SLACK bytes more than is counted, except at the very end of the
 * text. */
static void
copy_stretch(struct fold *fold, struct bytes text, size_t from, size_t to)
{
    size_t size = to - from;
    const uint8_t *source = text.data + from;
    uint8_t *target = fold->text + fold->size;
    fold->size += size;
    if (size > SLACK || from + SLACK > text.size)
        memcpy(target, source, size);
    else
        memcpy(target, source, SLACK); /* a fixed size is two moves; what is too much is overwritten */
}

/*
 * What stands at text[i] changes: append what it becomes. A place behind it leads behind it; places up to it
 * already lead where they should, except when nothing is left of it: then what ends here ends before it.
 */
static int
append_change(struct fold *fold, const struct change *change, size_t i)
{
    if (change->size == 0)
        TRY(add_run(fold, i));
    memcpy(fold->text + fold->size, change->bytes, sizeof change->bytes);
    fold->size += change->size;
    return add_run(fold, i + change->width);
}

/* What changes in 64 bytes at text[at]. @param copied  in and out: the text before is taken over */
static int
fold_block(struct fold *fold, struct bytes text, size_t at, uint64_t stops, bool json, size_t *copied)
{
    for (; stops; stops &= stops - 1) {
        size_t i = at + (size_t)__builtin_ctzll(stops);
        struct change change;
        if (i < *copied || !changes(text, i, json, &change))
            continue;
        copy_stretch(fold, text, *copied, i);
        TRY(append_change(fold, &change, i));
        *copied = i + change.width;
    }
    return PROV_OK;
}

static int
prepare(struct fold *fold, size_t size)
{
    fold->size = fold->nruns = 0;
    if (size + SLACK > fold->capacity) {
        free(fold->text);
        fold->capacity = 0;
        fold->text = malloc(size + SLACK);
        if (!fold->text)
            return PROV_E_MEMORY;
        fold->capacity = size + SLACK;
    }
    return add_run(fold, 0);
}

int
fold_make(struct fold *fold, struct bytes text, bool json)
{
    stops_function *find = stops_find_best();
    size_t copied = 0, at = 0;
    TRY(prepare(fold, text.size));
    for (; at + STOPS_BLOCK <= text.size; at += STOPS_BLOCK) {
        uint64_t stops = find(text.data + at, json);
        if (stops)
            TRY(fold_block(fold, text, at, stops, json, &copied));
    }
    if (at < text.size) {
        uint8_t last[STOPS_BLOCK] = {0};
        memcpy(last, text.data + at, text.size - at);
        TRY(fold_block(fold, text, at, find(last, json), json, &copied));
    }
    if (text.size > copied)
        copy_stretch(fold, text, copied, text.size);
    return PROV_OK;
}

size_t
fold_origin(const struct fold *fold, size_t place)
{
    size_t low = 0, high = fold->nruns;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (fold->runs[middle].folded <= place)
            low = middle;
        else
            high = middle;
    }
    return fold->runs[low].original + (place - fold->runs[low].folded);
}

size_t
fold_origin_end(const struct fold *fold, size_t place)
{
    size_t low = 0, high = fold->nruns;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (fold->runs[middle].folded < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low < fold->nruns && fold->runs[low].folded == place ? fold->runs[low].original
                                                                : fold_origin(fold, place);
}

void
fold_finish(struct fold *fold)
{
    free(fold->text);
    free(fold->runs);
    *fold = (struct fold){0};
}
