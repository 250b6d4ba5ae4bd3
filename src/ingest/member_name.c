/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names out of archives, as bytes that somebody chose to harm whoever believes them. provscan never
 * makes a file of a member, so no name can do harm here; but the next tool that unpacks the dataset
 * may, and whoever reads the report should know. Names are kept as they are; this file only says what
 * is wrong with them.
 *
 * A component is what lies between slashes. Both '/' and '\' count, since the same archive is unpacked
 * on Windows; so do their overlong UTF-8 spellings (C0 AF, E0 80 AF), which lenient decoders turn into
 * slashes and dots. The decoder here is the table-free one of RFC 3629 section 4 with that leniency made
 * visible: it yields the character an overlong form stands for and notes that the name is not UTF-8.
 */
#include "ingest/member_name.h"

#include <string.h>

#include "base/status.h"

enum { NOT_A_CHARACTER = 0x7FFFFFFF };
enum { PATH_BYTES_MAX = 4095, COMPONENT_BYTES_MAX = 255 }; /* PATH_MAX less its NUL, and NAME_MAX */

enum defect
member_name_defect(enum name_fault fault, const char **words)
{
    static const struct {
        enum name_fault fault;
        enum defect defect;
        const char *words;
    } faults[NAME_FAULT_COUNT] = {
        {NAME_ABSOLUTE, DEFECT_PATH_ABSOLUTE, "name begins at a root, drive or host"},
        {NAME_TRAVERSAL, DEFECT_PATH_TRAVERSAL, "name climbs with '..'"},
        {NAME_CONTROL, DEFECT_PATH_CONTROL_CHARS, "name holds control or invisible characters"},
        {NAME_BIDI, DEFECT_PATH_BIDI, "name holds characters that turn the direction of writing"},
        {NAME_NON_UTF8, DEFECT_PATH_NON_UTF8, "name is not valid UTF-8"},
        {NAME_NUL, DEFECT_PATH_NUL, "name holds a NUL byte"},
        {NAME_EMPTY, DEFECT_PATH_EMPTY, "name is empty"},
        {NAME_LONG, DEFECT_PATH_LONG, "name is longer than a file system allows"},
    };
    size_t i = 0;
    while (i + 1 < NAME_FAULT_COUNT && faults[i].fault != fault)
        i++;
    *words = faults[i].words;
    return faults[i].defect;
}

static bool
is_continuation(struct bytes text, size_t at)
{
    return at < text.size && (text.data[at] & 0xC0) == 0x80;
}

/*
 * The character at position at, and how many bytes it takes (>= 1). *valid is set to false for
 * whatever strict UTF-8 forbids; bytes that stand for nothing give NOT_A_CHARACTER.
 */
static uint32_t
decode(struct bytes text, size_t at, size_t *width, bool *valid)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t lead = text.data[at];
    *width = 1;
    if (lead < 0x80)
        return lead;
    size_t nbytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    uint32_t character = lead & (0xFFu >> (nbytes + 1));
    bool whole = lead >= 0xC0 && lead < 0xF8;
    for (size_t i = 1; whole && i < nbytes; i++) {
        whole = is_continuation(text, at + i);
        if (whole)
            character = character << 6 | (text.data[at + i] & 0x3Fu);
    }
    if (!whole) {
        *valid = false;
        return NOT_A_CHARACTER;
    }
    if (character < smallest[nbytes] || (character >= 0xD800 && character < 0xE000) || character > 0x10FFFF)
        *valid = false;
    *width = nbytes;
    return character;
}

/*
 * Controls, line separators, and what Unicode calls default ignorable and no script needs within a name. The
 * joiners (200C, 200D) and variation selectors are left out: Persian, Indic scripts and emoji need them.
 */
static bool
is_control(uint32_t character)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00, 0x1F},     {0x7F, 0x9F},     {0xAD, 0xAD},     {0x34F, 0x34F},
        {0x115F, 0x1160}, {0x17B4, 0x17B5}, {0x180E, 0x180E}, {0x200B, 0x200B},
        {0x2028, 0x2029}, {0x2060, 0x2064}, {0x206A, 0x206F}, {0x3164, 0x3164},
        {0xFEFF, 0xFEFF}, {0xFFA0, 0xFFA0}, {0xFFF9, 0xFFFB}, {0xE0000, 0xE007F}, /* tags */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (character >= ranges[i].first && character <= ranges[i].last)
            return true;
    return false;
}

static bool
is_bidi(uint32_t character)
{
    return character == 0x061C || character == 0x200E || character == 0x200F ||
           (character >= 0x202A && character <= 0x202E) || (character >= 0x2066 && character <= 0x2069);
}

/* Recognises ".." component by component; blanks after it are dropped by Windows, so they do not hide it. */
enum component { COMPONENT_START, COMPONENT_DOT, COMPONENT_DOTS, COMPONENT_OTHER };

