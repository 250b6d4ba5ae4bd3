/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The streams come from the zstd program where that is possible, and go to it: our encoder and our decoder
 * agreeing with one another proves little.
 */
#include <criterion/criterion.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/status.h"
#include "base/zstd.h"

/* Text that compresses, but not to nothing. */
static struct buf
text_of(size_t size)
{
    struct buf text = {0};
    uint32_t state = 12345;
    while (text.size < size) {
        state = state * 1103515245u + 12345u;
        cr_assert_eq(buf_printf(&text, "%u the quick brown fox %u\n", state >> 20, (state >> 8) & 7),
                     PROV_OK);
    }
    text.size = size;
    return text;
}

/* What a program makes of input. */
static struct buf
run_program(const char *command, struct bytes input)
{
    char in_path[] = "/tmp/test_zstd.XXXXXX";
    int fd = mkstemp(in_path);
    cr_assert(fd >= 0);
    FILE *file = fdopen(fd, "wb");
    cr_assert_not_null(file);
    cr_assert(input.size == 0 || fwrite(input.data, 1, input.size, file) == input.size);
    cr_assert_eq(fclose(file), 0);
    char line[256];
    (void)snprintf(line, sizeof line, "%s < %s", command, in_path);
    FILE *pipe = popen(line, "r");
    cr_assert_not_null(pipe);
    struct buf output = {0};
    char block[4096];
    size_t size;
    while ((size = fread(block, 1, sizeof block, pipe)) > 0)
        cr_assert_eq(buf_append(&output, block, size), PROV_OK);
    cr_assert_eq(pclose(pipe), 0, "%s", line);
    cr_assert_eq(remove(in_path), 0);
    return output;
}

/* Decode all frames, fed in pieces of in_step bytes into outputs of out_step; adds to output. */
static enum zstd_result
decode_all(struct zstd_decoder *decoder, struct bytes in, size_t in_step, size_t out_step, struct buf *output,
           size_t *nframes, bool *complete)
{
    uint8_t *block = malloc(out_step);
    cr_assert_not_null(block);
    size_t at = 0;
    enum zstd_result result = ZSTD_RESULT_OK;
    *nframes = 0;
    *complete = true;
    for (;;) {
        size_t piece = in.size - at < in_step ? in.size - at : in_step;
        struct zstd_step step;
        result = zstd_decode(decoder, in.data + at, piece, block, out_step, &step);
        cr_assert(step.consumed <= piece && step.produced <= out_step);
        cr_assert_eq(buf_append(output, block, step.produced), PROV_OK);
        at += step.consumed;
        *nframes += step.frame_ended;
        if (step.consumed || step.produced)
            *complete = step.frame_ended;
        if (result != ZSTD_RESULT_OK || (!step.consumed && !step.produced && at == in.size))
            break;
    }
    free(block);
    return result;
}

Test(zstd, decodes_what_the_program_made_however_it_is_cut)
{
    struct buf text = text_of(300000);
    struct buf packed = run_program("zstd -q -c", buf_bytes(&text));
    static const size_t steps[][2] = {{1, 1 << 17}, {7, 13}, {1 << 20, 1}, {1 << 20, 1 << 20}, {1000, 4096}};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct zstd_decoder *decoder = zstd_decoder_create(128 << 20);
        struct buf output = {0};
        size_t nframes;
        bool complete;
        cr_assert_eq(
            decode_all(decoder, buf_bytes(&packed), steps[i][0], steps[i][1], &output, &nframes, &complete),
            ZSTD_RESULT_OK);
        cr_assert(complete);
        cr_assert_eq(nframes, 1);
        cr_assert(bytes_equal(buf_bytes(&output), buf_bytes(&text)));
        buf_finish(&output);
        zstd_decoder_destroy(decoder);
    }
    buf_finish(&packed);
    buf_finish(&text);
}

