/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is peculiar to lz4: block sizes, linked blocks, three kinds of checksum, legacy frames. What holds for
 * every codec is in test_codec.c.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "base/digest.h"
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

static struct bytes
bytes(const void *data, size_t size)
{
    return (struct bytes){.data = data, .size = size};
}

static void
append(struct buf *buf, struct bytes more)
{
    cr_assert_eq(buf_append(buf, more.data, more.size), PROV_OK);
}

Test(lz4, decodes_every_block_size_linked_or_not)
{
    static const char *const options[] = {
        "-B4",
        "-B5",
        "-B6",
        "-B7",
        "-B4 -BD",
        "-B5 -BD",
        "-B7 -BD -BX",
        "-B4 -BD -9",
        "-B256 -BD --no-frame-crc",
        "-B4 --content-size -BX",
    };
    struct buf plain = lines(9000000);
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        char command[64];
        (void)snprintf(command, sizeof command, "lz4 -qc %s", options[i]);
        struct buf packed = tool_output(command, buf_bytes(&plain));
        struct decoded decoded;
        decode_with(&decoded, CODEC_LZ4, buf_bytes(&packed), &(struct decode_options){.block_bytes = 262144});
        cr_assert(decoded_clean(&decoded), "%s: %s", options[i], recorded_codes(decoded.container));
        cr_assert(decoded_equals(&decoded, buf_bytes(&plain)), "%s", options[i]);
        decoded_finish(&decoded);
        buf_finish(&packed);
    }
    buf_finish(&plain);
}

Test(lz4, decodes_frames_of_different_sizes_one_after_the_other)
{
    struct buf plain = lines(200000);
    static const char *const commands[] = {"lz4 -qc -B4 -BD", "lz4 -qlc", "lz4 -qc -B7",
                                           "lz4 -qc -B4 -BD -BX"};
    struct buf all = {0}, expected = {0};
    for (size_t i = 0; i < 8; i++) {
        struct buf packed = tool_output(commands[i % 4], buf_bytes(&plain));
        append(&all, buf_bytes(&packed));
        append(&expected, buf_bytes(&plain));
        append(&all, bytes("\x50\x2a\x4d\x18\0\0\0\0", 8));
        buf_finish(&packed);
    }
    struct decoded decoded;
    decode_with(&decoded, CODEC_LZ4, buf_bytes(&all), &(struct decode_options){.block_bytes = 5000});
    cr_assert(decoded_clean(&decoded), "%s", recorded_codes(decoded.container));
    cr_assert(decoded_equals(&decoded, buf_bytes(&expected)));
    decoded_finish(&decoded);
    buf_finish(&expected);
    buf_finish(&all);
    buf_finish(&plain);
}

Test(lz4, passes_on_data_whose_checksum_does_not_hold_and_reads_on)
{
    struct buf plain = lines(100000);
    struct buf frame = tool_output("lz4 -qc -B4 -BX", buf_bytes(&plain));
    struct buf two = {0};
    append(&two, buf_bytes(&frame));
    append(&two, buf_bytes(&frame));
    size_t first_block = (size_t)two.data[7] | (size_t)two.data[8] << 8 | (size_t)two.data[9] << 16;
    size_t places[] = {frame.size - 1, 11 + first_block}; /* of the content; of the first block */
    for (size_t i = 0; i < 2; i++) {
        two.data[places[i]] ^= 1;
        struct decoded decoded;
        decode(&decoded, CODEC_LZ4, buf_bytes(&two));
        cr_assert_eq(decoded.status, PROV_OK);
        cr_assert_eq(decoded.container->ndefects, 1, "%s", recorded_codes(decoded.container));
        cr_assert_eq(decoded.container->defects[0].defect, DEFECT_ARCHIVE_CHECKSUM_MISMATCH);
        cr_assert_eq(decoded.size, 2 * plain.size);
        decoded_finish(&decoded);
        two.data[places[i]] ^= 1;
    }
    buf_finish(&two);
    buf_finish(&frame);
    buf_finish(&plain);
}

/** A frame header with a right checksum, then what follows it. */
static struct buf
frame_with(struct bytes descriptor, struct bytes rest)
{
    struct buf frame = {0};
    append(&frame, bytes("\x04\x22\x4d\x18", 4));
    append(&frame, descriptor);
    uint8_t checksum = (uint8_t)(xxh32_block(descriptor.data, descriptor.size) >> 8);
    append(&frame, bytes(&checksum, 1));
    append(&frame, rest);
    return frame;
}

struct header_case {
    char descriptor[16];
    size_t descriptor_size;
    char rest[16];
    size_t rest_size;
    enum defect defect; /**< DEFECT_COUNT: none */
    size_t size;
};

