/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is peculiar to zstd: frames of several blocks, skippable frames, windows, dictionaries. What holds for
 * every codec is in test_codec.c.
 */
#include <criterion/criterion.h>

#include "decode_bytes.h"
#include "tool_output.h"

/** Lines that do not repeat: blocks of several sorts. */
static struct buf
lines(size_t size)
{
    struct buf buf = {0};
    for (unsigned i = 0; buf.size < size; i++)
        cr_assert_eq(buf_printf(&buf, "%u: Ada Example wrote line %u, %x\n", i, i * 7, i * 2654435761u),
                     PROV_OK);
    buf.size = size;
    return buf;
}

static void
append(struct buf *buf, const char *data, size_t size)
{
    cr_assert_eq(buf_append(buf, data, size), PROV_OK);
}

Test(zstd_stream, gives_all_of_a_frame_whose_checksum_does_not_hold_and_reads_on)
{
    /* The last block and the checksum may come to libzstd in one call, which then says nothing of its output.
     */
    struct buf plain = lines(700000);
    struct buf frame = tool_output("zstd -qc --check", buf_bytes(&plain));
    struct buf two = {0};
    append(&two, (const char *)frame.data, frame.size);
    append(&two, (const char *)frame.data, frame.size);
    for (size_t from_end = 1; from_end <= 4; from_end++) {
        two.data[frame.size - from_end] ^= 0x10;
        static const size_t blocks[] = {SIZE_MAX, 262144, 1000};
        for (size_t i = 0; i < 3; i++) {
            struct decoded decoded;
            decode_with(&decoded, CODEC_ZSTD, buf_bytes(&two),
                        &(struct decode_options){.block_bytes = blocks[i]});
            cr_assert_eq(decoded.status, PROV_OK);
            cr_assert_eq(decoded.container->ndefects, 1);
            cr_assert_eq(decoded.container->defects[0].defect, DEFECT_ARCHIVE_CHECKSUM_MISMATCH);
            cr_assert_eq(decoded.size, 2 * plain.size);
            cr_assert_eq(memcmp(decoded.data.data, plain.data, plain.size), 0);
            cr_assert_eq(memcmp(decoded.data.data + plain.size, plain.data, plain.size), 0);
            decoded_finish(&decoded);
        }
        two.data[frame.size - from_end] ^= 0x10;
    }
    buf_finish(&two);
    buf_finish(&frame);
    buf_finish(&plain);
}

/** Where the second block of a frame starts: RFC 8878, 3.1.1. */
static size_t
second_block(const uint8_t *frame)
{
    static const size_t content_sizes[] = {0, 2, 4, 8};
    bool single = frame[4] & 0x20;
    size_t header =
        5 + (single ? 0 : 1) + content_sizes[frame[4] >> 6] + (single && frame[4] >> 6 == 0 ? 1 : 0);
    uint32_t block =
        (uint32_t)frame[header] | (uint32_t)frame[header + 1] << 8 | (uint32_t)frame[header + 2] << 16;
    cr_assert_eq(block & 1, 0, "not the last");
    return header + 3 + (block >> 3);
}

Test(zstd_stream, gives_the_blocks_before_a_damaged_one)
{
    struct buf plain = lines(1000000);
    struct buf frame = tool_output("zstd -qc --check", buf_bytes(&plain));
    frame.data[second_block(frame.data)] |= 6; /* a type that is reserved */
    static const size_t blocks[] = {SIZE_MAX, 262144, 1000};
    for (size_t i = 0; i < 3; i++) {
        struct decoded decoded;
        decode_with(&decoded, CODEC_ZSTD, buf_bytes(&frame),
                    &(struct decode_options){.block_bytes = blocks[i]});
        cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_CORRUPT));
        cr_assert_eq(decoded.size, 128 << 10, "%zu", (size_t)decoded.size);
        cr_assert_eq(memcmp(decoded.data.data, plain.data, 128 << 10), 0);
        decoded_finish(&decoded);
    }
    buf_finish(&frame);
    buf_finish(&plain);
}