Test(zstd, tells_where_each_frame_ends_and_what_kind_it_is)
{
    static const uint8_t skippable[] = {0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 'a', 'b', 'c'};
    struct buf text = text_of(1000), all = {0};
    struct buf packed = run_program("zstd -q -c", buf_bytes(&text));
    struct buf empty = run_program("zstd -q -c", (struct bytes){0});
    cr_assert_eq(buf_append(&all, packed.data, packed.size), PROV_OK);
    cr_assert_eq(buf_append(&all, skippable, sizeof skippable), PROV_OK);
    cr_assert_eq(buf_append(&all, empty.data, empty.size), PROV_OK);
    cr_assert_eq(buf_append(&all, packed.data, packed.size), PROV_OK);
    size_t ends[] = {packed.size, sizeof skippable, empty.size, packed.size};
    int kinds[] = {0, 1, 0, 0};
    struct zstd_decoder *decoder = zstd_decoder_create(1 << 23);
    uint8_t block[2048];
    size_t at = 0;
    for (size_t i = 0; i < 4; i++) {
        struct zstd_step step = {0};
        size_t size = 0;
        cr_assert_eq(zstd_frame_kind(all.data + at, all.size - at), kinds[i]);
        while (!step.frame_ended) {
            cr_assert_eq(
                zstd_decode(decoder, all.data + at + size, all.size - at - size, block, sizeof block, &step),
                ZSTD_RESULT_OK);
            cr_assert(step.consumed || step.produced || step.frame_ended);
            size += step.consumed;
        }
        cr_assert_eq(size, ends[i], "frame %zu", i);
        at += size;
    }
    cr_assert_eq(at, all.size);
    cr_assert_eq(zstd_frame_kind((const uint8_t *)"\x28\xb5\x2f", 3), -1);
    cr_assert_eq(zstd_frame_kind((const uint8_t *)"\x27\xb5\x2f\xfd", 4), -1,
                 "old formats are not zstd to us");
    zstd_decoder_destroy(decoder);
    buf_finish(&all);
    buf_finish(&empty);
    buf_finish(&packed);
    buf_finish(&text);
}

Test(zstd, refuses_a_window_beyond_the_limit_and_tells_its_size)
{
    struct buf text = text_of(100000);
    struct buf packed = run_program("zstd -q -c --long=27", buf_bytes(&text)); /* size not known: a window */
    struct buf single = run_program("zstd -q -c --no-check --stream-size=100000", buf_bytes(&text));
    struct zstd_decoder *decoder = zstd_decoder_create(1 << 26);
    struct buf output = {0};
    size_t nframes;
    bool complete;
    cr_assert_eq(decode_all(decoder, buf_bytes(&packed), 1 << 20, 1 << 17, &output, &nframes, &complete),
                 ZSTD_RESULT_WINDOW);
    cr_assert_eq(zstd_decoder_window(decoder), 1 << 27);
    zstd_decoder_reset(decoder);
    cr_assert_eq(zstd_decoder_window(decoder), 0);
    cr_assert_eq(decode_all(decoder, buf_bytes(&single), 3, 1 << 17, &output, &nframes, &complete),
                 ZSTD_RESULT_OK);
    cr_assert_eq(zstd_decoder_window(decoder), 100000, "of a single segment the window is the content");
    zstd_decoder_destroy(decoder);
    /* 2^41, more than any zstd can do */
    static const uint8_t huge[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0};
    decoder = zstd_decoder_create(UINT64_MAX);
    cr_assert_eq(
        decode_all(decoder, (struct bytes){huge, sizeof huge}, 100, 100, &output, &nframes, &complete),
        ZSTD_RESULT_WINDOW);
    cr_assert_eq(zstd_decoder_window(decoder), (uint64_t)1 << 41);
    zstd_decoder_destroy(decoder);
    buf_finish(&output);
    buf_finish(&single);
    buf_finish(&packed);
    buf_finish(&text);
}

Test(zstd, tells_a_wrong_checksum_from_other_damage)
{
    struct buf text = text_of(5000);
    struct buf packed = run_program("zstd -q -c --check", buf_bytes(&text));
    struct zstd_decoder *decoder = zstd_decoder_create(1 << 24);
    size_t nframes;
    bool complete;
    for (size_t i = 0; i < packed.size; i++)
        for (unsigned bit = 0; bit < 8; bit++) {
            struct buf output = {0};
            packed.data[i] ^= (uint8_t)(1 << bit);
            zstd_decoder_reset(decoder);
            enum zstd_result result =
                decode_all(decoder, buf_bytes(&packed), 1 << 20, 1 << 17, &output, &nframes, &complete);
            bool same = complete && bytes_equal(buf_bytes(&output), buf_bytes(&text));
            cr_assert(result != ZSTD_RESULT_OK || same || !complete, "byte %zu bit %u passed", i, bit);
            if (i >= packed.size - 4)
                cr_assert_eq(result, ZSTD_RESULT_CHECKSUM);
            packed.data[i] ^= (uint8_t)(1 << bit);
            buf_finish(&output);
        }
    zstd_decoder_destroy(decoder);
    buf_finish(&packed);
    buf_finish(&text);
}

