/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One item of the list as JSON.
 *
 * Neighbours are alike: members of one archive share the beginning of their locators, and mostly their types
 * and flags. What a line shares with the one before is kept as JSON and copied:
 *
 *     {"locator":"a.tar!/  b/c.txt  ","unit":0,"item":  7  ,"kind":"file","size":  12  ...
 * ,"type":"text/plain" ... └──── unit ───────┘          └── unit ─────────┘ └── item before ─┘
 */
#include "report/item_line.h"

#include "base/escape.h"
#include "base/status.h"
#include "base/utf8.h"
#include "model/item.h"

enum {
    C_UNIT,
    C_ITEM,
    C_ROOT,
    C_UNIT_PATH,
    C_SOURCE,
    C_PATH,
    C_KIND,
    C_FLAGS,
    C_LINK,
    C_SIZE,
    C_SHA256,
    C_TYPE,
    C_ENCODING,
    C_FORMAT,
    C_SIZE_DECLARED,
    C_MTIME,
    C_LINK_ROOT
};

/* Make what is the same for all lines of the unit. */
static void
enter_unit(struct item_line *item, struct db_statement *row)
{
    int64_t unit = db_int(row, C_UNIT), root = db_int(row, C_ROOT);
    if (item->has_unit && item->unit == unit)
        return;
    item->has_unit = true;
    item->unit = unit;
    item->source = db_int(row, C_SOURCE);
    buf_clear(&item->locator);
    buf_clear(&item->head.bytes);
    buf_clear(&item->tail.bytes);
    int status =
        root_names_locator(item->roots, root, db_bytes(row, C_UNIT_PATH), (struct bytes){0}, &item->locator);
    json_line_text(&item->head, "{\"locator\":\"");
    if (status == PROV_OK)
        status = escape_json(&item->head.bytes, buf_bytes(&item->locator));
    item->head.out_of_memory |= status != PROV_OK;
    item->unit_is_utf8 = utf8_is_valid(buf_bytes(&item->locator));
    if (root)
        json_line_number(&item->tail, ",\"root\":", root);
    json_line_number(&item->tail, ",\"unit\":", unit);
    json_line_text(&item->tail, ",\"item\":");
}

/* The raw bytes of a locator that is no UTF-8. */
static void
put_locator_hex(struct item_line *item, struct bytes path, struct json_line *line)
{
    struct buf whole = {0};
    int status = buf_append(&whole, item->locator.data, item->locator.size);
    if (status == PROV_OK && path.size)
        status = buf_append(&whole, "!/", 2);
    if (status == PROV_OK)
        status = buf_append(&whole, path.data, path.size);
    line->out_of_memory |= status != PROV_OK;
    json_line_hex(line, ",\"locator_hex\":", buf_bytes(&whole));
    buf_finish(&whole);
}

static void
put_place(struct item_line *item, struct db_statement *row, struct bytes path, struct json_line *line)
{
    json_line_put(line, item->head.bytes.data, item->head.bytes.size);
    if (path.size) {
        json_line_put(line, "!/", 2);
        line->out_of_memory |= escape_json(&line->bytes, path) != PROV_OK;
    }
    json_line_put(line, "\"", 1);
    if (!item->unit_is_utf8 || !utf8_is_valid(path))
        put_locator_hex(item, path, line);
    json_line_put(line, item->tail.bytes.data, item->tail.bytes.size);
    json_line_number(line, "", db_int(row, C_ITEM));
}

static const char *
kind_text(int64_t kind)
{
    static const char *const kinds[] = {[ITEM_FILE] = ",\"kind\":\"file\",\"size\":",
                                        [ITEM_DIRECTORY] = ",\"kind\":\"directory\",\"size\":",
                                        [ITEM_SYMLINK] = ",\"kind\":\"symlink\",\"size\":",
                                        [ITEM_HARDLINK] = ",\"kind\":\"hardlink\",\"size\":",
                                        [ITEM_SPECIAL] = ",\"kind\":\"special\",\"size\":"};
    return kinds[kind >= 0 && kind <= ITEM_SPECIAL ? kind : ITEM_SPECIAL];
}

/* Type, encoding and format: made again when one of them is not as the item's before. */
static void
put_type(struct item_line *item, struct db_statement *row, struct json_line *line)
{
    static const char *const keys[] = {",\"type\":", ",\"encoding\":", ",\"format\":"};
    const struct bytes texts[] = {db_bytes(row, C_TYPE), db_bytes(row, C_ENCODING), db_bytes(row, C_FORMAT)};
    struct json_line *made = &item->type;
    bool same = true;
    for (int i = 0; i < 3; i++)
        same = same && bytes_equal(buf_bytes(&item->types[i]), texts[i]);
    if (!same) {
        buf_clear(&made->bytes);
        for (int i = 0; i < 3; i++) {
            buf_clear(&item->types[i]);
            made->out_of_memory |= buf_append(&item->types[i], texts[i].data, texts[i].size) != PROV_OK;
            if (texts[i].size)
                json_line_quoted(made, keys[i], texts[i]);
        }
    }
    json_line_put(line, made->bytes.data, made->bytes.size);
}

static void
make_flags(struct json_line *made, int64_t flags)
{
    static const struct {
        int64_t flag;
        const char *name;
    } names[] = {{ITEM_CONTAINER, "container"},  {ITEM_PARTIAL, "partial"}, {ITEM_ENCRYPTED, "encrypted"},
                 {ITEM_SPARSE, "sparse"},        {ITEM_TEXT, "text"},       {ITEM_OPAQUE, "opaque"},
                 {ITEM_NO_CONTENT, "no-content"}};
    const char *between = ",\"flags\":[\"";
    buf_clear(&made->bytes);
    if (!(flags & (2 * ITEM_NO_CONTENT - 1)))
        return;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (flags & names[i].flag) {
            json_line_text(made, between);
            json_line_text(made, names[i].name);
            between = "\",\"";
        }
    json_line_text(made, "\"]");
}

static void
put_flags(struct item_line *item, int64_t flags, struct json_line *line)
{
    if (flags != item->flags_made)
        make_flags(&item->flags, flags);
    item->flags_made = flags;
    json_line_put(line, item->flags.bytes.data, item->flags.bytes.size);
}

/* Where a link leads, in the words that were found; but a further name of a file names that file by its
 * locator. */
static void
put_link(struct item_line *item, struct db_statement *row, struct bytes link, struct json_line *line)
{
    int64_t root = db_int_or(row, C_LINK_ROOT, -1);
    if (root >= 0) {
        buf_clear(&item->link);
        int status = root_names_locator(item->roots, root, link, (struct bytes){0}, &item->link);
        line->out_of_memory |= status != PROV_OK;
        link = buf_bytes(&item->link);
    }
    json_line_name(line, ",\"link\":", ",\"link_hex\":", link);
}

void
item_line_put(struct item_line *item, struct db_statement *row, struct json_line *line)
{
    enter_unit(item, row);
    struct bytes path = db_bytes(row, C_PATH), sha256 = db_bytes(row, C_SHA256), link = db_bytes(row, C_LINK);
    int64_t size = db_int(row, C_SIZE), mtime = db_int_or(row, C_MTIME, INT64_MIN);
    put_place(item, row, path, line);
    json_line_number(line, kind_text(db_int(row, C_KIND)), size);
    int64_t size_declared = db_int_or(row, C_SIZE_DECLARED, size);
    if (size_declared != size)
        json_line_number(line, ",\"size_declared\":", size_declared);
    if (sha256.size)
        json_line_hex(line, ",\"sha256\":", sha256);
    put_type(item, row, line);
    if (link.size)
        put_link(item, row, link, line);
    if (mtime != INT64_MIN && path.size) /* of a member: that of a file on disk is no content */
        json_line_number(line, ",\"mtime\":", mtime);
    put_flags(item, db_int(row, C_FLAGS), line);
    if (item->source)
        json_line_number(line, ",\"source\":", item->source);
    line->out_of_memory |= item->head.out_of_memory | item->tail.out_of_memory | item->type.out_of_memory |
                           item->flags.out_of_memory;
}

void
item_line_finish(struct item_line *item)
{
    buf_finish(&item->head.bytes);
    buf_finish(&item->tail.bytes);
    buf_finish(&item->type.bytes);
    buf_finish(&item->flags.bytes);
    buf_finish(&item->locator);
    buf_finish(&item->link);
    for (int i = 0; i < 3; i++)
        buf_finish(&item->types[i]);
}
