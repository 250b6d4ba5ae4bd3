/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for every codec: what the format's own tool packed comes out, faults have names, and everything
 * before a fault is given out. Peculiarities of one format are in the test of its file.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "decode_bytes.h"
#include "tool_output.h"

struct format {
    char name[24];
    char command[160];
    enum codec codec;
    bool verified; /**< a flipped bit is a defect, or changes nothing */
    bool repeats;  /**< streams may follow one another */
};

static struct format formats[] = {
    {"gzip", "gzip -6nc", CODEC_GZIP, true, true},
    {"gzip stored",
     "python3 -c 'import sys,gzip; d=sys.stdin.buffer.read(); "
     "sys.stdout.buffer.write(gzip.compress(d,0,mtime=0))'",
     CODEC_GZIP, true, true},
    {"zstd", "zstd -qc --check", CODEC_ZSTD, true, true},
    {"zstd unchecked", "zstd -qc --no-check", CODEC_ZSTD, false, true},
    {"xz crc64", "xz -c -0", CODEC_XZ, true, true},
    {"xz crc32", "xz -c -0 -C crc32", CODEC_XZ, true, true},
    {"xz sha256", "xz -c -0 -C sha256", CODEC_XZ, true, true},
    {"xz unchecked", "xz -c -0 -C none", CODEC_XZ, false, true},
    {"xz delta", "xz -c --delta=dist=2 --lzma2=preset=0 --block-size=100", CODEC_XZ, true, true},
    {"lzma", "xz -c -0 --format=lzma", CODEC_LZMA, false, false},
    {"lzip", "python3 " SOURCE_DIR "/tests/unit/lzip_pack.py", CODEC_LZIP, true, true},
    {"bzip2", "bzip2 -c", CODEC_BZIP2, true, true},
    {"lz4", "lz4 -qc", CODEC_LZ4, true, true},
    {"lz4 linked", "lz4 -qc -B4 -BD -BX", CODEC_LZ4, true, true},
    {"lz4 legacy", "lz4 -qlc", CODEC_LZ4, false, true},
};

ParameterizedTestParameters(codec, gives_what_the_tool_packed)
{
    return cr_make_param_array(struct format, formats, sizeof formats / sizeof formats[0]);
}

/** Numbered lines with some noise: not all of it compresses. */
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
expect_clean(const struct format *format, struct bytes packed, struct bytes plain)
{
    static const size_t blocks[] = {SIZE_MAX, 262144, 4099, 3};
    cr_assert_eq(codec_detect(packed), format->codec, "%s: told as %s", format->name,
                 codec_name(codec_detect(packed)));
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        struct decoded decoded;
        decode_with(&decoded, format->codec, packed, &(struct decode_options){.block_bytes = blocks[i]});
        cr_assert(decoded_clean(&decoded), "%s: %d %s", format->name, decoded.status,
                  recorded_codes(decoded.container));
        cr_assert(decoded_equals(&decoded, plain), "%s: other bytes", format->name);
        cr_assert(decoded.rest_seen, "%s: bytes are left", format->name);
        cr_assert_eq(decoded.progress, plain.size);
        cr_assert_eq(decoded.reading.expanded_bytes, plain.size);
        decoded_finish(&decoded);
    }
}

ParameterizedTest(struct format *format, codec, gives_what_the_tool_packed)
{
    static const size_t sizes[] = {0, 1, 1000, 262144, 1500000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        if (strstr(format->command, "block-size") && sizes[i] > 1000)
            continue; /* a block for each hundred bytes: slow, and nothing new */
        struct buf plain = lines(sizes[i]);
        struct buf packed = tool_output(format->command, buf_bytes(&plain));
        expect_clean(format, buf_bytes(&packed), buf_bytes(&plain));
        if (format->repeats) {
            struct bytes once = buf_bytes(&packed);
            struct buf twice = {0}, plain_twice = {0};
            for (int n = 0; n < 2; n++) {
                cr_assert_eq(buf_append(&twice, once.data, once.size), PROV_OK);
                cr_assert_eq(buf_append(&plain_twice, plain.data, plain.size), PROV_OK);
            }
            expect_clean(format, buf_bytes(&twice), buf_bytes(&plain_twice));
            buf_finish(&twice);
            buf_finish(&plain_twice);
        }
        buf_finish(&packed);
        buf_finish(&plain);
    }
}

