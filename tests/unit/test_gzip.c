/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is peculiar to gzip: members, headers, trailers. What holds for every codec is in test_codec.c.
 */
#include <criterion/criterion.h>

#include "decode_bytes.h"
#include "tool_output.h"

static const char TEXT[] = "Ada Example wrote this line, and Bob Sample read it.\n"
                           "Ada Example wrote this line, and Bob Sample read it again.\n";

enum { TEXT_BYTES = sizeof TEXT - 1, HEADER_BYTES = 10, TRAILER_BYTES = 8 };

static struct bytes
text(void)
{
    return (struct bytes){.data = (const uint8_t *)TEXT, .size = TEXT_BYTES};
}

/** A member of TEXT with any header: flags, and the fields that they announce. */
static struct buf
member_with(uint8_t flags, struct bytes fields)
{
    struct buf plain = tool_output("gzip -9nc", text());
    struct buf member = {0};
    cr_assert_eq(buf_append(&member, plain.data, HEADER_BYTES), PROV_OK);
    member.data[3] = flags;
    cr_assert_eq(buf_append(&member, fields.data, fields.size), PROV_OK);
    cr_assert_eq(buf_append(&member, plain.data + HEADER_BYTES, plain.size - HEADER_BYTES), PROV_OK);
    buf_finish(&plain);
    return member;
}

static void
expect(struct bytes packed, enum defect defect, size_t expected_bytes)
{
    static const size_t blocks[] = {SIZE_MAX, 5, 1};
    for (size_t i = 0; i < 3; i++) {
        struct decoded decoded;
        decode_with(&decoded, CODEC_GZIP, packed, &(struct decode_options){.block_bytes = blocks[i]});
        if (defect == DEFECT_COUNT)
            cr_assert(decoded_clean(&decoded), "%s", recorded_codes(decoded.container));
        else
            cr_assert(recorded_has(decoded.container, defect), "not %s: %s", defect_code(defect),
                      recorded_codes(decoded.container));
        cr_assert_eq(decoded.size, expected_bytes);
        decoded_finish(&decoded);
    }
}

Test(gzip, reads_every_field_of_a_header)
{
    static const struct {
        uint8_t flags;
        const char *fields;
        size_t size;
    } headers[] = {
        {0x01, "", 0},         {0x04, "\x03\0abc", 5},  {0x04, "\0\0", 2},
        {0x08, "name.txt", 9}, {0x10, "a comment", 10}, {0x1c, "\x04\0BC\0\0name\0comment", 19},
        {0x18, "\0", 2},
    };
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        struct bytes fields = {.data = (const uint8_t *)headers[i].fields, .size = headers[i].size};
        struct buf member = member_with(headers[i].flags, fields);
        bool comment = (headers[i].flags & 0x10) && headers[i].size > 2;
        expect(buf_bytes(&member), comment ? DEFECT_ARCHIVE_COMMENT : DEFECT_COUNT, TEXT_BYTES);
        cr_assert_eq(tool_run("gzip -t", buf_bytes(&member), NULL), 0);
        /* Without its last field byte the header swallows the first byte of the data. */
        if (headers[i].flags == 0x08) {
            memmove(member.data + HEADER_BYTES + 8, member.data + HEADER_BYTES + 9,
                    member.size - HEADER_BYTES - 9);
            member.size--;
            struct decoded decoded;
            decode(&decoded, CODEC_GZIP, buf_bytes(&member));
            cr_assert_gt(decoded.container->ndefects, 0);
            decoded_finish(&decoded);
        }
        buf_finish(&member);
    }
}

Test(gzip, verifies_the_checksum_of_a_header)
{
    struct buf member = member_with(0x0a, (struct bytes){.data = (const uint8_t *)"n\0\0", .size = 4});
    /* CRC16 of the header by an independent hand: Python's zlib. */
    char command[] = "python3 -c 'import sys,zlib; d=sys.stdin.buffer.read()[:12]; "
                     "sys.stdout.buffer.write((zlib.crc32(d)&0xffff).to_bytes(2,\"little\"))'";
    struct buf crc = tool_output(command, buf_bytes(&member));
    memcpy(member.data + 12, crc.data, 2);
    expect(buf_bytes(&member), DEFECT_COUNT, TEXT_BYTES);
    member.data[12] ^= 1;
    expect(buf_bytes(&member), DEFECT_ARCHIVE_CHECKSUM_MISMATCH, TEXT_BYTES);
    buf_finish(&crc);
    buf_finish(&member);
}

