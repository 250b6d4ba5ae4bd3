/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The grammar of JSON's numbers and literals (RFC 8259, sections 3 and 6). Values are never converted: a
 * number of any length is its digits.
 */
#include "ingest/row_scalar.h"

static size_t
skip_digits(struct bytes text, size_t at)
{
    while (at < text.size && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at;
}

bool
scalar_is_number(struct bytes text)
{
    size_t at = text.size && text.data[0] == '-', digits = at;
    at = skip_digits(text, at);
    if (at == digits || (text.data[digits] == '0' && at > digits + 1))
        return false;
    if (at < text.size && text.data[at] == '.') {
        digits = at + 1;
        at = skip_digits(text, digits);
        if (at == digits)
            return false;
    }
    if (at < text.size && (text.data[at] | 0x20) == 'e') {
        digits = at + 1;
        digits += digits < text.size && (text.data[digits] == '+' || text.data[digits] == '-');
        at = skip_digits(text, digits);
        if (at == digits)
            return false;
    }
    return at == text.size;
}

bool
scalar_begins_number(uint8_t byte)
{
    return byte == '-' || (byte >= '0' && byte <= '9');
}

bool
scalar_is_literal(struct bytes text)
{
    return bytes_equal(text, bytes_of("true")) || bytes_equal(text, bytes_of("false")) ||
           bytes_equal(text, bytes_of("null"));
}

bool
scalar_ends(uint8_t byte)
{
    return byte <= ' ' || byte == ',' || byte == ']' || byte == '}' || byte == ':' || byte == '"' ||
           byte == '[' || byte == '{';
}