ParameterizedTestParameters(codec, names_every_cut_and_gives_what_came_before)
{
    return cr_make_param_array(struct format, formats, sizeof formats / sizeof formats[0]);
}

ParameterizedTest(struct format *format, codec, names_every_cut_and_gives_what_came_before)
{
    struct buf plain = lines(400);
    struct buf packed = tool_output(format->command, buf_bytes(&plain));
    for (size_t size = 0; size < packed.size; size++) {
        struct decoded decoded;
        struct bytes cut = {.data = packed.data, .size = size};
        decode_with(&decoded, format->codec, cut, &(struct decode_options){.block_bytes = size % 7 + 1});
        /* A legacy frame of lz4 ends where the file does: before its first block it is whole. */
        bool whole = !format->verified && strstr(format->name, "legacy") && size == 4;
        cr_assert(whole || decoded.container->ndefects > 0, "%s: cut at %zu of %zu is not told", format->name,
                  size, packed.size);
        cr_assert(
            decoded.data.size <= plain.size &&
                (decoded.data.size == 0 || memcmp(decoded.data.data, plain.data, decoded.data.size) == 0),
            "%s: cut at %zu: other bytes", format->name, size);
        decoded_finish(&decoded);
    }
    buf_finish(&packed);
    buf_finish(&plain);
}

ParameterizedTestParameters(codec, names_every_flipped_bit_that_changes_the_data)
{
    return cr_make_param_array(struct format, formats, sizeof formats / sizeof formats[0]);
}