Test(gzip, bounds_a_header)
{
    struct buf name = {0};
    for (size_t i = 0; i < (2 << 20); i++)
        cr_assert_eq(buf_append_byte(&name, 'n'), PROV_OK);
    struct buf member = member_with(0x08, buf_bytes(&name));
    expect(buf_bytes(&member), DEFECT_LIMIT_HEADER_BYTES, 0);
    name.data[(1 << 20) - 11] = 0; /* exactly a mebibyte, with the ten bytes before it */
    name.size = (1 << 20) - 10;
    struct buf shorter = member_with(0x08, buf_bytes(&name));
    expect(buf_bytes(&shorter), DEFECT_COUNT, TEXT_BYTES);
    buf_finish(&shorter);
    buf_finish(&member);
    buf_finish(&name);
}

Test(gzip, refuses_reserved_flags_and_other_methods)
{
    for (int bit = 5; bit < 8; bit++) {
        struct buf member = member_with((uint8_t)(1 << bit), (struct bytes){0});
        expect(buf_bytes(&member), DEFECT_ARCHIVE_UNSUPPORTED, 0);
        buf_finish(&member);
    }
    struct buf member = member_with(0, (struct bytes){0});
    member.data[2] = 7;
    expect(buf_bytes(&member), DEFECT_ARCHIVE_UNSUPPORTED, 0);
    buf_finish(&member);
}

Test(gzip, reads_members_one_after_the_other_and_empty_ones)
{
    struct buf one = member_with(0, (struct bytes){0});
    struct buf none = tool_output("gzip -nc", (struct bytes){0});
    struct buf all = {0};
    for (int i = 0; i < 1000; i++) {
        cr_assert_eq(buf_append(&all, none.data, none.size), PROV_OK);
        if (i % 10 == 0)
            cr_assert_eq(buf_append(&all, one.data, one.size), PROV_OK);
    }
    expect(buf_bytes(&all), DEFECT_COUNT, 100 * TEXT_BYTES);
    buf_finish(&all);
    buf_finish(&none);
    buf_finish(&one);
}

Test(gzip, reports_a_wrong_trailer_once_and_reads_on)
{
    struct buf one = member_with(0, (struct bytes){0});
    struct buf all = {0};
    for (int i = 0; i < 5; i++)
        cr_assert_eq(buf_append(&all, one.data, one.size), PROV_OK);
    size_t end = one.size * 2 - TRAILER_BYTES; /* of the second member's data */
    all.data[end] ^= 1;
    all.data[end + one.size] ^= 1;
    struct decoded decoded;
    decode(&decoded, CODEC_GZIP, buf_bytes(&all));
    cr_assert_eq(decoded.status, PROV_OK);
    cr_assert_eq(decoded.size, 5 * TEXT_BYTES);
    cr_assert_eq(decoded.container->ndefects, 1);
    cr_assert_eq(decoded.container->defects[0].defect, DEFECT_ARCHIVE_CHECKSUM_MISMATCH);
    cr_assert_eq(decoded.container->defects[0].offset, one.size, "where the member starts");
    cr_assert_not_null(strstr(decoded.container->defects[0].text, "member 2"));
    decoded_finish(&decoded);

    all.data[end] ^= 1;
    all.data[end + one.size] ^= 1;
    all.data[end + 4] ^= 1;
    decode(&decoded, CODEC_GZIP, buf_bytes(&all));
    cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_SIZE_MISMATCH));
    cr_assert_eq(decoded.size, 5 * TEXT_BYTES);
    decoded_finish(&decoded);
    buf_finish(&all);
    buf_finish(&one);
}

