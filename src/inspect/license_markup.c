/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What stands between the words of a text in HTML, JSON and source code, and is no word of it.
 *
 *     <p class="x">Permission &quot;is&quot; granted\n</p>        tags, entities, escapes: skipped
 *     <a rel="license" href="...">                          kept: its attributes state a license
 */
#include "inspect/license_markup.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
    TAG_BYTES_MAX = 512, /* an HTML tag that does not close within this is no tag */
    ENTITY_BYTES_MAX = 10,
};

/* Names of elements that carry no words of a license. A list, since "<year>" must stay. */
static const char *const tag_names[] = {
    "a",     "abbr",  "article", "b",  "big",   "blockquote", "body",  "br",   "center", "cite", "code",
    "dd",    "div",   "dl",      "dt", "em",    "font",       "h1",    "h2",   "h3",     "h4",   "h5",
    "h6",    "head",  "header",  "hr", "html",  "i",          "img",   "li",   "link",   "meta", "ol",
    "p",     "para",  "pre",     "q",  "s",     "section",    "small", "span", "strong", "sub",  "sup",
    "table", "tbody", "td",      "th", "thead", "title",      "tr",    "tt",   "u",      "ul",   "var",
};

/*
 * Do the attributes of a tag say that they state a license: rel="license", property="dct:license",
 * itemprop="license", name="dc.rights"? Their words are then words of the text.
 */
static bool
states_license(const uint8_t *attributes, size_t size)
{
    static const char *const names[] = {"rel", "property", "itemprop", "name"};
    for (size_t i = 0; i + 6 < size; i++) {
        if (attributes[i] != '=' || (attributes[i + 1] != '"' && attributes[i + 1] != '\''))
            continue;
        bool names_relation = false;
        for (size_t j = 0; j < sizeof names / sizeof names[0]; j++) {
            size_t length = strlen(names[j]);
            names_relation =
                names_relation ||
                (i >= length && strncasecmp((const char *)attributes + i - length, names[j], length) == 0);
        }
        const uint8_t *value = attributes + i + 2, *end = memchr(value, attributes[i + 1], size - i - 2);
        size_t length = end ? (size_t)(end - value) : 0;
        for (size_t j = 0; names_relation && j + 5 <= length; j++)
            if (strncasecmp((const char *)value + j, "licen", 5) == 0 ||
                strncasecmp((const char *)value + j, "right", 5) == 0)
                return true;
        i += 1 + length;
    }
    return false;
}

/* Size of the HTML tag at text[at] == '<', or 0. */
size_t
license_markup_tag(struct bytes whole, size_t at)
{
    const uint8_t *text = whole.data;
    size_t size = whole.size;
    size_t name = at + 1 + (at + 1 < size && text[at + 1] == '/');
    size_t end = name;
    char word[12];
    while (end < size && end - name < sizeof word - 1 && isalnum(text[end])) {
        word[end - name] = (char)(text[end] | 0x20);
        end++;
    }
    if (end == name || end >= size ||
        (text[end] != '>' && text[end] != ' ' && text[end] != '/' && text[end] != '\n' && text[end] != '\t'))
        return 0;
    word[end - name] = 0;
    bool known = false;
    for (size_t i = 0; i < sizeof tag_names / sizeof tag_names[0] && !known; i++)
        known = strcmp(tag_names[i], word) == 0;
    size_t limit = size - at < TAG_BYTES_MAX ? size : at + TAG_BYTES_MAX;
    for (size_t i = end; known && i < limit && text[i] != '<'; i++)
        if (text[i] == '>')
            return states_license(text + end, i - end) ? 0 : i + 1 - at;
    return 0;
}

/* Size of the entity at text[at] == '&' ("&quot;", "&#39;"), or 0. */
size_t
license_markup_entity(struct bytes whole, size_t at)
{
    const uint8_t *text = whole.data;
    size_t size = whole.size;
    size_t limit = size - at < ENTITY_BYTES_MAX ? size : at + ENTITY_BYTES_MAX;
    for (size_t i = at + 1; i < limit; i++) {
        if (text[i] == ';')
            return i > at + 2 ? i + 1 - at : 0;
        if (!isalnum(text[i]) && text[i] != '#')
            return 0;
    }
    return 0;
}

/* Size of the escape at text[at] == '\\' that stands for white space or a quote, or 1. */
size_t
license_markup_escape(struct bytes whole, size_t at)
{
    const uint8_t *text = whole.data;
    size_t size = whole.size;
    if (at + 1 >= size)
        return 1;
    switch (text[at + 1]) {
    case 'n':
    case 'r':
    case 't':
        return 2;
    case 'u':
        return size - at >= 6 ? 6 : 1;
    default:
        return 1;
    }
}

/* The character of an escape "\\u8bb8" at text[at]; 0 when there is none. */
uint32_t
license_markup_character(struct bytes text, size_t at)
{
    uint32_t code = 0;
    if (text.size - at < 6 || text.data[at + 1] != 'u')
        return 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        uint8_t byte = text.data[i] | 0x20;
        bool digit = text.data[i] >= '0' && text.data[i] <= '9', letter = byte >= 'a' && byte <= 'f';
        if (!digit && !letter)
            return 0;
        code = code << 4 | (uint32_t)(digit ? text.data[i] - '0' : byte - 'a' + 10);
    }
    return code;
}
