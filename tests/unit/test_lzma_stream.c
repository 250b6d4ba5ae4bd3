/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is peculiar to .xz, .lzma and .lz: checks, blocks, index, padding, memory. What holds for every codec
 * is in test_codec.c.
 */
#include <criterion/criterion.h>

#include "decode_bytes.h"
#include "tool_output.h"

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
expect(enum codec codec, struct bytes packed, enum defect defect, size_t size)
{
    static const size_t blocks[] = {SIZE_MAX, 11, 1};
    for (size_t i = 0; i < 3; i++) {
        struct decoded decoded;
        decode_with(&decoded, codec, packed, &(struct decode_options){.block_bytes = blocks[i]});
        if (defect == DEFECT_COUNT)
            cr_assert(decoded_clean(&decoded), "%s", recorded_codes(decoded.container));
        else
            cr_assert(recorded_has(decoded.container, defect), "not %s but %s", defect_code(defect),
                      recorded_codes(decoded.container));
        cr_assert_eq(decoded.size, size, "%zu", (size_t)decoded.size);
        decoded_finish(&decoded);
    }
}

/** Where the check of the first block starts, by the layout that `xz --robot --list` prints. */
static size_t
first_check(struct bytes packed)
{
    struct buf list = tool_output("cat > check.$$.xz; xz --robot --list -vv check.$$.xz | awk '$1 == "
                                  "\"block\" && $3 == 1 {print $5, $7, $13}'; "
                                  "rm check.$$.xz",
                                  packed);
    unsigned long start, total;
    cr_assert_eq(sscanf(buf_text(&list), "%lu %lu", &start, &total), 2, "%s", buf_text(&list));
    buf_finish(&list);
    return start + total - 4;
}

Test(lzma_stream, passes_on_a_block_whose_check_does_not_hold_and_reads_on)
{
    struct buf plain = lines(50000);
    struct buf packed = tool_output("xz -0c --check=crc32 --block-size=10000", buf_bytes(&plain));
    size_t check = first_check(buf_bytes(&packed));
    for (size_t byte = 0; byte < 4; byte++) {
        packed.data[check + byte] ^= 1;
        expect(CODEC_XZ, buf_bytes(&packed), DEFECT_ARCHIVE_CHECKSUM_MISMATCH, plain.size);
        packed.data[check + byte] ^= 1;
    }
    /* One byte earlier is data, or its padding: what follows is not read. */
    packed.data[check - 1] ^= 1;
    struct decoded decoded;
    decode(&decoded, CODEC_XZ, buf_bytes(&packed));
    cr_assert(recorded_has(decoded.container, DEFECT_ARCHIVE_CORRUPT), "%s",
              recorded_codes(decoded.container));
    cr_assert_leq(decoded.size, 10000);
    decoded_finish(&decoded);
    buf_finish(&packed);
    buf_finish(&plain);
}

Test(lzma_stream, says_that_a_check_is_of_an_unknown_kind)
{
    /* Check 2 of four bytes, which the format reserves: flags, and with them two CRC32, have to be rewritten.
     */
    static const char rewrite[] = "python3 -c '\n"
                                  "import sys, zlib\n"
                                  "d = bytearray(sys.stdin.buffer.read())\n"
                                  "crc = lambda b: zlib.crc32(b).to_bytes(4, \"little\")\n"
                                  "d[7] = 2; d[8:12] = crc(d[6:8])\n"
                                  "d[-3] = 2; d[-12:-8] = crc(d[-8:-2])\n"
                                  "sys.stdout.buffer.write(d)'";
    struct buf plain = lines(1000);
    struct buf packed = tool_output("xz -0c --check=crc32", buf_bytes(&plain));
    struct buf other = tool_output(rewrite, buf_bytes(&packed));
    expect(CODEC_XZ, buf_bytes(&other), DEFECT_ARCHIVE_UNSUPPORTED, plain.size);
    buf_finish(&other);
    buf_finish(&packed);
    buf_finish(&plain);
}

Test(lzma_stream, compares_index_and_footer_with_the_blocks)
{
    struct buf plain = lines(1000);
    struct buf packed = tool_output("xz -0c --block-size=100", buf_bytes(&plain));
    /* The last 12 bytes are the footer, the 4 before them the CRC32 of the index. */
    for (size_t from_end = 1; from_end <= 20; from_end++) {
        packed.data[packed.size - from_end] ^= 4;
        struct decoded decoded;
        decode(&decoded, CODEC_XZ, buf_bytes(&packed));
        cr_assert(decoded.container->ndefects > 0);
        cr_assert_eq(decoded.size, plain.size, "all data is before that");
        decoded_finish(&decoded);
        packed.data[packed.size - from_end] ^= 4;
    }
    buf_finish(&packed);
    buf_finish(&plain);
}

Test(lzma_stream, takes_padding_in_fours)
{
    struct buf plain = lines(1000);
    struct buf packed = tool_output("xz -0c", buf_bytes(&plain));
    for (size_t padding = 0; padding <= 12; padding++) {
        struct buf two = {0};
        cr_assert_eq(buf_append(&two, packed.data, packed.size), PROV_OK);
        for (size_t i = 0; i < padding; i++)
            cr_assert_eq(buf_append_byte(&two, 0), PROV_OK);
        cr_assert_eq(buf_append(&two, packed.data, packed.size), PROV_OK);
        bool whole = padding % 4 == 0;
        expect(CODEC_XZ, buf_bytes(&two), whole ? DEFECT_COUNT : DEFECT_ARCHIVE_TRAILING_DATA,
               whole ? 2 * plain.size : plain.size);
        cr_assert_eq(tool_run("xz -t", buf_bytes(&two), NULL) == 0, whole, "xz does the same");
        buf_finish(&two);
    }
    buf_finish(&packed);
    buf_finish(&plain);
}