Test(gzip, takes_a_damaged_header_of_a_later_member_for_trailing_data)
{
    struct buf one = member_with(0, (struct bytes){0});
    struct buf all = {0};
    cr_assert_eq(buf_append(&all, one.data, one.size), PROV_OK);
    cr_assert_eq(buf_append(&all, one.data, one.size), PROV_OK);
    for (size_t bit = 0; bit < 32; bit++) {
        bool harmless = bit >= 24 && bit < 29; /* a flag that has a meaning */
        all.data[one.size + bit / 8] ^= (uint8_t)(1 << bit % 8);
        struct decoded decoded;
        decode(&decoded, CODEC_GZIP, buf_bytes(&all));
        cr_assert(harmless || recorded_has(decoded.container, DEFECT_ARCHIVE_TRAILING_DATA), "bit %zu: %s",
                  bit, recorded_codes(decoded.container));
        cr_assert_geq(decoded.size, TEXT_BYTES);
        decoded_finish(&decoded);
        all.data[one.size + bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buf_finish(&all);
    buf_finish(&one);
}

/**
 * For each cut and each flipped bit of its input, what zlib makes of the one deflate stream in it: how many
 * bytes come out before the fault, and whether there is one. Bytes are fed singly, so that all come out.
 */
static const char ORACLE[] = "python3 -c '\n"
                             "import sys, zlib\n"
                             "d = sys.stdin.buffer.read()\n"
                             "def judge(b):\n"
                             "    z = zlib.decompressobj(31)\n"
                             "    n = 0\n"
                             "    try:\n"
                             "        for i in range(len(b)):\n"
                             "            n += len(z.decompress(b[i:i+1]))\n"
                             "            if z.eof: break\n"
                             "        ok = z.eof\n"
                             "    except zlib.error:\n"
                             "        ok = False\n"
                             "    print(n, int(ok))\n"
                             "for i in range(10, len(d)): judge(d[:i])\n"
                             "for i in range(80, 8 * len(d)):\n"
                             "    f = bytearray(d); f[i >> 3] ^= 1 << (i & 7); judge(bytes(f))\n"
                             "'";

static void
expect_as_zlib(struct bytes packed, const char *line, size_t index)
{
    char *end;
    unsigned long nbytes = strtoul(line, &end, 10);
    bool good = strtoul(end, NULL, 10) == 1;
    struct decoded decoded;
    decode(&decoded, CODEC_GZIP, packed);
    if (good)
        cr_assert_eq(decoded.size, nbytes, "case %zu", index);
    else /* a fault may cost a copy, a cut a pair of literals: see gzip.c */
        cr_assert(decoded.size + 258 >= nbytes, "case %zu: %zu bytes, zlib gives %lu", index,
                  (size_t)decoded.size, nbytes);
    if (recorded_has(decoded.container, DEFECT_ARCHIVE_TRUNCATED))
        cr_assert(decoded.size + 2 >= nbytes && decoded.size <= nbytes, "case %zu: %zu bytes, zlib gives %lu",
                  index, (size_t)decoded.size, nbytes);
    bool trailing = recorded_has(decoded.container, DEFECT_ARCHIVE_TRAILING_DATA);
    cr_assert_eq(good, decoded.container->ndefects == (trailing ? 1 : 0), "case %zu: zlib says %d: %s", index,
                 good, recorded_codes(decoded.container));
    decoded_finish(&decoded);
}

Test(gzip, finds_whatever_zlib_finds_and_saves_nearly_as_much)
{
    static const char *const commands[] = {
        "gzip -9nc",
        "python3 -c 'import sys,gzip; "
        "sys.stdout.buffer.write(gzip.compress(sys.stdin.buffer.read(),0,mtime=0))'",
        /* Dynamic codes: enough different text that they pay. */
        "python3 -c 'import sys,gzip; sys.stdout.buffer.write("
        "gzip.compress(bytes(i*i*7%89+33 for i in range(900)),9,mtime=0))'",
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct buf packed = tool_output(commands[i], text());
        struct buf answers = tool_output(ORACLE, buf_bytes(&packed));
        const char *line = buf_text(&answers);
        size_t index = 0;
        for (size_t size = HEADER_BYTES; size < packed.size; size++, index++) {
            expect_as_zlib((struct bytes){.data = packed.data, .size = size}, line, index);
            line = strchr(line, '\n') + 1;
        }
        for (size_t bit = HEADER_BYTES * 8; bit < packed.size * 8; bit++, index++) {
            packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            expect_as_zlib(buf_bytes(&packed), line, index);
            packed.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
            line = strchr(line, '\n') + 1;
        }
        cr_assert_eq(*line, 0);
        buf_finish(&answers);
        buf_finish(&packed);
    }
}

Test(gzip, counts_beyond_four_gibibytes)
{
    /* 32-bit counters wrap here: the library's, and the length in the trailer. */
    static const char command[] =
        "python3 -c '\n"
        "import sys, zlib\n"
        "n, b = 4100, b\"0123456789abcdef\" * 65536\n"
        "c = zlib.compressobj(1, 8, -15)\n"
        "block = c.compress(b) + c.flush(zlib.Z_FULL_FLUSH)\n"
        "crc = 0\n"
        "for i in range(n): crc = zlib.crc32(b, crc)\n"
        "end = crc.to_bytes(4, \"little\") + (n * len(b) % 2**32).to_bytes(4, \"little\")\n"
        "sys.stdout.buffer.write(bytes.fromhex(\"1f8b0800000000000003\") + block * n + c.flush() + end)\n"
        "'";
    struct buf packed = tool_output(command, (struct bytes){0});
    struct limits limits = LIMITS_DEFAULT;
    limits.ratio = 0;
    struct decoded decoded;
    decode_with(&decoded, CODEC_GZIP, buf_bytes(&packed),
                &(struct decode_options){.limits = &limits, .keep_bytes_max = 1});
    cr_assert(decoded_clean(&decoded), "%s", recorded_codes(decoded.container));
    cr_assert_eq(decoded.size, (uint64_t)4100 << 20);
    decoded_finish(&decoded);
    buf_finish(&packed);
}
