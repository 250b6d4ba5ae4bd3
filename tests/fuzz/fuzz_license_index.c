/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a fingerprint index: refused, or safe to search. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/license_index.h"
#include "inspect/license_texts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct license_index_header header;
    struct license_index index = {0};
    if (size < sizeof header || size > 1 << 20)
        return 0;
    uint8_t *copy = aligned_alloc(16, (size + 15) & ~(size_t)15);
    memcpy(copy, data, size);
    /* Sizes and hash are made to fit: what lies behind them is what has to be checked. */
    memcpy(&header, copy, sizeof header);
    header.body_size = size - sizeof header;
    header.hash = license_index_hash(&header, (struct bytes){.data = copy + sizeof header, .size = size - sizeof header});
    memcpy(copy, &header, sizeof header);
    if (license_index_view((struct bytes){.data = copy, .size = size}, &index, NULL) == PROV_OK) {
        struct license_finder *finder = license_finder_create(&index);
        struct license_tokens tokens = {0};
        const struct license_text *texts = NULL;
        size_t ntexts = 0;
        if (finder && license_tokenize((struct bytes){.data = data, .size = size}, &tokens) == PROV_OK)
            (void)license_finder_run(finder, &tokens, false, &texts, &ntexts);
        license_tokens_finish(&tokens);
        license_finder_destroy(finder);
        license_index_close(&index);
    }
    free(copy);
    return 0;
}
