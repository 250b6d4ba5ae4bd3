/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may be shown of a finding. Never the value: identifiers can be guessed from a few characters, so of most
 * only the shape is kept, of a secret the vendor's prefix and the length, of an e-mail address two letters.
 *
 *     110101199003070011    9{18}
 *     a.lee@mail.example.org    a***@m***.org
 *     ghp_16C7e42F292c...   ghp_...(40)
 */
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "inspect/pattern_scan.h"

struct writer {
    uint8_t *out;
    size_t size;
};

static void
put(struct writer *writer, const void *text, size_t size)
{
    size_t room = LIMIT_EVIDENCE_BYTES - writer->size;
    if (size > room)
        return;
    memcpy(writer->out + writer->size, text, size);
    writer->size += size;
}

/* The class of a character: 9 digit, A upper, a lower, itself when it is punctuation, ? otherwise. */
static char
class_of(uint8_t byte)
{
    if (byte >= '0' && byte <= '9')
        return '9';
    if (byte >= 'A' && byte <= 'Z')
        return byte == 'X' ? 'X' : 'A';
    if (byte >= 'a' && byte <= 'z')
        return 'a';
    return byte > 0x20 && byte < 0x7f && byte != '{' && byte != '}' ? (char)byte : byte == ' ' ? ' ' : '?';
}

static void
put_shape(struct writer *writer, struct bytes text)
{
    for (size_t i = 0, run; i < text.size; i += run) {
        char piece[32], class_ = class_of(text.data[i]);
        for (run = 1; i + run < text.size && class_of(text.data[i + run]) == class_;)
            run++;
        int size = run == 1 ? snprintf(piece, sizeof piece, "%c", class_)
                            : snprintf(piece, sizeof piece, "%c{%zu}", class_, run);
        put(writer, piece, (size_t)size);
    }
}

static void
put_email(struct writer *writer, struct bytes text)
{
    const uint8_t *at = memrchr(text.data, '@', text.size);
    const uint8_t *dot = memrchr(text.data, '.', text.size);
    if (!at || !dot || dot < at || text.data[0] >= 0x80 || at[1] >= 0x80 || dot[1] >= 0x80) {
        put(writer, "*@*", 3);
        return;
    }
    put(writer, text.data, 1);
    put(writer, "***@", 4);
    put(writer, at + 1, 1);
    put(writer, "***", 3);
    put(writer, dot, (size_t)(text.data + text.size - dot));
}

/* The fixed beginning of a secret: letters to the first '_', '-', '.' or ':' within eight, else its first four letters. */
static size_t
prefix_size(struct bytes text)
{
    size_t letters = 0;
    for (size_t i = 0; i < text.size && i < 8; i++) {
        uint8_t byte = text.data[i];
        bool letter = (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
        if (i > 0 && (byte == '_' || byte == '-'))
            return i + 1;
        if (!letter)
            break;
        letters++;
    }
    return letters >= 4 && text.size >= 16 ? 4 : 0;
}

static void
put_prefix(struct writer *writer, struct bytes text)
{
    char piece[32];
    size_t prefix = prefix_size(text);
    put(writer, text.data, prefix);
    int size = snprintf(piece, sizeof piece, "...(%zu)", text.size);
    put(writer, piece, (size_t)size);
}

size_t
evidence_write(const struct detector *detector, struct bytes text, uint8_t *evidence)
{
    struct writer writer = {.out = evidence};
    switch (detector->evidence) {
    case EVIDENCE_EMAIL:
        put_email(&writer, text);
        break;
    case EVIDENCE_PREFIX:
        put_prefix(&writer, text);
        break;
    default:
        put_shape(&writer, text);
    }
    return writer.size;
}
