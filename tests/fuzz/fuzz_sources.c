/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Source declarations of any bytes, and what they claim.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/sources.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_file *file = NULL;
    struct sources sources;
    struct err err = {0};
    if (json_open_text("fuzz", (struct bytes){data, size}, &file, &err) != PROV_OK)
        return 0;
    if ((sources_open(file, &sources, &err) == PROV_OK) != (err.text[0] == 0))
        abort();
    uint32_t nmatches = 0;
    if (err.status == PROV_OK && sources_of(&sources, bytes_of("corpus/news/a.txt"), &nmatches) > sources.nsources)
        abort();
    sources_finish(&sources);
    return 0;
}
