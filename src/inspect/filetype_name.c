/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a name promises. The extensions of all kinds, and the exceptions of FILETYPE_EXTENSION, are put
 * into one sorted table when a judge is made; a look-up is a binary search among some 450.
 *
 * One extension may stand for several kinds (".ts" is TypeScript and a transport stream): its groups are
 * joined, and the first kind of text among them is remembered, since texts without other marks are
 * called by their names.
 */
#include "inspect/filetype_kind.h"

#include <stdlib.h>
#include <string.h>

enum { EXTENSION_SIZE = 16 };

struct extension {
    char name[EXTENSION_SIZE];
    unsigned groups;
    enum filetype_id text; /**< the first kind of text that has it, or FILETYPE_COUNT */
};

struct filetype_names {
    size_t nextensions;
    struct extension extensions[]; /**< ascending by name, no name twice */
};

/* Add each word of a list of extensions; only count when extensions is NULL. */
static size_t
add_words(const char *words, unsigned groups, enum filetype_id text, struct extension *extensions)
{
    size_t count = 0;
    while (*words) {
        size_t size = strcspn(words, " ");
        if (extensions && size < EXTENSION_SIZE) {
            extensions[count] = (struct extension){.groups = groups, .text = text};
            memcpy(extensions[count].name, words, size);
        }
        count += size < EXTENSION_SIZE;
        words += size;
        words += strspn(words, " ");
    }
    return count;
}

static size_t
add_all(struct extension *extensions)
{
    size_t count = 0;
    for (int id = 0; id < FILETYPE_COUNT; id++) {
        const struct filetype_kind *kind = &FILETYPE_KINDS[id];
        enum filetype_id text = kind->groups == GROUP_TEXT ? (enum filetype_id)id : FILETYPE_COUNT;
        count += add_words(kind->extensions, kind->groups, text, extensions ? extensions + count : NULL);
    }
    for (const struct filetype_promise *promise = FILETYPE_PROMISES; promise->extensions; promise++)
        count += add_words(promise->extensions, promise->groups, FILETYPE_COUNT,
                           extensions ? extensions + count : NULL);
    return count;
}

static int
compare(const void *left, const void *right)
{
    const struct extension *a = left, *b = right;
    int order = strcmp(a->name, b->name);
    return order ? order : (a->text > b->text) - (a->text < b->text);
}

struct filetype_names *
filetype_names_create(void)
{
    size_t count = add_all(NULL);
    struct filetype_names *names = calloc(1, sizeof *names + count * sizeof names->extensions[0]);
    if (!names)
        return NULL;
    (void)add_all(names->extensions);
    qsort(names->extensions, count, sizeof names->extensions[0], compare);
    for (size_t i = 0; i < count; i++) {
        struct extension *last = names->nextensions ? &names->extensions[names->nextensions - 1] : NULL;
        if (last && strcmp(last->name, names->extensions[i].name) == 0)
            last->groups |= names->extensions[i].groups;
        else
            names->extensions[names->nextensions++] = names->extensions[i];
    }
    return names;
}

void
filetype_names_destroy(struct filetype_names *names)
{
    free(names);
}

static const struct extension *
find(const struct filetype_names *names, const char *name)
{
    size_t low = 0, high = names->nextensions;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(names->extensions[middle].name, name);
        if (order == 0)
            return &names->extensions[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

unsigned
filetype_names_groups(const struct filetype_names *names, const char *extension)
{
    const struct extension *found = find(names, extension);
    return found ? found->groups : 0;
}

enum filetype_id
filetype_names_text(const struct filetype_names *names, const char *extension)
{
    const struct extension *found = find(names, extension);
    return found ? found->text : FILETYPE_COUNT;
}

void
filetype_extension(struct bytes name, char extension[16])
{
    size_t start = name.size;
    while (start > 0 && name.data[start - 1] != '.' && name.data[start - 1] != '/')
        start--;
    size_t size = name.size - start;
    extension[0] = 0;
    /* ".profile" is a name, not an extension. */
    if (start < 2 || name.data[start - 1] != '.' || name.data[start - 2] == '/' || size >= EXTENSION_SIZE)
        return;
    for (size_t i = 0; i < size; i++) {
        uint8_t byte = name.data[start + i];
        extension[i] = (char)(byte >= 'A' && byte <= 'Z' ? byte + 32 : byte);
    }
    extension[size] = 0;
}