static enum component
component_after(enum component state, uint32_t character)
{
    if (character == '.' && state < COMPONENT_DOTS)
        return state + 1;
    if (character == ' ' && state == COMPONENT_DOTS)
        return state;
    return COMPONENT_OTHER;
}

bool
member_name_absolute(struct bytes name)
{
    if (name.size && (name.data[0] == '/' || name.data[0] == '\\'))
        return true;
    uint8_t letter = name.size >= 2 ? (name.data[0] | 0x20) : 0;
    return letter >= 'a' && letter <= 'z' && name.data[1] == ':';
}

unsigned
member_name_faults(struct bytes name)
{
    unsigned faults = 0;
    if (name.size == 0)
        return NAME_EMPTY;
    if (member_name_absolute(name))
        faults |= NAME_ABSOLUTE;
    if (name.size > PATH_BYTES_MAX)
        faults |= NAME_LONG;
    enum component state = COMPONENT_START;
    size_t start = 0;
    for (size_t at = 0, width; at < name.size; at += width) {
        bool valid = true;
        uint32_t character = decode(name, at, &width, &valid);
        if (!valid)
            faults |= NAME_NON_UTF8;
        if (character == 0)
            faults |= NAME_NUL;
        else if (is_control(character))
            faults |= NAME_CONTROL;
        else if (is_bidi(character))
            faults |= NAME_BIDI;
        if (character == '/' || character == '\\') {
            if (state == COMPONENT_DOTS)
                faults |= NAME_TRAVERSAL;
            if (at == 0)
                faults |= NAME_ABSOLUTE;
            state = COMPONENT_START;
            start = at + width;
        } else
            state = component_after(state, character);
        if (at + width - start > COMPONENT_BYTES_MAX)
            faults |= NAME_LONG;
    }
    if (state == COMPONENT_DOTS)
        faults |= NAME_TRAVERSAL;
    return faults;
}

/* Drop the last component of a resolved path; false when there is none. */
static bool
climb(struct buf *path, size_t start)
{
    if (path->size == start)
        return false;
    while (path->size > start && path->data[path->size - 1] != '/')
        path->size--;
    if (path->size > start)
        path->size--;
    path->data[path->size] = 0;
    return true;
}

static int
add_components(struct bytes text, struct buf *path, size_t start, bool *escapes)
{
    size_t at = 0;
    while (at < text.size) {
        const uint8_t *slash = memchr(text.data + at, '/', text.size - at);
        size_t end = slash ? (size_t)(slash - text.data) : text.size;
        struct bytes part = {text.data + at, end - at};
        at = end + 1;
        if (part.size == 0 || bytes_equal(part, bytes_of(".")))
            continue;
        if (bytes_equal(part, bytes_of(".."))) {
            if (!climb(path, start))
                *escapes = true;
            continue;
        }
        if (path->size > start)
            TRY(buf_append_byte(path, '/'));
        TRY(buf_append(path, part.data, part.size));
    }
    return PROV_OK;
}

int
member_name_resolve(struct bytes base, struct bytes target, struct buf *path, bool *escapes)
{
    size_t start = path->size;
    bool ignored = false;
    *escapes = member_name_absolute(target);
    TRY(add_components(base, path, start, &ignored));
    (void)climb(path, start);
    return add_components(target, path, start, escapes);
}

static bool
ends_with(struct bytes name, const char *suffix)
{
    size_t size = strlen(suffix);
    if (name.size < size)
        return false;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = name.data[name.size - size + i];
        if ((byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte) != (uint8_t)suffix[i])
            return false;
    }
    return true;
}

int
member_name_unfiltered(struct bytes name, size_t nbytes_max, struct buf *inner)
{
    static const struct {
        const char *suffix, *instead;
    } suffixes[] = {
        {".tgz", ".tar"},   {".taz", ".tar"}, {".tbz", ".tar"},  {".tbz2", ".tar"}, {".tb2", ".tar"},
        {".txz", ".tar"},   {".tlz", ".tar"}, {".tzst", ".tar"}, {".tlz4", ".tar"}, {".svgz", ".svg"},
        {".cpgz", ".cpio"}, {".gz", ""},      {".gzip", ""},     {".bz2", ""},      {".bz", ""},
        {".xz", ""},        {".lzma", ""},    {".lz", ""},       {".lz4", ""},      {".zst", ""},
        {".zstd", ""},      {".z", ""},
    };
    const uint8_t *slash = name.size ? memrchr(name.data, '/', name.size) : NULL;
    if (slash)
        name = (struct bytes){slash + 1, name.size - (size_t)(slash + 1 - name.data)};
    const char *instead = "";
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++)
        if (ends_with(name, suffixes[i].suffix)) {
            name.size -= strlen(suffixes[i].suffix);
            instead = suffixes[i].instead;
            break;
        }
    if (name.size == 0)
        name = bytes_of("data");
    size_t room = nbytes_max > strlen(instead) ? nbytes_max - strlen(instead) : 0;
    TRY(buf_append(inner, name.data, name.size < room ? name.size : room));
    return buf_append_text(inner, instead);
}
