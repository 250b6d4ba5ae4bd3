/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodings with a state: ISO-2022-JP, -KR, -CN, HZ and UTF-7. All are seven bits wide.
 *
 *   ISO-2022   ESC $ B  two bytes a character (JIS X 0208) ...  ESC ( B  back to ASCII
 *              SO  two bytes a character of the set that ESC $ ) designates ...  SI  back
 *   HZ         ~{ two bytes a character (GB 2312) ... ~}
 *   UTF-7      + base64 of UTF-16 ... - or any other character
 *
 * Each loop is a walk over tokens, and the same walk without a writer finds where text may be cut: only
 * where it is in the state it started in. At a line feed all of them go back to that state, as their
 * RFCs (1468, 1557, 1922, 1843, 2152) ask writers to be; this keeps a lost escape sequence from turning
 * the rest of a file into something else, and a page can begin at any line.
 *
 * Characters are looked up in the eight-bit tables of the same sets: JIS in EUC-JP's, KS X 1001 in
 * EUC-KR's, GB 2312 in GB18030's, CNS 11643 in EUC-TW's.
 */
#include "inspect/text_loops.h"

#include <string.h>

static const uint8_t ESC = 0x1B, SHIFT_OUT = 0x0E, SHIFT_IN = 0x0F;

enum { HALF_WIDTH_KANA = 0xFF61, YEN = 0xA5, OVERLINE = 0x203E };

enum set { SET_ASCII, SET_ROMAN, SET_KANA, SET_JIS_0208, SET_JIS_0212, SET_GB_2312, SET_KS_1001, SET_CNS_1 };

/* What the escape sequences have switched to. */
struct state {
    enum set left;    /**< in use, by ESC $ and ESC ( */
    enum set shifted; /**< in use between SO and SI */
    bool out;         /**< SO was seen */
};

static const struct {
    const char *sequence;
    enum set set;
    bool shifted; /**< designates for SO */
} escapes[] = {
    {"\x1B(B", SET_ASCII, false},     {"\x1B(J", SET_ROMAN, false},     {"\x1B(I", SET_KANA, false},
    {"\x1B$@", SET_JIS_0208, false},  {"\x1B$B", SET_JIS_0208, false},  {"\x1B$(D", SET_JIS_0212, false},
    {"\x1B$A", SET_GB_2312, false},   {"\x1B$(C", SET_KS_1001, false},  {"\x1B$)C", SET_KS_1001, true},
    {"\x1B$)A", SET_GB_2312, true},   {"\x1B$)G", SET_CNS_1, true},
};

static struct state
state_start(enum text_encoding_id id)
{
    /* A page knows nothing of a designation at the start of the file: take what files of that name use. */
    return (struct state){.left = SET_ASCII, .shifted = id == TEXT_ENCODING_ISO_2022_CN ? SET_GB_2312 : SET_KS_1001};
}

/* Bytes of the escape sequence or shift at data, obeyed; 0 when there is none. */
static size_t
obey(struct state *state, const uint8_t *data, size_t size)
{
    if (data[0] == SHIFT_OUT || data[0] == SHIFT_IN) {
        state->out = data[0] == SHIFT_OUT;
        return 1;
    }
    for (size_t i = 0; data[0] == ESC && i < sizeof escapes / sizeof *escapes; i++) {
        size_t length = strlen(escapes[i].sequence);
        if (size < length || memcmp(data, escapes[i].sequence, length) != 0)
            continue;
        if (escapes[i].shifted)
            state->shifted = escapes[i].set;
        else
            state->left = escapes[i].set;
        return length;
    }
    return 0;
}

static enum set
set_in_use(const struct state *state)
{
    return state->out ? state->shifted : state->left;
}

static bool
is_double(enum set set)
{
    return set >= SET_JIS_0208;
}

static bool
is_graphic(uint8_t byte)
{
    return byte >= 0x21 && byte <= 0x7E;
}

/* Bytes of the character at data, 1 or 2. */
static size_t
token_size(enum set set, const uint8_t *data, size_t size)
{
    return is_double(set) && is_graphic(data[0]) && size >= 2 && is_graphic(data[1]) ? 2 : 1;
}

/* The code point of a pair, 0 for none. */
static uint32_t
pair_value(enum set set, const struct text_sets *sets, const uint8_t *data)
{
    uint8_t lead = data[0] | 0x80, trail = data[1] | 0x80;
    switch (set) {
    case SET_JIS_0208:
        return sets->japanese ? text_table_pair(sets->japanese->pairs, lead, trail) : 0;
    case SET_JIS_0212:
        return sets->japanese ? text_table_pair(sets->japanese->more, lead, trail) : 0;
    case SET_GB_2312:
        return sets->chinese ? text_table_pair(sets->chinese->pairs, lead, trail) : 0;
    case SET_KS_1001:
        return sets->korean ? text_table_pair(sets->korean->pairs, lead, trail) : 0;
    default:
        return sets->taiwanese ? text_table_pair(sets->taiwanese->pairs, lead, trail) : 0;
    }
}

