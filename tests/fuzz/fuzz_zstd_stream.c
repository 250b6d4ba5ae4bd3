/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_both_ways.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    decode_both_ways(CODEC_ZSTD, data, size);
    return 0;
}