Test(lzma_stream, refuses_dictionaries_beyond_the_limit_before_they_are_made)
{
    struct buf plain = lines(1000);
    static const struct {
        enum codec codec;
        const char *command;
    } large[] = {
        {CODEC_XZ, "xz -c --lzma2=preset=0,dict=1536MiB"},
        {CODEC_LZMA, "xz -c --format=lzma --lzma1=preset=0,dict=1536MiB"},
        {CODEC_LZIP, "python3 " SOURCE_DIR "/tests/unit/lzip_pack.py"},
    };
    for (size_t i = 0; i < 3; i++) {
        /* Encoding with such a dictionary takes 16 GiB: make it with a small one, and rewrite the size. */
        char command[400];
        (void)snprintf(command, sizeof command, "%s",
                       i == 0   ? "xz -0c --check=none"
                       : i == 1 ? "xz -0c --format=lzma"
                                : large[i].command);
        struct buf packed = tool_output(command, buf_bytes(&plain));
        if (i == 1)
            memcpy(packed.data + 1, "\xff\xff\xff\xff", 4);
        if (i == 2)
            packed.data[5] = 29;
        if (i == 0) {
            struct buf other =
                tool_output("python3 -c '\n"
                            "import sys, zlib\n"
                            "d = bytearray(sys.stdin.buffer.read())\n"
                            "n = (d[12] + 1) * 4\n"
                            "d[16] = 40\n" /* 4 GiB - 1 */
                            "d[12+n-4:12+n] = zlib.crc32(d[12:12+n-4]).to_bytes(4, \"little\")\n"
                            "sys.stdout.buffer.write(d)'",
                            buf_bytes(&packed));
            buf_finish(&packed);
            packed = other;
        }
        cr_assert_eq(codec_detect(buf_bytes(&packed)), large[i].codec);
        expect(large[i].codec, buf_bytes(&packed), DEFECT_LIMIT_MEMORY, 0);
        buf_finish(&packed);
    }
    buf_finish(&plain);
}

Test(lzma_stream, opens_what_xz_makes_with_any_preset_and_filter)
{
    static const char *const commands[] = {
        "xz -c -6",
        "xz -c -9",
        "xz -c -6e",
        "xz -c -T2 --block-size=100000",
        "xz -c --x86 --lzma2",
        "xz -c --arm --lzma2=pb=0",
        "xz -c --delta=dist=4 --lzma2=lc=0,lp=2",
        "xz -c -6 --format=lzma",
        "xz -c --format=lzma --lzma1=lc=1,lp=3,pb=0",
    };
    struct buf plain = lines(400000);
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        struct buf packed = tool_output(commands[i], buf_bytes(&plain));
        enum codec codec = codec_detect(buf_bytes(&packed));
        cr_assert_eq(codec, strstr(commands[i], "format") ? CODEC_LZMA : CODEC_XZ, "%s: %s", commands[i],
                     codec_name(codec));
        struct decoded decoded;
        decode(&decoded, codec, buf_bytes(&packed));
        cr_assert(decoded_clean(&decoded), "%s: %s", commands[i], recorded_codes(decoded.container));
        cr_assert(decoded_equals(&decoded, buf_bytes(&plain)), "%s", commands[i]);
        decoded_finish(&decoded);
        buf_finish(&packed);
    }
    buf_finish(&plain);
}

Test(lzma_stream, opens_lzma_that_gives_its_size_instead_of_an_end_mark)
{
    struct buf plain = lines(3000);
    struct buf packed = tool_output("python3 -c '\n"
                                    "import sys, lzma, struct\n"
                                    "d = sys.stdin.buffer.read()\n"
                                    "p = bytearray(lzma.compress(d, format=lzma.FORMAT_ALONE))\n"
                                    "p[5:13] = struct.pack(\"<Q\", len(d))\n"
                                    "sys.stdout.buffer.write(p)'",
                                    buf_bytes(&plain));
    cr_assert_eq(codec_detect(buf_bytes(&packed)), CODEC_LZMA);
    /* With the end mark cut into single bytes liblzma 5.4.1 takes this for damaged: whole blocks only. */
    struct decoded decoded;
    decode(&decoded, CODEC_LZMA, buf_bytes(&packed));
    cr_assert(decoded_clean(&decoded), "%s", recorded_codes(decoded.container));
    cr_assert(decoded_equals(&decoded, buf_bytes(&plain)));
    decoded_finish(&decoded);
    packed.data[5]++; /* one byte more than there is */
    decode(&decoded, CODEC_LZMA, buf_bytes(&packed));
    cr_assert(decoded.container->ndefects > 0);
    cr_assert_eq(memcmp(decoded.data.data, plain.data, plain.size), 0);
    decoded_finish(&decoded);
    buf_finish(&packed);
    buf_finish(&plain);
}

Test(lzma_stream, tells_text_that_begins_like_lzip_from_a_member)
{
    struct buf plain = lines(100);
    struct buf packed = tool_output("python3 " SOURCE_DIR "/tests/unit/lzip_pack.py", buf_bytes(&plain));
    cr_assert_eq(buf_append_text(&packed, "LZIP is what this was packed by"), PROV_OK);
    expect(CODEC_LZIP, buf_bytes(&packed), DEFECT_ARCHIVE_TRAILING_DATA, plain.size);
    buf_finish(&packed);
    buf_finish(&plain);
}
