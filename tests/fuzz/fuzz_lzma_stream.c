/* SPDX-License-Identifier: Apache-2.0 */
#include "decode_both_ways.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/** The three formats of liblzma, by their signatures; what has none is tried as .lzma. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum codec codec = codec_detect((struct bytes){.data = data, .size = size});
    if (codec != CODEC_XZ && codec != CODEC_LZIP)
        codec = CODEC_LZMA;
    decode_both_ways(codec, data, size);
    return 0;
}
