/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Policy packs of any bytes: read or refused with words, never more.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/pack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pack pack;
    struct err err = {0};
    int status = pack_open_text("fuzz", (struct bytes){data, size}, &pack, &err);
    if ((status == PROV_OK) != (err.text[0] == 0))
        abort();
    for (size_t i = 0; status == PROV_OK && i < pack.nrules; i++)
        if (!pack.rules[i].ncites || !pack.rules[i].title.zh ||
            (pack.rules[i].basis == BASIS_MEMORY && pack.rules[i].verdict == VERDICT_DENY))
            abort();
    pack_finish(&pack);
    return 0;
}
