/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compress(1) is not in every installation, gzip is, and decodes its files: the encoder below makes them,
 * gzip confirms that they are right, and the decoder has to agree with gzip.
 */
#include <criterion/criterion.h>

#include "decode_bytes.h"
#include "tool_output.h"

struct packer {
    struct buf out;
    uint64_t bits;
    unsigned nbits, group_bits;
};

static void
put_code(struct packer *packer, uint32_t code, unsigned width)
{
    packer->bits |= (uint64_t)code << packer->nbits;
    packer->nbits += width;
    packer->group_bits = (packer->group_bits + width) % (width * 8);
    for (; packer->nbits >= 8; packer->nbits -= 8, packer->bits >>= 8)
        cr_assert_eq(buf_append_byte(&packer->out, (uint8_t)packer->bits), PROV_OK);
}

/** Fill up the group of eight codes. */
static void
end_group(struct packer *packer, unsigned width)
{
    while (packer->group_bits > 0)
        put_code(packer, 0, width);
}

/**
 * Encode by LZW with a plain search for the longest known string.
 *
 * @param clear_every  clear the table after so many codes; 0: never
 */
static struct buf
pack(struct bytes plain, unsigned width_max, bool clears, size_t clear_every)
{
    struct packer packer = {0};
    int32_t(*next)[256] = malloc(((size_t)1 << 16) * sizeof *next);
    cr_assert(next);
    memset(next, -1, ((size_t)1 << 16) * sizeof *next);
    unsigned width = 9;
    uint32_t nfree = clears ? 257 : 256;
    size_t ncodes = 0;
    cr_assert_eq(buf_append(&packer.out, "\x1f\x9d", 2), PROV_OK);
    cr_assert_eq(buf_append_byte(&packer.out, (uint8_t)(width_max | (clears ? 0x80u : 0))), PROV_OK);
    for (size_t position = 0; position < plain.size;) {
        uint32_t code = plain.data[position++];
        while (position < plain.size && next[code][plain.data[position]] >= 0)
            code = (uint32_t)next[code][plain.data[position++]];
        put_code(&packer, code, width);
        ncodes++;
        /* Before the new string is counted: the decoder defines it one code later than we do. */
        if (nfree > ((uint32_t)1 << width) - 1 && width < width_max) {
            end_group(&packer, width);
            width++;
        }
        if (nfree < (uint32_t)1 << width_max && position < plain.size)
            next[code][plain.data[position]] = (int32_t)nfree++;
        if (clears && clear_every && ncodes % clear_every == 0 && position < plain.size) {
            put_code(&packer, 256, width);
            end_group(&packer, width);
            memset(next, -1, ((size_t)1 << 16) * sizeof *next);
            width = 9;
            /* The string that begins with the code before cannot be named: 256 is taken. */
            uint32_t literal = plain.data[position++];
            put_code(&packer, literal, width);
            ncodes++;
            nfree = 257;
            if (position < plain.size)
                next[literal][plain.data[position]] = (int32_t)nfree++;
        }
    }
    if (packer.nbits)
        cr_assert_eq(buf_append_byte(&packer.out, (uint8_t)packer.bits), PROV_OK);
    free(next);
    return packer.out;
}

static struct buf
lines(size_t size)
{
    struct buf buf = {0};
    for (unsigned i = 0; buf.size < size; i++)
        cr_assert_eq(buf_printf(&buf, "%u: Bob Sample counts %u, %x\n", i, i * 7, i * 2654435761u), PROV_OK);
    buf.size = size;
    return buf;
}

static void
expect_as_gzip(struct bytes packed, struct bytes plain, const char *what)
{
    struct buf oracle = {0};
    int code = tool_run("gzip -dc", packed, &oracle);
    cr_assert_eq(code, 0, "%s: the test's own encoder is wrong", what);
    cr_assert(bytes_equal(buf_bytes(&oracle), plain), "%s: the test's own encoder is wrong", what);
    buf_finish(&oracle);
    cr_assert_eq(codec_detect(packed), CODEC_COMPRESS);
    static const size_t blocks[] = {SIZE_MAX, 4099, 1};
    for (size_t i = 0; i < 3; i++) {
        struct decoded decoded;
        decode_with(&decoded, CODEC_COMPRESS, packed, &(struct decode_options){.block_bytes = blocks[i]});
        cr_assert(decoded_clean(&decoded), "%s: %s", what, recorded_codes(decoded.container));
        cr_assert(decoded_equals(&decoded, plain), "%s", what);
        cr_assert(decoded.rest_seen);
        decoded_finish(&decoded);
    }
}

