/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of waivers of any bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/waivers.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct json_file *file = NULL;
    struct waivers waivers;
    struct err err = {0};
    if (json_open_text("fuzz", (struct bytes){data, size}, &file, &err) != PROV_OK)
        return 0;
    if ((waivers_open(file, &waivers, &err) == PROV_OK) != (err.text[0] == 0))
        abort();
    waivers_finish(&waivers);
    return 0;
}
