/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "decode_bytes.h"
#include "tool_output.h"

static const char TEXT[] = "Ada Example wrote this line, and Bob Sample read it.\n"
                           "Ada Example wrote this line, and Bob Sample read it again.\n";

static struct bytes
text(void)
{
    return (struct bytes){.data = (const uint8_t *)TEXT, .size = sizeof TEXT - 1};
}

/** Numbered lines, which compress to about a quarter. */
static struct buf
lines(size_t size)
{
    struct buf buf = {0};
    for (unsigned i = 0; buf.size < size; i++)
        cr_assert_eq(buf_printf(&buf, "%u: line %u of a made-up text, %x\n", i, i * 7, i * 2654435761u), PROV_OK);
    buf.size = size;
    return buf;
}

Test(gzip, gives_what_gzip_packed)
{
    struct buf plain = lines(3000000);
    for (int level = 0; level <= 9; level += 3) {
        char command[256];
        (void)snprintf(command, sizeof command,
                       "python3 -c 'import sys,zlib; c=zlib.compressobj(%d,8,31); d=sys.stdin.buffer.read(); "
                       "sys.stdout.buffer.write(c.compress(d)+c.flush())'",
                       level);
        struct buf packed = tool_output(command, buf_bytes(&plain));
        static const size_t blocks[] = {1 << 30, 262144, 4099, 17};
        for (size_t i = 0; i < 4; i++) {
            struct decoded decoded;
            decode_with(&decoded, CODEC_GZIP, buf_bytes(&packed), &(struct decode_options){.block_bytes = blocks[i]});
            cr_assert(decoded_clean(&decoded), "%s", recorded_codes(decoded.container));
            cr_assert(decoded_equals(&decoded, buf_bytes(&plain)));
            cr_assert(decoded.rest_seen);
            cr_assert_eq(decoded.progress, plain.size);
            cr_assert_eq(decoded.reading.expanded_bytes, plain.size);
            decoded_finish(&decoded);
        }
        buf_finish(&packed);
    }
    buf_finish(&plain);
}

Test(gzip, names_the_defect_of_a_file_cut_anywhere_and_gives_all_before_the_cut)
{
    struct buf packed = tool_output("gzip -9nc", text());
    for (size_t size = 1; size < packed.size; size++) {
        struct bytes cut = {.data = packed.data, .size = size};
        struct decoded decoded;
        decode(&decoded, CODEC_GZIP, cut);
        cr_assert_eq(decoded.status, PROV_E_DATA);
        cr_assert(size < 3 || recorded_has(decoded.container, DEFECT_ARCHIVE_TRUNCATED), "cut at %zu: %s", size,
                  recorded_codes(decoded.container));
        cr_assert(memcmp(decoded.data.data ? decoded.data.data : (const uint8_t *)"", TEXT, decoded.data.size) == 0);
        cr_assert(size < packed.size - 8 || decoded.data.size == sizeof TEXT - 1);
        decoded_finish(&decoded);
    }
    buf_finish(&packed);
}