ParameterizedTest(struct format *format, codec, names_every_flipped_bit_that_changes_the_data)
{
    struct buf plain = lines(300);
    struct buf packed = tool_output(format->command, buf_bytes(&plain));
    for (size_t bit = 0; bit < packed.size * 8; bit++) {
        packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct decoded decoded;
        decode_with(&decoded, format->codec, buf_bytes(&packed),
                    &(struct decode_options){.keep_bytes_max = 4096});
        cr_assert(!format->verified || !decoded_clean(&decoded) ||
                      decoded_equals(&decoded, buf_bytes(&plain)),
                  "%s: flip of bit %zu is not told", format->name, bit);
        cr_assert(decoded.status == PROV_OK || decoded.status == PROV_E_DATA);
        cr_assert(decoded.status == PROV_OK || decoded.container->ndefects > 0);
        decoded_finish(&decoded);
        packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buf_finish(&packed);
    buf_finish(&plain);
}

ParameterizedTestParameters(codec, tells_padding_from_data_that_follows)
{
    return cr_make_param_array(struct format, formats, sizeof formats / sizeof formats[0]);
}

ParameterizedTest(struct format *format, codec, tells_padding_from_data_that_follows)
{
    static const uint8_t zeros[512];
    struct buf plain = lines(1000);
    struct buf packed = tool_output(format->command, buf_bytes(&plain));
    size_t end = packed.size;
    cr_assert_eq(buf_append(&packed, zeros, sizeof zeros), PROV_OK);
    expect_clean(format, buf_bytes(&packed), buf_bytes(&plain));
    for (int padded = 1; padded >= 0; padded--) {
        packed.size = padded ? end + sizeof zeros : end;
        cr_assert_eq(buf_append_text(&packed, "Hidden, but not from us."), PROV_OK);
        struct decoded decoded;
        decode(&decoded, format->codec, buf_bytes(&packed));
        const struct recorded_defect *defect =
            recorded_defect(decoded.container, DEFECT_ARCHIVE_TRAILING_DATA);
        cr_assert(defect, "%s: %s", format->name, recorded_codes(decoded.container));
        cr_assert_eq(defect->offset, packed.size - 24, "%s: at %zu", format->name, (size_t)defect->offset);
        cr_assert_eq(decoded.status, PROV_OK);
        cr_assert(decoded_equals(&decoded, buf_bytes(&plain)));
        cr_assert(decoded.rest_seen);
        decoded_finish(&decoded);
    }
    buf_finish(&packed);
    buf_finish(&plain);
}

ParameterizedTestParameters(codec, passes_on_what_failed_below_and_above)
{
    return cr_make_param_array(struct format, formats, sizeof formats / sizeof formats[0]);
}

ParameterizedTest(struct format *format, codec, passes_on_what_failed_below_and_above)
{
    struct buf plain = lines(600000);
    if (strstr(format->command, "block-size"))
        plain.size = 1000;
    struct buf packed = tool_output(format->command, buf_bytes(&plain));
    size_t middle = packed.size / 2;
    static const int statuses[] = {PROV_E_DATA, PROV_E_INTERRUPTED, PROV_E_MEMORY};
    size_t given[3];
    for (size_t i = 0; i < 3; i++) {
        struct decoded decoded;
        struct decode_options options = {.fail_at = middle, .fail_status = statuses[i], .block_bytes = 8192};
        decode_with(&decoded, format->codec, buf_bytes(&packed), &options);
        cr_assert_eq(decoded.status, statuses[i], "%s: %d", format->name, decoded.status);
        cr_assert_eq(decoded.container->ndefects, 0);
        cr_assert(decoded.data.size == 0 || memcmp(decoded.data.data, plain.data, decoded.data.size) == 0);
        given[i] = decoded.data.size;
        decoded_finish(&decoded);
    }
    /* A cut and an input that failed there give the same bytes. */
    struct decoded decoded;
    decode(&decoded, format->codec, (struct bytes){.data = packed.data, .size = middle});
    cr_assert_eq(decoded.data.size, given[0], "%s: %zu and %zu", format->name, decoded.data.size, given[0]);
    decoded_finish(&decoded);
    buf_finish(&packed);
    buf_finish(&plain);
}

ParameterizedTestParameters(codec, ends_bombs)
{
    return cr_make_param_array(struct format, formats, sizeof formats / sizeof formats[0]);
}

ParameterizedTest(struct format *format, codec, ends_bombs)
{
    struct buf plain = {0};
    size_t size = strstr(format->command, "block-size") || strstr(format->command, ",0,") ? 0 : 20 << 20;
    cr_assert_eq(buf_reserve(&plain, size), PROV_OK);
    memset(plain.data, 0, size);
    plain.size = size;
    struct buf packed = tool_output(format->command, buf_bytes(&plain));
    struct limits limits = LIMITS_DEFAULT;
    struct decoded decoded;

    limits.ratio_floor_bytes = 1 << 20;
    decode_with(&decoded, format->codec, buf_bytes(&packed), &(struct decode_options){.limits = &limits});
    cr_assert(size == 0 || recorded_has(decoded.container, DEFECT_LIMIT_RATIO), "%s: %s", format->name,
              recorded_codes(decoded.container));
    cr_assert_eq(decoded.status, size ? PROV_E_DATA : PROV_OK);
    cr_assert_leq(decoded.size, (1 << 20) + LIMIT_READ_BYTES + (8 << 20));
    decoded_finish(&decoded);

    limits = LIMITS_DEFAULT;
    limits.expanded_bytes_unit = 777777;
    decode_with(&decoded, format->codec, buf_bytes(&packed), &(struct decode_options){.limits = &limits});
    cr_assert(size == 0 || recorded_has(decoded.container, DEFECT_LIMIT_EXPANDED_BYTES));
    cr_assert_eq(decoded.size, size ? 777777 : 0, "%s", format->name);
    decoded_finish(&decoded);

    /* The same bytes are no bomb below the floor. */
    decode_with(&decoded, format->codec, buf_bytes(&packed), &(struct decode_options){0});
    cr_assert(decoded_clean(&decoded));
    cr_assert_eq(decoded.size, size);
    decoded_finish(&decoded);
    buf_finish(&packed);
    buf_finish(&plain);
}

Test(codec, counts_the_layers_of_a_unit_together)
{
    /* Each layer stays below 200 to 1, the whole does not. */
    struct buf plain = lines(1000);
    struct buf packed = tool_output("gzip -9nc", buf_bytes(&plain));
    struct limits limits = LIMITS_DEFAULT;
    limits.ratio_floor_bytes = 900;
    struct decoded decoded;
    decode_with(&decoded, CODEC_GZIP, buf_bytes(&packed),
                &(struct decode_options){.limits = &limits, .unit_bytes = 5});
    cr_assert_eq(decoded.status, PROV_OK, "1000 bytes of 5 are 200 to 1");
    decoded_finish(&decoded);
    decode_with(&decoded, CODEC_GZIP, buf_bytes(&packed),
                &(struct decode_options){.limits = &limits, .unit_bytes = 4});
    cr_assert(recorded_has(decoded.container, DEFECT_LIMIT_RATIO));
    decoded_finish(&decoded);
    buf_finish(&packed);
    buf_finish(&plain);
}

static void
expect_codec(enum codec codec, const char *data, size_t size)
{
    /* An exact block: nothing is read behind it. */
    uint8_t *head = malloc(size ? size : 1);
    cr_assert(head);
    if (size)
        memcpy(head, data, size);
    cr_assert_eq(codec_detect((struct bytes){.data = head, .size = size}), codec, "%.*s", (int)size, data);
    free(head);
}

Test(codec, never_takes_text_for_a_codec)
{
    static const char *const texts[] = {
        "",
        "B",
        "BZh9",
        "BZh91AY&S",
        "BZh9 is how a bzip2 file begins",
        "LZIP",
        "LZIP is a compressor\n",
        "PK",
        "7zXZ",
        "]\n]\n]\n]\n]\n]\n]\n]\n]\n",
        "{\"text\": \"a\"}\n{\"text\": \"b\"}\n",
        "id,text\n1,\"a\"\n",
        "<!doctype html><html>",
        "\xef\xbb\xbf{\"text\": 1}\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        expect_codec(CODEC_NONE, texts[i], strlen(texts[i]));
    /* UTF-16 and UTF-32, both ways round, with and without a mark. */
    for (unsigned width = 2; width <= 4; width += 2)
        for (unsigned first = 0x20; first < 0x7f; first++)
            for (unsigned second = 0x20; second < 0x7f; second++) {
                char little[64] = {0}, big[64] = {0};
                for (unsigned i = 0; i < 64 / width; i++) {
                    little[i * width] = (char)(i % 2 ? second : first);
                    big[i * width + width - 1] = (char)(i % 2 ? second : first);
                }
                expect_codec(CODEC_NONE, little, sizeof little);
                expect_codec(CODEC_NONE, big, sizeof big);
            }
}

Test(codec, does_not_take_other_binaries_for_lzma)
{
    static const struct {
        const char *data;
        size_t size;
    } binaries[] = {
        {"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 20},
        {"\0\1\0\0\0\x11\1\0\0\4\0\x10GPOS\0\0\0\0", 20},           /* a font */
        {"\0\0\1\0\1\0\x10\x10\0\0\1\0\x20\0h\4\0\0\x16\0", 20},    /* an icon */
        {"\0\0\x08\x03\0\0\xea\x60\0\0\0\x1c\0\0\0\x1c\0\0\0", 20}, /* images of handwritten digits */
        {"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\1\0\0\0\0\0\0", 20}, /* first byte of the coder */
        {"\x5d\1\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0\0\0\0", 20}, /* an odd dictionary */
        {"\x5d\0\0\x80\0\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0", 20},                 /* 64 PiB */
    };
    for (size_t i = 0; i < sizeof binaries / sizeof binaries[0]; i++)
        expect_codec(CODEC_NONE, binaries[i].data, binaries[i].size);
}

Test(codec, knows_a_damaged_gzip_header)
{
    static const char header[] = "\x1f\x8b\x08\0\0\0\0\0\0\x03\x03\0\0\0\0\0\0\0\0\0";
    for (size_t bit = 16; bit < 80; bit++) {
        char head[sizeof header];
        memcpy(head, header, sizeof header);
        head[bit / 8] = (char)(head[bit / 8] ^ 1 << bit % 8);
        expect_codec(CODEC_GZIP, head, sizeof head - 1);
    }
}

Test(codec, looks_behind_skippable_frames)
{
    expect_codec(CODEC_ZSTD, "\x50\x2a\x4d\x18\2\0\0\0ab\x28\xb5\x2f\xfd", 14);
    expect_codec(CODEC_LZ4, "\x5f\x2a\x4d\x18\2\0\0\0ab\x04\x22\x4d\x18", 14);
    expect_codec(CODEC_LZ4, "\x5f\x2a\x4d\x18\0\0\0\0\x51\x2a\x4d\x18\1\0\0\0a\x04\x22\x4d\x18", 21);
    expect_codec(CODEC_ZSTD, "\x5f\x2a\x4d\x18\xff\xff\xff\xff\x04\x22\x4d\x18", 12);
    expect_codec(CODEC_ZSTD, "\x5f\x2a\x4d\x18", 4);
}

Test(codec, has_a_name_for_each)
{
    for (int codec = CODEC_NONE; codec <= CODEC_COMPRESS; codec++)
        cr_assert_not_null(codec_name((enum codec)codec));
    cr_assert_str_eq(codec_name(CODEC_LZ4), "lz4");
}
