/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FUZZ_DECODE_BOTH_WAYS_H
#define FUZZ_DECODE_BOTH_WAYS_H

#include "../unit/decode_bytes.h"

/*
 * What every decoder promises for any bytes: it ends, within its limits, with a status that fits its defects,
 * and neither output nor defects depend on how the input was cut into blocks. The one exception: ISA-L and
 * liblzma decode damaged data a little further, or less far, when they have more of it at hand.
 */
static inline bool
decode_is_loose(enum codec codec, const struct decoded *decoded)
{
    return codec != CODEC_ZSTD && codec != CODEC_BZIP2 && codec != CODEC_LZ4 && codec != CODEC_COMPRESS &&
           recorded_has(decoded->container, DEFECT_ARCHIVE_CORRUPT);
}

static inline void
decode_both_ways(enum codec codec, const uint8_t *data, size_t size)
{
    struct limits limits = LIMITS_DEFAULT;
    limits.expanded_bytes_unit = 8 << 20;
    limits.zstd_window_bytes = 8 << 20;
    limits.lzma_memory_bytes = 16 << 20;
    limits.header_bytes = 4096;
    struct bytes bytes = {.data = data, .size = size};
    struct decoded whole, pieces;
    decode_with(&whole, codec, bytes, &(struct decode_options){.limits = &limits});
    decode_with(&pieces, codec, bytes,
                &(struct decode_options){.limits = &limits, .block_bytes = size % 13 + 1});
    recording_require(whole.status == PROV_OK || whole.status == PROV_E_DATA,
                      "a fault of data ends the unit");
    recording_require(whole.status == PROV_OK || whole.container->ndefects > 0, "a fault without a defect");
    recording_require(whole.status != PROV_OK || whole.rest_seen, "ended before the last byte");
    recording_require(whole.status == pieces.status, "the status depends on the blocks");
    bool loose = decode_is_loose(codec, &whole);
    size_t common = whole.size < pieces.size ? whole.size : pieces.size;
    recording_require(common == 0 || memcmp(whole.data.data, pieces.data.data, common) == 0,
                      "the bytes depend on the blocks");
    recording_require(loose || whole.size == pieces.size, "the output depends on the blocks");
    recording_require(whole.container->ndefects == pieces.container->ndefects,
                      "defects depend on the blocks");
    for (size_t i = 0; i < whole.container->ndefects; i++) {
        const struct recorded_defect *a = &whole.container->defects[i], *b = &pieces.container->defects[i];
        recording_require(a->defect == b->defect && strcmp(a->text, b->text) == 0,
                          "a defect depends on the blocks");
        recording_require(loose || a->offset == b->offset, "the place of a defect depends on the blocks");
    }
    decoded_finish(&whole);
    decoded_finish(&pieces);
}

#endif
