/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a license expression: what is accepted must have a canonical form that is accepted and stays. */
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "model/spdx_expression.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf once = {0}, twice = {0};
    if (spdx_expression_canonical((struct bytes){.data = data, .size = size}, NULL, &once, NULL) == PROV_OK &&
        once.size <= SPDX_BYTES_MAX) {
        int status = spdx_expression_canonical(buf_bytes(&once), NULL, &twice, NULL);
        /* A canonical form may need one parenthesis more than its source nested, never other words. */
        if (status == PROV_OK && !bytes_equal(buf_bytes(&once), buf_bytes(&twice)))
            abort();
    }
    buf_finish(&once);
    buf_finish(&twice);
    return 0;
}
