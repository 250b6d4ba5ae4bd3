/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is peculiar to bzip2: blocks and their CRC. What holds for every codec is in test_codec.c.
 */
#include <criterion/criterion.h>

#include "decode_bytes.h"
#include "tool_output.h"

static struct buf
lines(size_t size)
{
    struct buf buf = {0};
    for (unsigned i = 0; buf.size < size; i++)
        cr_assert_eq(buf_printf(&buf, "%u: Bob Sample read line %u, %x\n", i, i * 7, i * 2654435761u),
                     PROV_OK);
    buf.size = size;
    return buf;
}

Test(bzip2, decodes_blocks_of_every_size)
{
    struct buf plain = lines(1200000);
    for (int level = 1; level <= 9; level += 4) {
        char command[32];
        (void)snprintf(command, sizeof command, "bzip2 -%dc", level);
        struct buf packed = tool_output(command, buf_bytes(&plain));
        static const size_t blocks[] = {SIZE_MAX, 262144, 10007};
        for (size_t i = 0; i < 3; i++) {
            struct decoded decoded;
            decode_with(&decoded, CODEC_BZIP2, buf_bytes(&packed),
                        &(struct decode_options){.block_bytes = blocks[i]});
            cr_assert(decoded_clean(&decoded), "%s", recorded_codes(decoded.container));
            cr_assert(decoded_equals(&decoded, buf_bytes(&plain)));
            decoded_finish(&decoded);
        }
        buf_finish(&packed);
    }
    buf_finish(&plain);
}

Test(bzip2, tells_a_wrong_crc_from_a_block_that_cannot_be_decoded)
{
    struct buf plain = lines(100000);
    struct buf packed = tool_output("bzip2 -9c", buf_bytes(&plain));
    struct decoded decoded;
    for (size_t bit = 80; bit < 112; bit++) { /* the CRC of the first block: all of its data is good */
        packed.data[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
        decode(&decoded, CODEC_BZIP2, buf_bytes(&packed));
        cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_CHECKSUM_MISMATCH));
        cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_CORRUPT), "and the rest was not read");
        cr_assert(decoded_equals(&decoded, buf_bytes(&plain)));
        decoded_finish(&decoded);
        packed.data[bit / 8] ^= (uint8_t)(0x80 >> bit % 8);
    }
    /* The three bytes after that: a flag, and where the block starts. */
    packed.data[15] = 0xff;
    decode(&decoded, CODEC_BZIP2, buf_bytes(&packed));
    cr_assert(decoded.container->ndefects > 0);
    cr_assert(!decoded_equals(&decoded, buf_bytes(&plain)));
    decoded_finish(&decoded);
    buf_finish(&packed);
    buf_finish(&plain);
}

Test(bzip2, gives_the_block_that_was_ready_when_the_file_was_cut)
{
    struct buf plain = lines(250000);
    struct buf packed = tool_output("bzip2 -1c", buf_bytes(&plain));
    size_t most = 0;
    for (size_t size = 4; size < packed.size; size += 37) {
        struct decoded decoded;
        decode_with(&decoded, CODEC_BZIP2, (struct bytes){.data = packed.data, .size = size},
                    &(struct decode_options){.block_bytes = 500});
        cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_TRUNCATED));
        cr_assert(decoded.size == 0 || memcmp(decoded.data.data, plain.data, decoded.size) == 0);
        most = decoded.size;
        decoded_finish(&decoded);
    }
    cr_assert_geq(most, 199000, "both whole blocks: %zu", most);
    buf_finish(&packed);
    buf_finish(&plain);
}

Test(bzip2, gives_nothing_for_streams_of_nothing)
{
    struct buf packed = tool_output("bzip2 -c", (struct bytes){0});
    struct buf many = {0};
    for (int i = 0; i < 1000; i++)
        cr_assert_eq(buf_append(&many, packed.data, packed.size), PROV_OK);
    struct decoded decoded;
    decode(&decoded, CODEC_BZIP2, buf_bytes(&many));
    cr_assert(decoded_clean(&decoded), "%s", recorded_codes(decoded.container));
    cr_assert_eq(decoded.size, 0);
    decoded_finish(&decoded);
    buf_finish(&many);
    buf_finish(&packed);
}
