/* SPDX-License-Identifier: Apache-2.0 */
/*
 * "Name: value" lines, as ISO 28500 (WARC) and RFC 9112 (HTTP/1.1) have them, read as leniently as crawlers
 * read them: what was stored is what some server sent. Nothing is copied; every answer lies in the head.
 */
#include "ingest/field_lines.h"

#include <string.h>
#include <strings.h>

size_t
field_lines_end(struct bytes head)
{
    const uint8_t *at = head.data, *end = head.data + head.size;
    while (at < end && (at = memchr(at, '\n', (size_t)(end - at))) != NULL) {
        at++;
        if (at < end && *at == '\n')
            return (size_t)(at + 1 - head.data);
        if (end - at >= 2 && at[0] == '\r' && at[1] == '\n')
            return (size_t)(at + 2 - head.data);
    }
    return 0;
}

bool
field_lines_line(struct bytes *rest, struct bytes *line)
{
    if (rest->size == 0)
        return false;
    const uint8_t *end = memchr(rest->data, '\n', rest->size);
    size_t size = end ? (size_t)(end - rest->data) + 1 : rest->size;
    *line = (struct bytes){.data = rest->data, .size = size};
    while (line->size && (line->data[line->size - 1] == '\n' || line->data[line->size - 1] == '\r'))
        line->size--;
    if (line->size == 0)
        return false;
    rest->data += size;
    rest->size -= size;
    return true;
}

bool
field_lines_next(struct bytes *rest, struct field *field)
{
    struct bytes line, more;
    *field = (struct field){0};
    if (!field_lines_line(rest, &line))
        return false;
    while (rest->size && (rest->data[0] == ' ' || rest->data[0] == '\t') && field_lines_line(rest, &more))
        line.size = (size_t)(more.data + more.size - line.data);
    const uint8_t *colon = memchr(line.data, ':', line.size);
    if (!colon)
        return true;
    size_t before = (size_t)(colon - line.data);
    field->name = bytes_trimmed((struct bytes){.data = line.data, .size = before});
    field->value = bytes_trimmed((struct bytes){.data = colon + 1, .size = line.size - before - 1});
    return true;
}

struct bytes
field_lines_find(struct bytes fields, const char *name)
{
    struct field field;
    size_t size = strlen(name);
    while (field_lines_next(&fields, &field))
        if (field.name.data && field.name.size == size &&
            strncasecmp((const char *)field.name.data, name, size) == 0)
            return field.value;
    return (struct bytes){.data = NULL, .size = 0};
}

bool
field_value_is(struct bytes value, const char *word)
{
    size_t size = strlen(word);
    return value.data && value.size >= size && strncasecmp((const char *)value.data, word, size) == 0;
}
