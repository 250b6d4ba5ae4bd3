/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value from one JSON text into another: a walk with a stack of its own, because a store may come from a
 * stranger.
 */
#include "report/json_copy.h"

#include "base/json.h"

enum { DEPTH_MAX = 16 };

static void
copy_scalar(struct json_write *writer, struct json_view view)
{
    const char *text = NULL;
    bool flag = false;
    int64_t integer = 0;
    double real = 0;
    if (json_text(view, &text, NULL) == PROV_OK)
        json_write_text(writer, text);
    else if (json_bool(view, &flag, NULL) == PROV_OK)
        json_write_bool(writer, flag);
    else if (json_int(view, INT64_MIN, INT64_MAX, &integer, NULL) == PROV_OK)
        json_write_int(writer, integer);
    else if (json_double(view, -1e300, 1e300, &real, NULL) == PROV_OK)
        json_write_double(writer, real);
    else
        json_write_null(writer);
}

static void
begin(struct json_write *writer, enum json_type type)
{
    if (type == JSON_OBJECT)
        json_write_begin_object(writer);
    else
        json_write_begin_array(writer);
}

static void
end(struct json_write *writer, enum json_type type)
{
    if (type == JSON_OBJECT)
        json_write_end_object(writer);
    else
        json_write_end_array(writer);
}

/* An opened container and its next member. */
struct level {
    enum json_type type;
    struct json_view next;
};

static void
copy_container(struct json_write *writer, struct json_view root)
{
    struct level levels[DEPTH_MAX];
    size_t depth = 1;
    levels[0] = (struct level){json_type(root), json_first(root)};
    begin(writer, levels[0].type);
    while (depth) {
        struct level *level = &levels[depth - 1];
        struct json_view view = level->next;
        if (!view.node) {
            end(writer, level->type);
            depth--;
            continue;
        }
        level->next = json_next(view);
        if (level->type == JSON_OBJECT)
            json_write_key(writer, json_key(view));
        enum json_type type = json_type(view);
        if (type != JSON_OBJECT && type != JSON_ARRAY) {
            copy_scalar(writer, view);
        } else if (depth == DEPTH_MAX) {
            json_write_null(writer);
        } else {
            begin(writer, type);
            levels[depth++] = (struct level){type, json_first(view)};
        }
    }
}

void
json_copy(struct json_write *writer, const char *text)
{
    struct json_file *file = NULL;
    if (!text || json_open_text("store", bytes_of(text), &file, NULL) != PROV_OK) {
        json_write_null(writer);
        return;
    }
    struct json_view root = json_root(file);
    if (json_type(root) == JSON_OBJECT || json_type(root) == JSON_ARRAY)
        copy_container(writer, root);
    else
        copy_scalar(writer, root);
    json_close(file);
}