static void
expect_comment(const char *content, size_t size, bool comment)
{
    struct buf plain = lines(1000);
    struct buf frame = tool_output("zstd -qc --check", buf_bytes(&plain));
    struct buf all = {0};
    uint8_t header[8] = {0x5a, 0x2a, 0x4d, 0x18, (uint8_t)size, (uint8_t)(size >> 8), (uint8_t)(size >> 16)};
    for (int i = 0; i < 3; i++) {
        append(&all, (const char *)header, sizeof header);
        append(&all, content, size);
        append(&all, (const char *)frame.data, frame.size);
    }
    struct decoded decoded;
    decode_with(&decoded, CODEC_ZSTD, buf_bytes(&all), &(struct decode_options){.block_bytes = 7});
    cr_assert_eq(decoded.status, PROV_OK);
    cr_assert_eq(decoded.size, 3 * plain.size);
    cr_assert_eq(decoded.container->ndefects, comment ? 1 : 0, "said once: %s",
                 recorded_codes(decoded.container));
    cr_assert_eq(recorded_has(decoded.container, DEFECT_ARCHIVE_COMMENT), comment);
    decoded_finish(&decoded);
    /* Cut anywhere in the first skippable frame. */
    for (size_t cut = 1; cut < sizeof header + size; cut++) {
        decode(&decoded, CODEC_ZSTD, (struct bytes){.data = all.data, .size = cut});
        cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_TRUNCATED), "at %zu: %s", cut,
                  recorded_codes(decoded.container));
        decoded_finish(&decoded);
    }
    buf_finish(&all);
    buf_finish(&frame);
    buf_finish(&plain);
}

Test(zstd_stream, tells_an_index_in_skippable_frames_from_a_comment)
{
    expect_comment("", 0, false);
    expect_comment("\x10\0\0\0", 4, false); /* pzstd: size of the next frame */
    expect_comment("\1\0\0\0\2\0\0\0\1\0\0\0\0\xb1\xea\x92\x8f", 17, false); /* a seek table */
    expect_comment("call Bob Sample", 15, true);
}

Test(zstd_stream, refuses_windows_beyond_the_limit)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *words;
    } frames[] = {
        {"\x28\xb5\x2f\xfd\0\xa8\0\0\0\0\0\0\0", 13, "2147483648"},          /* 2^31 */
        {"\x28\xb5\x2f\xfd\0\xf8\0\0\0\0\0\0\0", 13, "2199023255552"},       /* 2^41 */
        {"\x28\xb5\x2f\xfd\xe0\0\0\0\0\0\1\0\0\0\0\0", 16, "1099511627776"}, /* one segment of 2^40 */
    };
    for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
        struct decoded decoded;
        decode(&decoded, CODEC_ZSTD,
               (struct bytes){.data = (const uint8_t *)frames[i].bytes, .size = frames[i].size});
        const struct recorded_defect *defect = recorded_defect(decoded.container, DEFECT_LIMIT_WINDOW);
        cr_assert(defect, "%zu: %s", i, recorded_codes(decoded.container));
        cr_assert_not_null(strstr(defect->text, frames[i].words), "%s", defect->text);
        decoded_finish(&decoded);
    }
    struct buf plain = lines(300000);
    struct buf packed = tool_output("zstd -qc --long=27", buf_bytes(&plain));
    struct limits limits = LIMITS_DEFAULT;
    struct decoded decoded;
    decode_with(&decoded, CODEC_ZSTD, buf_bytes(&packed), &(struct decode_options){.limits = &limits});
    cr_assert(decoded_clean(&decoded), "128 MiB is what the limit allows");
    decoded_finish(&decoded);
    limits.zstd_window_bytes = 1 << 20;
    decode_with(&decoded, CODEC_ZSTD, buf_bytes(&packed), &(struct decode_options){.limits = &limits});
    cr_assert(recorded_has(decoded.container, DEFECT_LIMIT_WINDOW) || decoded_clean(&decoded));
    decoded_finish(&decoded);
    buf_finish(&packed);
    buf_finish(&plain);
}

Test(zstd_stream, says_that_a_dictionary_is_missing)
{
    /* A header with dictionary id 7, and an empty raw block. */
    static const uint8_t frame[] = {0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 5, 0x29, 0, 0, 'h', 'e', 'l', 'l', 'o'};
    struct decoded decoded;
    decode(&decoded, CODEC_ZSTD, (struct bytes){.data = frame, .size = sizeof frame});
    cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_UNSUPPORTED), "%s",
              recorded_codes(decoded.container));
    cr_assert_eq(decoded.size, 0);
    decoded_finish(&decoded);
}

Test(zstd_stream, does_not_open_formats_of_before_2016)
{
    static const char old[] = "\x25\xb5\x2f\xfd\0\0\0\0\0\0\0\0";
    cr_assert_eq(codec_detect((struct bytes){.data = (const uint8_t *)old, .size = 12}), CODEC_NONE);
    struct decoded decoded;
    decode(&decoded, CODEC_ZSTD, (struct bytes){.data = (const uint8_t *)old, .size = 12});
    cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_CORRUPT));
    decoded_finish(&decoded);
}