ParameterizedTestParameters(lz4, judges_headers_and_sizes)
{
    static struct header_case cases[] = {
        {"\x60\x40", 2, "\2\0\0\x80hi\0\0\0\0", 10, DEFECT_COUNT, 2},
        {"\x60\x40", 2, "\0\0\0\x80\0\0\0\0", 8, DEFECT_COUNT, 0},
        {"\x68\x40\2\0\0\0\0\0\0\0", 10, "\2\0\0\x80hi\0\0\0\0", 10, DEFECT_COUNT, 2},
        {"\x68\x40\3\0\0\0\0\0\0\0", 10, "\2\0\0\x80hi\0\0\0\0", 10, DEFECT_ARCHIVE_SIZE_MISMATCH, 2},
        {"\x61\x40\1\0\0\0", 6, "\0\0\0\0", 4, DEFECT_ARCHIVE_UNSUPPORTED, 0}, /* dictionary */
        {"\xa0\x40", 2, "\0\0\0\0", 4, DEFECT_ARCHIVE_UNSUPPORTED, 0},         /* version 2 */
        {"\x62\x40", 2, "\0\0\0\0", 4, DEFECT_ARCHIVE_UNSUPPORTED, 0},         /* reserved */
        {"\x60\x30", 2, "\0\0\0\0", 4, DEFECT_ARCHIVE_UNSUPPORTED, 0},         /* block size 3 */
        {"\x60\xc0", 2, "\0\0\0\0", 4, DEFECT_ARCHIVE_UNSUPPORTED, 0},
        {"\x60\x41", 2, "\0\0\0\0", 4, DEFECT_ARCHIVE_UNSUPPORTED, 0},
        {"\x60\x40", 2, "\1\0\1\0", 4, DEFECT_ARCHIVE_CORRUPT, 0}, /* larger than a block */
        {"\x60\x40", 2, "\xff\xff\xff\xff", 4, DEFECT_ARCHIVE_CORRUPT, 0},
        {"\x60\x40", 2, "\1\0\0\0\x10", 5, DEFECT_ARCHIVE_CORRUPT, 0}, /* no literal follows */
        {"\x40\x40", 2,
         "\4\0\0\0\x10"
         "a\2\0",
         8, DEFECT_ARCHIVE_CORRUPT, 1}, /* from before the start */
        {"\x60\x40", 2,
         "\4\0\0\0\x10"
         "a\0\0",
         8, DEFECT_ARCHIVE_CORRUPT, 1}, /* from nowhere */
        {"\x60\x40", 2,
         "\x09\0\0\0\x20"
         "ab\2\0",
         9, DEFECT_ARCHIVE_TRUNCATED, 6}, /* ab and abab */
    };
    return cr_make_param_array(struct header_case, cases, sizeof cases / sizeof cases[0]);
}

ParameterizedTest(struct header_case *header, lz4, judges_headers_and_sizes)
{
    struct buf frame = frame_with(bytes(header->descriptor, header->descriptor_size),
                                  bytes(header->rest, header->rest_size));
    struct decoded decoded;
    decode(&decoded, CODEC_LZ4, buf_bytes(&frame));
    if (header->defect == DEFECT_COUNT)
        cr_assert(decoded_clean(&decoded), "%s", recorded_codes(decoded.container));
    else
        cr_assert(recorded_has(decoded.container, header->defect), "%s", recorded_codes(decoded.container));
    cr_assert_eq(decoded.size, header->size);
    decoded_finish(&decoded);
    /* Any other checksum of the header ends it. */
    frame.data[4 + header->descriptor_size] ^= 0x80;
    decode(&decoded, CODEC_LZ4, buf_bytes(&frame));
    cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_CORRUPT));
    cr_assert_eq(decoded.size, 0);
    decoded_finish(&decoded);
    buf_finish(&frame);
}

Test(lz4, does_not_reach_into_the_frame_before)
{
    /* The second frame refers five bytes back, into the first one. */
    struct buf first = frame_with(bytes("\x40\x40", 2), bytes("\6\0\0\x80secret\0\0\0\0", 14));
    struct buf second = frame_with(bytes("\x40\x40", 2), bytes("\4\0\0\0\x10"
                                                               "a\5\0\0\0\0\0",
                                                               12));
    append(&first, buf_bytes(&second));
    struct decoded decoded;
    decode(&decoded, CODEC_LZ4, buf_bytes(&first));
    cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_CORRUPT), "%s",
              recorded_codes(decoded.container));
    cr_assert_eq(decoded.size, 7);
    decoded_finish(&decoded);
    buf_finish(&second);
    buf_finish(&first);
}

Test(lz4, gives_what_a_block_holds_up_to_the_cut)
{
    /* `lz4` makes blocks of 4 MiB: without this a cut file of 3 MiB would give nothing. */
    static const char *const commands[] = {"lz4 -qc", "lz4 -qc -B4 -BD", "lz4 -qlc"};
    struct buf plain = lines(3000000);
    for (size_t i = 0; i < 3; i++) {
        struct buf packed = tool_output(commands[i], buf_bytes(&plain));
        for (size_t part = 1; part < 20; part++) {
            size_t size = packed.size / 20 * part + part % 3;
            struct decoded decoded;
            decode_with(&decoded, CODEC_LZ4, bytes(packed.data, size),
                        &(struct decode_options){.block_bytes = 70000});
            cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_TRUNCATED));
            cr_assert_geq(decoded.size, plain.size / 20 * part * 8 / 10, "%s: %zu of %zu gave %zu",
                          commands[i], size, packed.size, (size_t)decoded.size);
            cr_assert_eq(memcmp(decoded.data.data, plain.data, decoded.size), 0);
            decoded_finish(&decoded);
        }
        buf_finish(&packed);
    }
    buf_finish(&plain);
}