/* A character of one byte; 0 also stands for NUL, which is a character. */
static uint32_t
single_value(enum set set, uint8_t byte)
{
    if (set == SET_KANA && byte >= 0x21 && byte <= 0x5F)
        return HALF_WIDTH_KANA + byte - 0x21u;
    if (set == SET_ROMAN && byte == 0x5C)
        return YEN;
    if (set == SET_ROMAN && byte == 0x7E)
        return OVERLINE;
    return byte;
}

static void
put_token(enum set set, const struct text_sets *sets, const uint8_t *data, size_t stored, size_t size,
          struct text_writer *writer)
{
    bool lost = size == 1 && (data[0] >= 0x80 || (is_double(set) && is_graphic(data[0])));
    uint32_t value = size == 2 ? pair_value(set, sets, data) : single_value(set, data[0]);
    if (lost || (size == 2 && value == 0))
        text_writer_bad(writer, stored, size);
    else
        text_writer_put(writer, value & ~(uint32_t)TEXT_TABLE_TWO, stored, size);
}

void
text_decode_iso_2022(enum text_encoding_id id, const struct text_sets *sets, const struct text_part *part,
                     struct text_writer *writer)
{
    struct state state = state_start(id);
    for (size_t at = 0; at < part->size;) {
        const uint8_t *data = part->data + at;
        size_t left = part->size - at, size = obey(&state, data, left);
        if (size) {
            at += size;
            continue;
        }
        enum set set = set_in_use(&state);
        if (set == SET_ASCII && data[0] >= ' ') {
            /* Up to the next control byte, of which only three matter. */
            size_t run = 1;
            while (run < left && data[run] >= ' ' && data[run] < 0x80)
                run++;
            size_t done = text_writer_ascii(writer, data, run, part->stored + at);
            at += done;
            if (done)
                continue;
        }
        size = token_size(set, data, left);
        put_token(set, sets, data, part->stored + at, size, writer);
        if (data[0] == '\n') {
            state.left = SET_ASCII;
            state.out = false;
        }
        at += size;
    }
}

static size_t
cut_iso_2022(enum text_encoding_id id, struct bytes text, size_t wanted)
{
    struct state state = state_start(id);
    size_t cut = 0, at = 0;
    while (at < text.size) {
        if (at > wanted)
            break;
        if (set_in_use(&state) == SET_ASCII && !state.out)
            cut = at;
        const uint8_t *data = text.data + at;
        size_t size = obey(&state, data, text.size - at);
        if (data[0] == '\n') {
            state.left = SET_ASCII;
            state.out = false;
        }
        at += size ? size : token_size(set_in_use(&state), data, text.size - at);
    }
    return at <= wanted && set_in_use(&state) == SET_ASCII ? at : cut;
}

/* Bytes of what begins with '~' outside of GB text, 1 or 2, and the mode behind it. */
static size_t
hz_tilde(const uint8_t *data, size_t size, bool *chinese)
{
    if (size < 2 || (data[1] != '{' && data[1] != '~' && data[1] != '\n'))
        return 1;
    *chinese = data[1] == '{';
    return 2;
}

void
text_decode_hz(const struct text_sets *sets, const struct text_part *part, struct text_writer *writer)
{
    bool chinese = false;
    for (size_t at = 0; at < part->size;) {
        const uint8_t *data = part->data + at;
        size_t left = part->size - at, size = 1;
        if (chinese && left >= 2 && data[0] == '~' && data[1] == '}') {
            chinese = false;
            size = 2;
        } else if (!chinese && data[0] == '~') {
            size = hz_tilde(data, left, &chinese);
            if (size == 1 || data[1] == '~')
                text_writer_put(writer, '~', part->stored + at, size);
        } else {
            enum set set = chinese ? SET_GB_2312 : SET_ASCII;
            size = token_size(set, data, left);
            put_token(set, sets, data, part->stored + at, size, writer);
            chinese &= data[0] != '\n';
        }
        at += size;
    }
}

static size_t
cut_hz(struct bytes text, size_t wanted)
{
    bool chinese = false;
    size_t cut = 0, at = 0;
    for (size_t size = 1; at < text.size && at <= wanted; at += size) {
        const uint8_t *data = text.data + at;
        size_t left = text.size - at;
        if (!chinese)
            cut = at;
        size = chinese ? token_size(SET_GB_2312, data, left) : 1;
        if (chinese && left >= 2 && data[0] == '~' && data[1] == '}') {
            chinese = false;
            size = 2;
        } else if (!chinese && data[0] == '~') {
            size = hz_tilde(data, left, &chinese);
        }
        chinese &= data[0] != '\n';
    }
    return at <= wanted && !chinese ? at : cut;
}