Test(zstd, never_calls_a_cut_frame_complete)
{
    struct buf text = text_of(3000);
    struct buf packed = run_program("zstd -q -c", buf_bytes(&text));
    struct zstd_decoder *decoder = zstd_decoder_create(1 << 24);
    for (size_t size = 1; size < packed.size; size++) {
        struct buf output = {0};
        size_t nframes;
        bool complete;
        zstd_decoder_reset(decoder);
        cr_assert_eq(
            decode_all(decoder, (struct bytes){packed.data, size}, 11, 1 << 17, &output, &nframes, &complete),
            ZSTD_RESULT_OK);
        cr_assert_not(complete, "cut at %zu", size);
        cr_assert_eq(nframes, 0);
        buf_finish(&output);
    }
    zstd_decoder_destroy(decoder);
    buf_finish(&packed);
    buf_finish(&text);
}

Test(zstd, refuses_every_other_first_byte)
{
    struct zstd_decoder *decoder = zstd_decoder_create(1 << 24);
    for (unsigned first = 0; first < 256; first++) {
        uint8_t in[] = {(uint8_t)first, 0xb5, 0x2f, 0xfd, 0, 0, 0, 0}, out[16];
        struct zstd_step step;
        zstd_decoder_reset(decoder);
        enum zstd_result result = zstd_decode(decoder, in, sizeof in, out, sizeof out, &step);
        cr_assert(first == 0x28 || result == ZSTD_RESULT_CORRUPT, "%02x", first);
    }
    zstd_decoder_destroy(decoder);
}

Test(zstd, names_a_missing_dictionary)
{
    static const uint8_t in[] = {0x28, 0xb5, 0x2f, 0xfd, 0x01, 0x50, 0x77, 0x01, 0x00, 0x00};
    struct zstd_decoder *decoder = zstd_decoder_create(1 << 24);
    uint8_t out[16];
    struct zstd_step step;
    cr_assert_eq(zstd_decode(decoder, in, sizeof in, out, sizeof out, &step), ZSTD_RESULT_DICTIONARY);
    zstd_decoder_destroy(decoder);
}

static struct buf
encoded(struct bytes text, size_t in_step, size_t out_step, bool aside)
{
    struct zstd_encoder *encoder = zstd_encoder_create(6, aside);
    uint8_t *block = malloc(out_step);
    cr_assert(encoder && block);
    struct buf output = {0};
    struct zstd_step step = {0};
    size_t at = 0;
    while (!step.frame_ended) {
        size_t piece = text.size - at < in_step ? text.size - at : in_step;
        cr_assert_eq(zstd_encode(encoder, (struct bytes){text.data + at, piece}, at + piece == text.size,
                                 block, out_step, &step),
                     ZSTD_RESULT_OK);
        at += step.consumed;
        cr_assert_eq(buf_append(&output, block, step.produced), PROV_OK);
    }
    cr_assert_eq(at, text.size);
    free(block);
    zstd_encoder_destroy(encoder);
    return output;
}

Test(zstd, encodes_the_same_bytes_however_they_are_cut)
{
    static const size_t sizes[] = {0, 1, 1000, 131072, 700000, 20000000};
    for (size_t i = 0; i < 2 * sizeof sizes / sizeof sizes[0]; i++) {
        bool aside = i % 2;
        struct buf text = text_of(sizes[i / 2]);
        struct buf whole = encoded(buf_bytes(&text), SIZE_MAX, 1 << 20, aside);
        struct buf pieces = encoded(buf_bytes(&text), 997, 100, aside);
        cr_assert(bytes_equal(buf_bytes(&whole), buf_bytes(&pieces)), "size %zu", sizes[i / 2]);
        struct buf back = run_program("zstd -q -d -c", buf_bytes(&whole));
        cr_assert(bytes_equal(buf_bytes(&back), buf_bytes(&text)));
        buf_finish(&back);
        buf_finish(&pieces);
        buf_finish(&whole);
        buf_finish(&text);
    }
}
