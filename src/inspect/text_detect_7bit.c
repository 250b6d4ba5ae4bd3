/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encodings that hide in seven bits: ISO-2022 by its escape sequences, HZ by ~{ ~}, UTF-7 by + -.
 *
 * All three look like ASCII, so each is believed only when every use of its escape character is right
 * and something comes out of it: one C program with `i++` in it is enough to rule UTF-7 out, one TeX
 * file with `~{` enough for HZ. Sources: RFC 1468 (ISO-2022-JP), 1557 (KR), 1922 (CN), 1843 (HZ),
 * 2152 (UTF-7).
 */
#include "inspect/text_detect.h"

#include <stdint.h>
#include <string.h>

static const uint8_t ESC = 0x1B;

static enum text_encoding_id
detect_iso_2022(struct bytes head)
{
    static const struct {
        const char *escape;
        enum text_encoding_id id;
    } escapes[] = {
        {"\x1B$B", TEXT_ENCODING_ISO_2022_JP},  {"\x1B$@", TEXT_ENCODING_ISO_2022_JP},
        {"\x1B$(D", TEXT_ENCODING_ISO_2022_JP}, {"\x1B(J", TEXT_ENCODING_ISO_2022_JP},
        {"\x1B(I", TEXT_ENCODING_ISO_2022_JP},  {"\x1B$)C", TEXT_ENCODING_ISO_2022_KR},
        {"\x1B$)A", TEXT_ENCODING_ISO_2022_CN}, {"\x1B$)G", TEXT_ENCODING_ISO_2022_CN},
    };
    const uint8_t *end = head.data + head.size;
    for (const uint8_t *at = head.data; at < end && (at = memchr(at, ESC, (size_t)(end - at))); at++) {
        struct bytes rest = {.data = at, .size = (size_t)(end - at)};
        for (size_t i = 0; i < sizeof escapes / sizeof *escapes; i++)
            if (bytes_start_with(rest, escapes[i].escape))
                return escapes[i].id;
    }
    return TEXT_ENCODING_COUNT;
}

/* The end of the GB 2312 text that starts behind "~{": at its "~}" or where the head ends; NULL when it is none. */
static const uint8_t *
hz_end(const uint8_t *at, const uint8_t *end)
{
    size_t npairs = 0;
    for (; end - at >= 2; at += 2, npairs++) {
        if (at[0] == '~' && at[1] == '}')
            return npairs ? at + 2 : NULL;
        if (at[0] < 0x21 || at[0] > 0x77 || at[1] < 0x21 || at[1] > 0x7E)
            return NULL;
    }
    return end;
}

static bool
is_hz(struct bytes head)
{
    const uint8_t *end = head.data + head.size;
    bool found = false;
    for (const uint8_t *at = head.data; at < end && (at = memchr(at, '~', (size_t)(end - at)));) {
        if (end - at < 2)
            break;
        if (at[1] == '{') {
            const uint8_t *text = at + 2;
            at = hz_end(text, end);
            if (!at)
                return false;
            found |= at - text >= 2;
        } else if (at[1] == '~' || at[1] == '\n') {
            at += 2;
        } else {
            return false;
        }
    }
    return found;
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

/* One run of UTF-7 behind its '+', as UTF-16 in big-endian bytes. */
struct utf7_run {
    uint8_t units[512]; /**< the first of them; a longer run is judged by these */
    size_t size;
    const uint8_t *end; /**< behind the run */
    bool right;         /**< whole units, zero padding of less than six bits */
};

static void
utf7_read(const uint8_t *at, const uint8_t *end, struct utf7_run *run)
{
    uint32_t bits = 0;
    unsigned nbits = 0;
    int value;
    run->size = 0;
    for (; at < end && (value = base64_value(*at)) >= 0; at++) {
        bits = bits << 6 | (uint32_t)value;
        nbits += 6;
        if (nbits >= 16 && run->size < sizeof run->units) {
            run->units[run->size++] = (uint8_t)(bits >> (nbits - 8));
            run->units[run->size++] = (uint8_t)(bits >> (nbits - 16));
        }
        if (nbits >= 16)
            nbits -= 16;
        bits &= (1u << nbits) - 1;
    }
    run->right = at == end || (run->size > 0 && nbits < 6 && bits == 0);
    run->end = at;
}

/* "+foo", "+Foo", "+FOO", "+86": what plain text writes behind a plus, and base64 of UTF-16 hardly ever. */
static bool
is_word(const uint8_t *at, const uint8_t *end)
{
    size_t nlower = 0, nupper = 0, ndigits = 0;
    for (const uint8_t *byte = at; byte < end; byte++) {
        nlower += *byte >= 'a' && *byte <= 'z';
        nupper += *byte >= 'A' && *byte <= 'Z';
        ndigits += *byte >= '0' && *byte <= '9';
    }
    size_t size = (size_t)(end - at);
    bool capitalised = size && *at >= 'A' && *at <= 'Z' && nlower + 1 == size;
    return nlower == size || nupper == size || ndigits == size || capitalised;
}

/* All runs must decode, few of them may be words, and their text together must look like text. */
static bool
is_utf7(struct bytes head)
{
    const uint8_t *end = head.data + head.size;
    uint8_t units[4096];
    size_t size = 0, nruns = 0, nwords = 0;
    for (const uint8_t *at = head.data; at < end && (at = memchr(at, '+', (size_t)(end - at)));) {
        struct utf7_run run;
        if (end - at >= 2 && at[1] == '-') {
            at += 2;
            continue;
        }
        utf7_read(at + 1, end, &run);
        if (!run.right)
            return false;
        if (size + run.size <= sizeof units) {
            memcpy(units + size, run.units, run.size);
            size += run.size;
        }
        nruns++;
        bool closed = run.end < end && *run.end == '-';
        bool accent = closed && run.size && run.units[0] == 0 && run.units[1] >= 0xA0;
        nwords += !accent && is_word(at + 1, run.end);
        at = run.end;
    }
    if (nruns == 0 || nwords * 2 > nruns)
        return false;
    /* Spaces make short but sound text long enough for the test of UTF-16. */
    for (int i = 0; i < 8 && size + 2 <= sizeof units; i++, size += 2) {
        units[size] = 0;
        units[size + 1] = ' ';
    }
    return text_is_wide(TEXT_ENCODING_UTF16BE, (struct bytes){.data = units, .size = size}, false);
}

enum text_encoding_id
text_detect_7bit(struct bytes head)
{
    enum text_encoding_id id = detect_iso_2022(head);
    if (id != TEXT_ENCODING_COUNT)
        return id;
    if (is_hz(head))
        return TEXT_ENCODING_HZ;
    return is_utf7(head) ? TEXT_ENCODING_UTF7 : TEXT_ENCODING_ASCII;
}
