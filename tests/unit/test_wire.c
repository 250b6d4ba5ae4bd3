/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "engine/wire.h"

/* An item with all fields set and facts of two kinds. The set is the caller's to finish. */
static struct item
sample_item(void)
{
    struct item item = {
        .ordinal = 7,
        .depth = 2,
        .head = {.kind = ITEM_FILE,
                 .parent = 3,
                 .flags = ITEM_TEXT | ITEM_PARTIAL,
                 .path = bytes_of("a.zip!/b\n.txt"),
                 .name_offset = 7,
                 .size_declared = 99,
                 .mtime = -5,
                 .format = "tar"},
        .size = 12345678901,
        .type = "text/plain",
        .encoding = "UTF-8",
        .facts = {.nsamples_max = 2},
    };
    memset(item.fingerprint.sha256, 0xab, SHA256_SIZE);
    memset(item.fingerprint.xxh3, 0xcd, XXH3_SIZE);
    struct fact facts[] = {
        {.kind = FACT_DEFECT, .code = "archive.truncated", .evidence = bytes_of("cut")},
        {.kind = FACT_FINDING, .level = 4, .score = -321, .code = "email", .offset = 1, .length = 2, .row = 3,
         .evidence = bytes_of("a***")},
        {.kind = FACT_FINDING, .level = 4, .score = 12, .code = "email", .offset = 9, .count = 5},
    };
    for (size_t i = 0; i < 3; i++)
        cr_assert_eq(fact_set_add(&item.facts, &facts[i]), PROV_OK);
    return item;
}

static struct bytes
only_frame(const struct buf *out)
{
    struct bytes frame;
    size_t taken;
    cr_assert_eq(wire_next_frame(buf_bytes(out), &frame, &taken), PROV_OK);
    cr_assert_eq(taken, out->size);
    return frame;
}

Test(wire, carries_an_item_whole)
{
    struct item item = sample_item();
    struct buf out = {0};
    struct arena arena = {0};
    struct wire_message message;
    cr_assert_eq(wire_put_item(&out, 42, &item), PROV_OK);
    cr_assert_eq(wire_decode(only_frame(&out), &arena, &message), PROV_OK);
    const struct item *got = &message.item;
    cr_assert_eq(message.unit_id, 42);
    cr_assert_eq(got->ordinal, 7);
    cr_assert_eq(got->depth, 2);
    cr_assert_eq(got->head.parent, 3);
    cr_assert_eq(got->head.flags, ITEM_TEXT | ITEM_PARTIAL);
    cr_assert(bytes_equal(got->head.path, item.head.path));
    cr_assert_eq(got->head.name_offset, 7);
    cr_assert_eq(got->head.size_declared, 99);
    cr_assert_eq(got->head.mtime, -5);
    cr_assert_eq(got->size, 12345678901);
    cr_assert_str_eq(got->type, "text/plain");
    cr_assert_str_eq(got->encoding, "UTF-8");
    cr_assert_str_eq(got->head.format, "tar");
    cr_assert_eq(memcmp(&got->fingerprint, &item.fingerprint, sizeof item.fingerprint), 0);
    cr_assert_eq(got->facts.nentries, 2);
    cr_assert_eq(got->facts.entries[1].count, 6);
    cr_assert_eq(got->facts.entries[1].score, 12);
    cr_assert_eq(got->facts.entries[1].nsamples, 2);
    cr_assert_eq(got->facts.entries[1].samples[0].row, 3);
    cr_assert_eq(got->facts.entries[1].samples[0].score, -321);
    cr_assert(bytes_equal(got->facts.entries[1].samples[0].evidence, bytes_of("a***")));
    arena_finish(&arena);
    buf_finish(&out);
    fact_set_finish(&item.facts);
}

Test(wire, refuses_every_truncation_of_an_item)
{
    struct item item = sample_item();
    struct buf out = {0};
    cr_assert_eq(wire_put_item(&out, 42, &item), PROV_OK);
    struct bytes frame = only_frame(&out);
    for (size_t size = 0; size < frame.size; size++) {
        /* An exact copy: reading past its end is seen by AddressSanitizer. */
        uint8_t *copy = malloc(size ? size : 1);
        struct arena arena = {0};
        struct wire_message message;
        memcpy(copy, frame.data, size);
        cr_assert_eq(wire_decode((struct bytes){.data = copy, .size = size}, &arena, &message), PROV_E_PROTOCOL,
                     "cut at %zu", size);
        arena_finish(&arena);
        free(copy);
    }
    buf_finish(&out);
    fact_set_finish(&item.facts);
}

Test(wire, survives_every_byte_changed)
{
    struct item item = sample_item();
    struct buf out = {0};
    cr_assert_eq(wire_put_item(&out, 42, &item), PROV_OK);
    struct bytes frame = only_frame(&out);
    uint8_t *copy = malloc(frame.size);
    for (size_t at = 0; at < frame.size; at++)
        for (int change = 1; change < 256; change <<= 1) {
            struct arena arena = {0};
            struct wire_message message;
            memcpy(copy, frame.data, frame.size);
            copy[at] = (uint8_t)(copy[at] ^ change);
            int status = wire_decode((struct bytes){.data = copy, .size = frame.size}, &arena, &message);
            cr_assert(status == PROV_OK || status == PROV_E_PROTOCOL);
            arena_finish(&arena);
        }
    free(copy);
    buf_finish(&out);
    fact_set_finish(&item.facts);
}

Test(wire, carries_units_with_their_poison)
{
    struct wire_unit unit = {.id = 5,
                             .name = bytes_of("x.tar"),
                             .stamp = {.size = 1, .device = 2, .inode = 3, .mtime_ns = -4, .ctime_ns = 5, .blocks_bytes = 6},
                             .poison = {{.ordinal = 9, .defect = DEFECT_PARSER_CRASH}},
                             .npoison = 1};
    struct buf out = {0};
    struct wire_unit got;
    cr_assert_eq(wire_put_unit(&out, &unit), PROV_OK);
    struct bytes frame = only_frame(&out);
    cr_assert_eq(wire_decode_unit(frame, &got), PROV_OK);
    cr_assert_eq(got.id, 5);
    cr_assert(bytes_equal(got.name, unit.name));
    cr_assert_eq(memcmp(&got.stamp, &unit.stamp, sizeof unit.stamp), 0);
    cr_assert_eq(got.npoison, 1);
    cr_assert_eq(got.poison[0].ordinal, 9);
    cr_assert_eq(got.poison[0].defect, DEFECT_PARSER_CRASH);
    for (size_t size = 0; size < frame.size; size++)
        cr_assert_eq(wire_decode_unit((struct bytes){.data = frame.data, .size = size}, &got), PROV_E_PROTOCOL);
    buf_finish(&out);
}

Test(wire, refuses_impossible_frame_sizes)
{
    struct bytes frame;
    size_t taken;
    uint32_t sizes[] = {0, LIMIT_MESSAGE_BYTES + 1, UINT32_MAX};
    for (size_t i = 0; i < 3; i++) {
        struct bytes data = {.data = (const uint8_t *)&sizes[i], .size = 4};
        cr_assert_eq(wire_next_frame(data, &frame, &taken), PROV_E_PROTOCOL);
    }
    uint8_t partial[6] = {10, 0, 0, 0, 1, 2};
    cr_assert_eq(wire_next_frame((struct bytes){.data = partial, .size = 6}, &frame, &taken), PROV_OK);
    cr_assert_eq(taken, 0);
}
