/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that knows cJSON: a checked text as a tree, and the views of it.
 *
 *     text ──► json_check ──► cJSON_ParseWithLength ──► number the values ──► equal keys?
 *                  └── marks: line and offset of the n-th value ◄──┘ n
 *
 * cJSON has neither lines nor exact integers. The check before it notes both, value by value in the order of
 * the text, and a walk over the finished tree comes by in the same order; so each node keeps its number, in
 * valueint, which is cJSON's rounded copy of a number that nobody here reads. The walk also compares the kind
 * of each node with the first character of its value: should the two readers ever disagree, the file is
 * refused.
 */
#include "base/json_tree.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/limits.h"

enum { FEW_MEMBERS = 12 };

/* The next node in the order of the text: down, else on, else up and on. */
struct walk {
    cJSON *above[LIMIT_POLICY_DEPTH + 1]; /* nodes around the present one, the root first */
    size_t depth;
    cJSON *node;
};

static void
walk_on(struct walk *walk)
{
    if (walk->node->child && walk->depth < LIMIT_POLICY_DEPTH) {
        walk->above[walk->depth++] = walk->node;
        walk->node = walk->node->child;
        return;
    }
    while (walk->depth && !walk->node->next)
        walk->node = walk->above[--walk->depth];
    walk->node = walk->depth ? walk->node->next : NULL;
}

static enum json_type
type_of(const cJSON *node)
{
    switch (node->type & 0xff) {
    case cJSON_False:
    case cJSON_True:
        return JSON_BOOL;
    case cJSON_Number:
        return JSON_NUMBER;
    case cJSON_String:
        return JSON_STRING;
    case cJSON_Array:
        return JSON_ARRAY;
    case cJSON_Object:
        return JSON_OBJECT;
    default:
        return JSON_NULL;
    }
}

/* What a value must be that begins so. */
static enum json_type
type_by_beginning(uint8_t byte)
{
    switch (byte) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
    case 'f':
        return JSON_BOOL;
    case 'n':
        return JSON_NULL;
    default:
        return JSON_NUMBER;
    }
}

static int
number_values(struct json_file *file, struct err *err)
{
    size_t count = 0;
    for (struct walk walk = {.node = file->root}; walk.node; walk_on(&walk), count++) {
        if (count == file->marks.count ||
            type_of(walk.node) != type_by_beginning(file->source.data[file->marks.marks[count].offset]))
            break;
        walk.node->valueint = (int)count;
    }
    return count == file->marks.count ? PROV_OK
                                      : err_set(err, PROV_E_INTERNAL, "%s: read in two ways", file->name);
}

/* Equal keys side by side, the later one in the file behind. */
static int
compare_keys(const void *a, const void *b)
{
    const cJSON *left = *(const cJSON *const *)a, *right = *(const cJSON *const *)b;
    int order = strcmp(left->string, right->string);
    return order ? order : (left->valueint > right->valueint) - (left->valueint < right->valueint);
}

static int
check_keys(const struct json_file *file, const cJSON *object, struct err *err)
{
    const cJSON *few[FEW_MEMBERS], **sorted = few;
    const cJSON *twice = NULL;
    size_t count = (size_t)cJSON_GetArraySize(object);
    if (count > FEW_MEMBERS && !(sorted = calloc(count, sizeof *sorted)))
        return err_set(err, PROV_E_MEMORY, "%s: out of memory", file->name);
    count = 0;
    for (const cJSON *node = object->child; node; node = node->next)
        sorted[count++] = node;
    qsort(sorted, count, sizeof *sorted, compare_keys);
    for (size_t i = 1; i < count && !twice; i++)
        if (strcmp(sorted[i - 1]->string, sorted[i]->string) == 0)
            twice = sorted[i];
    if (sorted != few)
        free(sorted);
    return twice ? json_fail((struct json_view){file, twice}, err, "duplicate key") : PROV_OK;
}

int
json_tree_make(struct json_file *file, struct err *err)
{
    struct bytes text = buf_bytes(&file->source);
    TRY(json_check(file->name, text, &file->marks, err));
    file->root = cJSON_ParseWithLength((const char *)text.data, text.size);
    if (!file->root) /* the text is known to be right */
        return err_set(err, PROV_E_MEMORY, "%s: out of memory", file->name);
    TRY(number_values(file, err));
    for (struct walk walk = {.node = file->root}; walk.node; walk_on(&walk))
        if (cJSON_IsObject(walk.node))
            TRY(check_keys(file, walk.node, err));
    return PROV_OK;
}

void
json_tree_destroy(struct json_file *file)
{
    cJSON_Delete(file->root);
    free(file->marks.marks);
}

struct json_view
json_root(const struct json_file *file)
{
    return (struct json_view){.file = file, .node = file->root};
}

enum json_type
json_type(struct json_view view)
{
    return type_of(view.node);
}

const char *
json_key(struct json_view view)
{
    return view.node->string ? view.node->string : "";
}

static const struct json_mark *
mark_of(struct json_view view)
{
    return &view.file->marks.marks[view.node->valueint];
}

unsigned
json_line(struct json_view view)
{
    return mark_of(view)->line;
}

size_t
json_count(struct json_view view)
{
    return view.node ? (size_t)cJSON_GetArraySize(view.node) : 0;
}

struct json_view
json_first(struct json_view view)
{
    return (struct json_view){.file = view.file, .node = view.node ? view.node->child : NULL};
}

struct json_view
json_next(struct json_view view)
{
    return (struct json_view){.file = view.file, .node = view.node->next};
}

struct json_view
json_find(struct json_view object, const char *key)
{
    bool is_object = object.node && cJSON_IsObject(object.node);
    return (struct json_view){.file = object.file,
                              .node = is_object ? cJSON_GetObjectItemCaseSensitive(object.node, key) : NULL};
}

struct bytes
json_tree_number(struct json_view view)
{
    const uint8_t *start = view.file->source.data + mark_of(view)->offset;
    return (struct bytes){start, strspn((const char *)start, "+-.0123456789eE")};
}

const char *
json_tree_string(struct json_view view)
{
    return view.node->valuestring;
}

bool
json_tree_is_true(struct json_view view)
{
    return cJSON_IsTrue(view.node);
}

size_t
json_tree_index(struct json_view view)
{
    size_t index = 0; /* the first of a list points to the last, whose next is NULL */
    for (const cJSON *node = view.node; node->prev && node->prev->next; node = node->prev)
        index++;
    return index;
}

size_t
json_tree_path(struct json_view view, struct json_view *steps, size_t nsteps_max)
{
    size_t nsteps = 0;
    struct walk walk = {.node = view.file->root};
    while (walk.node && walk.node != view.node)
        walk_on(&walk);
    for (size_t i = 0; i < walk.depth && nsteps < nsteps_max; i++)
        steps[nsteps++] = (struct json_view){view.file, walk.above[i]};
    if (nsteps < nsteps_max)
        steps[nsteps++] = view;
    return nsteps;
}

const char *
json_cjson_version(void)
{
    /* cJSON_Version() writes it into a buffer that all threads share: the version it was compiled against. */
#define TEXT_OF(x) #x
#define DOTTED(major, minor, patch) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(patch)
    return DOTTED(CJSON_VERSION_MAJOR, CJSON_VERSION_MINOR, CJSON_VERSION_PATCH);
#undef DOTTED
#undef TEXT_OF
}