Test(compress, agrees_with_gzip)
{
    static const size_t sizes[] = {1, 2, 300, 5000, 700000};
    for (size_t i = 0; i < 5; i++)
        for (unsigned width = 10; width <= 16; width += 3)
            for (size_t clear = 0; clear < 3; clear++) {
                struct buf plain = lines(sizes[i]);
                struct buf packed = pack(buf_bytes(&plain), width, clear > 0, clear == 2 ? 1500 : 0);
                char what[64];
                (void)snprintf(what, sizeof what, "%zu bytes, %u bits, clear %zu", sizes[i], width, clear);
                expect_as_gzip(buf_bytes(&packed), buf_bytes(&plain), what);
                buf_finish(&packed);
                buf_finish(&plain);
            }
}

Test(compress, decodes_the_string_that_is_just_being_defined)
{
    struct buf plain = {0};
    for (int i = 0; i < 100000; i++)
        cr_assert_eq(buf_append_byte(&plain, 'a'), PROV_OK);
    struct buf packed = pack(buf_bytes(&plain), 16, true, 0);
    expect_as_gzip(buf_bytes(&packed), buf_bytes(&plain), "one letter");
    buf_finish(&packed);
    buf_finish(&plain);
}

Test(compress, gives_nothing_for_a_file_of_nothing)
{
    struct bytes packed = {.data = (const uint8_t *)"\x1f\x9d\x90", .size = 3};
    expect_as_gzip(packed, (struct bytes){0}, "empty");
}

Test(compress, names_the_defect_of_codes_that_cannot_be)
{
    static const struct {
        const char *bytes;
        size_t size;
        enum defect defect;
    } cases[] = {
        {"\x1f\x9d", 2, DEFECT_ARCHIVE_TRUNCATED},
        {"\x1f\x9d\xf0", 3, DEFECT_ARCHIVE_UNSUPPORTED},         /* reserved flags */
        {"\x1f\x9d\x88", 3, DEFECT_ARCHIVE_UNSUPPORTED},         /* codes of 8 bits */
        {"\x1f\x9d\x9f", 3, DEFECT_ARCHIVE_UNSUPPORTED},         /* of 31 */
        {"\x1f\x9d\x90\xff\x01", 5, DEFECT_ARCHIVE_CORRUPT},     /* the first code is 511 */
        {"\x1f\x9d\x90\x61\x06\x02", 6, DEFECT_ARCHIVE_CORRUPT}, /* the second is 259, 258 would do */
        {"\x1f\x9d\x90\x61", 4, DEFECT_ARCHIVE_TRUNCATED},
        {"\x1f\x9d\x90\x61\x62", 5, DEFECT_ARCHIVE_TRUNCATED}, /* bits are left */
        {"not compress", 12, DEFECT_ARCHIVE_CORRUPT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct decoded decoded;
        decode(&decoded, CODEC_COMPRESS,
               (struct bytes){.data = (const uint8_t *)cases[i].bytes, .size = cases[i].size});
        cr_assert(recorded_has(decoded.container, cases[i].defect), "case %zu: %s", i,
                  recorded_codes(decoded.container));
        decoded_finish(&decoded);
    }
}

Test(compress, stays_within_bounds_for_any_bytes)
{
    struct buf plain = lines(3000);
    struct buf packed = pack(buf_bytes(&plain), 12, true, 700);
    for (size_t bit = 16; bit < packed.size * 8; bit++) {
        packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct decoded decoded;
        decode(&decoded, CODEC_COMPRESS, buf_bytes(&packed));
        cr_assert(decoded.status == PROV_OK || decoded.container->ndefects > 0);
        decoded_finish(&decoded);
        packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buf_finish(&packed);
    buf_finish(&plain);
}