static int
base64_value(uint8_t byte)
{
    if (byte >= 'A' && byte <= 'Z')
        return byte - 'A';
    if (byte >= 'a' && byte <= 'z')
        return byte - 'a' + 26;
    if (byte >= '0' && byte <= '9')
        return byte - '0' + 52;
    return byte == '+' ? 62 : byte == '/' ? 63 : -1;
}

/* The end of the base64 text that starts at `at`. */
static size_t
base64_end(const uint8_t *data, size_t size, size_t at)
{
    while (at < size && base64_value(data[at]) >= 0)
        at++;
    return at;
}

/* The UTF-16 unit number `index` of base64 text; its bits begin in the middle of a digit. */
static uint32_t
base64_unit(const uint8_t *digits, size_t index)
{
    size_t bit = index * 16, first = bit / 6;
    uint32_t bits = 0;
    for (size_t i = 0; i < 3; i++)
        bits = bits << 6 | (uint32_t)base64_value(digits[first + i]);
    unsigned spare = 2 - (unsigned)(bit % 6);
    if (bit % 6 > 2) {
        bits = bits << 6 | (uint32_t)base64_value(digits[first + 3]);
        spare += 6;
    }
    return bits >> spare & 0xFFFF;
}

/* Decode base64 text: its units, as characters stored where their first bits are. */
static void
put_base64(const uint8_t *digits, size_t ndigits, size_t stored, struct text_writer *writer)
{
    size_t nunits = ndigits * 6 / 16;
    for (size_t i = 0; i < nunits;) {
        uint32_t point = base64_unit(digits, i);
        size_t width = 1;
        if (point >= 0xD800 && point <= 0xDBFF && i + 1 < nunits) {
            uint32_t low = base64_unit(digits, i + 1);
            if (low >= 0xDC00 && low <= 0xDFFF) {
                point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
                width = 2;
            }
        }
        size_t from = i * 16 / 6, to = (i + width) * 16 / 6;
        if (point >= 0xD800 && point <= 0xDFFF)
            text_writer_bad(writer, stored + from, to - from);
        else
            text_writer_put(writer, point, stored + from, to - from);
        i += width;
    }
}

void
text_decode_utf7(const struct text_part *part, struct text_writer *writer)
{
    for (size_t at = 0; at < part->size;) {
        const uint8_t *data = part->data;
        const uint8_t *plus = memchr(data + at, '+', part->size - at);
        size_t end = plus ? (size_t)(plus - data) : part->size;
        while (at < end) {
            size_t done = text_writer_ascii(writer, data + at, end - at, part->stored + at);
            at += done;
            if (done)
                continue;
            if (data[at] == 0)
                text_writer_put(writer, 0, part->stored + at, 1);
            else
                text_writer_bad(writer, part->stored + at, 1);
            at++;
        }
        if (at == part->size)
            return;
        size_t run = base64_end(data, part->size, at + 1);
        bool minus = run < part->size && data[run] == '-';
        if (run == at + 1) {
            /* "+-" is a plus; a plus before anything else is malformed, and stays what it is. */
            if (!minus && writer->nmalformed++ == 0)
                writer->first_malformed = part->stored + at;
            text_writer_put(writer, '+', part->stored + at, minus ? 2 : 1);
        } else {
            put_base64(data + at + 1, run - at - 1, part->stored + at + 1, writer);
        }
        at = run + minus;
    }
}

static size_t
cut_utf7(struct bytes text, size_t wanted)
{
    size_t cut = 0;
    for (size_t at = 0; at <= wanted;) {
        const uint8_t *plus = at < wanted ? memchr(text.data + at, '+', wanted - at) : NULL;
        if (!plus)
            return wanted;
        cut = (size_t)(plus - text.data);
        at = base64_end(text.data, text.size, cut + 1);
        at += at < text.size && text.data[at] == '-';
        if (at <= wanted)
            cut = at;
    }
    return cut;
}

size_t
text_stateful_cut(enum text_encoding_id id, const uint8_t *data, size_t size, size_t wanted)
{
    struct bytes text = {.data = data, .size = size};
    switch (TEXT_ENCODINGS[id].shape) {
    case TEXT_ISO_2022:
        return cut_iso_2022(id, text, wanted);
    case TEXT_HZ:
        return cut_hz(text, wanted);
    default:
        return cut_utf7(text, wanted);
    }
}
