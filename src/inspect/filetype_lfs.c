/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Git LFS pointers: a few lines of text that stand where a big file should be.
 *
 *     version https://git-lfs.github.com/spec/v1
 *     ext-0-name sha256:...                            (optional, any number)
 *     oid sha256:4d7a2146...
 *     size 12345
 *
 * A pointer is read strictly, since what is taken for one is reported as content that nobody has seen:
 * version first, the other keys in alphabetical order, oid and size well formed, nothing else, less than
 * 1,024 bytes. Like git-lfs itself it takes lines that end in CR LF and the two older names of the version.
 * Source: git-lfs, docs/spec.md.
 */
#include "inspect/filetype_kind.h"

#include <string.h>

enum { POINTER_MAX = 1024, HASH_DIGITS = 64, SIZE_DIGITS_MAX = 19 };

struct line {
    struct bytes key, value;
};

/* Split "key value\n" off the rest. @return false when there is no such line */
static bool
line_take(struct bytes *rest, struct line *line)
{
    if (rest->size == 0)
        return false;
    const uint8_t *newline = memchr(rest->data, '\n', rest->size);
    size_t whole = newline ? (size_t)(newline - rest->data) : rest->size;
    size_t size =
        whole - (newline && whole && rest->data[whole - 1] == '\r'); /* git on Windows put it there */
    const uint8_t *space = memchr(rest->data, ' ', size);
    if (!space || memchr(rest->data, '\r', size))
        return false;
    line->key = (struct bytes){.data = rest->data, .size = (size_t)(space - rest->data)};
    line->value = (struct bytes){.data = space + 1, .size = size - line->key.size - 1};
    rest->data += whole + (newline != NULL);
    rest->size -= whole + (newline != NULL);
    return line->key.size > 0 && line->value.size > 0;
}

static bool
is_oid(struct bytes value)
{
    size_t prefix = strlen("sha256:");
    if (!bytes_start_with(value, "sha256:") || value.size != prefix + HASH_DIGITS)
        return false;
    for (size_t i = prefix; i < value.size; i++) {
        uint8_t byte = value.data[i];
        if (!(byte >= '0' && byte <= '9') && !(byte >= 'a' && byte <= 'f'))
            return false;
    }
    return true;
}

static bool
is_version(struct bytes value)
{
    static const char *const versions[] = {
        "https://git-lfs.github.com/spec/v1",
        "https://hawser.github.com/spec/v1",
        "http://git-media.io/v/2",
    };
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (bytes_equal(value, bytes_of(versions[i])))
            return true;
    return false;
}

static bool
is_size(struct bytes value)
{
    if (value.size > SIZE_DIGITS_MAX || (value.size > 1 && value.data[0] == '0'))
        return false;
    for (size_t i = 0; i < value.size; i++)
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
    return true;
}

bool
filetype_lfs_read(const struct filetype_probe *probe, struct filetype_lfs *lfs)
{
    struct bytes rest = probe->head;
    struct line line, before;
    if (!probe->whole || rest.size >= POINTER_MAX || !bytes_start_with(rest, "version ") ||
        !line_take(&rest, &before) || !is_version(before.value))
        return false;
    *lfs = (struct filetype_lfs){0};
    before.key = bytes_of("");
    for (; rest.size && line_take(&rest, &line); before = line) {
        if (bytes_compare(before.key, line.key) >= 0)
            return false;
        if (bytes_equal(line.key, bytes_of("oid")) && is_oid(line.value))
            lfs->oid = line.value;
        else if (bytes_equal(line.key, bytes_of("size")) && is_size(line.value))
            lfs->size = line.value;
        else if (!bytes_start_with(line.key, "ext-") || !is_oid(line.value))
            return false;
    }
    return rest.size == 0 && lfs->oid.size && lfs->size.size;
}
