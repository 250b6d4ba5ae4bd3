/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The judge of types. Input: the name up to the first line feed, then the head. The head alone is asked
 * for twice, as a whole and as a part: both must end, and give a type.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/filetype.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct filetype_judge *judge;
    if (!judge)
        judge = filetype_create(NULL);
    if (!judge)
        abort();
    const uint8_t *newline = size ? memchr(data, '\n', size) : NULL;
    struct bytes name = {.data = data, .size = newline ? (size_t)(newline - data) : 0};
    size_t skip = newline ? name.size + 1 : 0;
    struct bytes head = {.data = data + skip, .size = size - skip};
    for (int whole = 0; whole < 2; whole++) {
        struct filetype result;
        struct fact_list facts = {0};
        if (filetype_detect(judge, head, whole, name, &result, &facts) != PROV_OK || !result.type ||
            result.is_text != (result.encoding != NULL))
            abort();
        fact_list_finish(&facts);
    }
    return 0;
}
