/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reader of policy files: whatever the bytes, it either gives a tree whose every value can be visited and
 * named, or one line of words.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
visit(struct json_view view, unsigned depth)
{
    struct err err = {0};
    const char *text = "";
    int64_t number = 0;
    double real = 0;
    if (depth > 100 || json_line(view) == 0 || json_fail(view, &err, "x") != PROV_E_POLICY || !err.text[0])
        abort();
    if (json_type(view) == JSON_STRING &&
        (json_text(view, &text, NULL) != PROV_OK || !utf8_is_valid(bytes_of(text))))
        abort();
    (void)json_int(view, INT64_MIN, INT64_MAX, &number, NULL);
    (void)json_double(view, -1, 1, &real, NULL);
    size_t count = 0;
    for (struct json_view child = json_first(view); child.node; child = json_next(child), count++) {
        if (json_type(view) == JSON_OBJECT && json_find(view, json_key(child)).node != child.node)
            abort();
        visit(child, depth + 1);
    }
    if (count != json_count(view))
        abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_file *file = NULL;
    struct err err = {0};
    if (json_open_text("fuzz", (struct bytes){.data = data, .size = size}, &file, &err) == PROV_OK)
        visit(json_root(file), 0);
    else if (file || !err.text[0])
        abort();
    json_close(file);
    return 0;
}
