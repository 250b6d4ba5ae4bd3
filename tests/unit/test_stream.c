/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "decode_bytes.h"

static struct buf
counted(size_t size)
{
    struct buf buf = {0};
    cr_assert_eq(buf_reserve(&buf, size), PROV_OK);
    for (size_t i = 0; i < size; i++)
        buf.data[i] = (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16));
    buf.size = size;
    return buf;
}

/** A small generator with a seed: the same calls every time. */
static uint32_t
next_random(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

Test(stream, shows_the_same_bytes_whatever_the_blocks_and_the_calls)
{
    struct buf bytes = counted(200000);
    for (uint32_t seed = 1; seed <= 200; seed++) {
        uint32_t state = seed;
        struct memory_stream *memory = memory_stream_open(buf_bytes(&bytes), 1 + next_random(&state) % 5000);
        struct stream *stream = &memory->stream;
        size_t position = 0;
        while (position < bytes.size) {
            size_t left = bytes.size - position;
            size_t wanted = next_random(&state) % 9000;
            struct bytes head = {0};
            if (next_random(&state) % 3 == 0) {
                cr_assert_eq(stream_next(stream, &head), PROV_OK);
                cr_assert_gt(head.size, 0);
                cr_assert_eq(memcmp(head.data, bytes.data + position, head.size), 0);
                position += head.size;
            } else {
                cr_assert_eq(stream_peek(stream, wanted, &head), PROV_OK);
                cr_assert(head.size >= wanted || head.size == left);
                cr_assert(head.size == 0 || memcmp(head.data, bytes.data + position, head.size) == 0);
                size_t taken = head.size ? next_random(&state) % (head.size + 1) : 0;
                stream_take(stream, taken);
                position += taken;
            }
            cr_assert_eq(stream->offset, position);
        }
        struct bytes head;
        for (int again = 0; again < 2; again++) {
            cr_assert_eq(stream_peek(stream, 1, &head), PROV_OK);
            cr_assert_eq(head.size, 0);
            cr_assert_eq(stream_next(stream, &head), PROV_OK);
            cr_assert_eq(head.size, 0);
        }
        stream_close(stream);
    }
    buf_finish(&bytes);
}

Test(stream, copies_nothing_while_one_block_is_enough)
{
    struct buf bytes = counted(10000);
    struct memory_stream *memory = memory_stream_open(buf_bytes(&bytes), 1000);
    struct bytes head;
    for (int i = 0; i < 10; i++) {
        cr_assert_eq(stream_peek(&memory->stream, 500, &head), PROV_OK);
        cr_assert_eq(head.data, memory->block);
        stream_take(&memory->stream, 500);
        cr_assert_eq(stream_next(&memory->stream, &head), PROV_OK);
        cr_assert_eq(head.data, memory->block + 500);
    }
    cr_assert_null(memory->stream.joined.data);
    stream_close(&memory->stream);
    buf_finish(&bytes);
}

Test(stream, does_not_keep_a_large_window_for_ever)
{
    struct buf bytes = counted(4 << 20);
    struct memory_stream *memory = memory_stream_open(buf_bytes(&bytes), 4096);
    struct stream *stream = &memory->stream;
    struct bytes head;
    cr_assert_eq(stream_peek(stream, 2 << 20, &head), PROV_OK);
    cr_assert_geq(head.size, 2 << 20);
    while (stream->offset < 3 << 20)
        cr_assert_eq(stream_next(stream, &head), PROV_OK);
    cr_assert_leq(stream->joined.capacity, 1 << 20);
    /* Nor does it grow when little is taken and much is looked at, again and again. */
    while (stream->offset < (3 << 20) + 500000) {
        cr_assert_eq(stream_peek(stream, 60000, &head), PROV_OK);
        stream_take(stream, 1000);
        cr_assert_leq(stream->joined.capacity, 512 << 10);
    }
    stream_close(stream);
    buf_finish(&bytes);
}

Test(stream, gives_all_good_bytes_before_a_fault)
{
    struct buf bytes = counted(5000);
    for (size_t fail_at = 1; fail_at < 5000; fail_at += 97) {
        struct memory_stream *memory = memory_stream_open(buf_bytes(&bytes), 300);
        memory->fail_at = fail_at;
        struct bytes head;
        /* A peek beyond the fault shows what there is; the fault comes when that is used up, and stays. */
        cr_assert_eq(stream_peek(&memory->stream, 5000, &head), PROV_OK);
        cr_assert_eq(head.size, fail_at);
        cr_assert_eq(memcmp(head.data, bytes.data, fail_at), 0);
        stream_take(&memory->stream, fail_at);
        for (int again = 0; again < 2; again++) {
            cr_assert_eq(stream_peek(&memory->stream, 1, &head), PROV_E_DATA);
            cr_assert_eq(stream_next(&memory->stream, &head), PROV_E_DATA);
            cr_assert_eq(stream_drain(&memory->stream), PROV_E_DATA);
        }
        cr_assert_eq(memory->stream.offset, fail_at);
        stream_close(&memory->stream);
    }
    buf_finish(&bytes);
}

Test(stream, stops_at_once_when_the_unit_is_to_end)
{
    struct buf bytes = counted(5000);
    struct memory_stream *memory = memory_stream_open(buf_bytes(&bytes), 300);
    memory->fail_at = 1000;
    memory->fail_status = PROV_E_INTERRUPTED;
    struct bytes head;
    cr_assert_eq(stream_peek(&memory->stream, 900, &head), PROV_OK);
    cr_assert_eq(stream_peek(&memory->stream, 2000, &head), PROV_E_INTERRUPTED);
    cr_assert_eq(stream_next(&memory->stream, &head), PROV_E_INTERRUPTED);
    stream_close(&memory->stream);
    buf_finish(&bytes);
}

Test(stream, drains_to_the_end)
{
    struct buf bytes = counted(5000);
    struct memory_stream *memory = memory_stream_open(buf_bytes(&bytes), 300);
    cr_assert_eq(stream_drain(&memory->stream), PROV_OK);
    cr_assert_eq(memory->stream.offset, 5000);
    cr_assert_eq(stream_drain(&memory->stream), PROV_OK);
    stream_close(&memory->stream);
    stream_close(NULL);
    buf_finish(&bytes);
}

struct account {
    struct recording_sink recording;
    struct recorded_item *item;
    struct limits limits;
    uint64_t progress;
    struct reading reading;
};

static void
account_init(struct account *account)
{
    *account = (struct account){.limits = LIMITS_DEFAULT};
    recording_sink_init(&account->recording);
    account->item = recording_start(&account->recording, "", ITEM_NO_PARENT);
    account->reading = (struct reading){
        .sink = &account->recording.sink, .limits = &account->limits, .progress = &account->progress};
}

static int
expand(struct account *account, struct expansion *expansion, size_t *size)
{
    return reading_expand(&account->reading, &account->item->item, expansion, size);
}

Test(stream, cuts_what_comes_out_at_the_limit_of_the_unit)
{
    struct account account;
    account_init(&account);
    account.limits.expanded_bytes_unit = 1000;
    struct expansion first = {.in = 100}, second = {.in = 100};
    size_t size = 600;
    cr_assert_eq(expand(&account, &first, &size), PROV_OK);
    cr_assert_eq(size, 600);
    size = 400;
    cr_assert_eq(expand(&account, &second, &size), PROV_OK, "up to the limit is no fault");
    size = 1;
    cr_assert_eq(expand(&account, &first, &size), PROV_E_DATA);
    cr_assert_eq(size, 0);
    size = 5;
    cr_assert_eq(expand(&account, &second, &size), PROV_E_DATA, "each stream says so");
    cr_assert_eq(account.reading.expanded_bytes, 1000);
    cr_assert_eq(account.progress, 1000);
    cr_assert_eq(account.item->ndefects, 2);
    cr_assert_eq(account.item->defects[0].defect, DEFECT_LIMIT_EXPANDED_BYTES);
    recording_sink_finish(&account.recording);
}

Test(stream, judges_the_ratio_above_the_floor_only)
{
    struct account account;
    account_init(&account);
    account.limits.ratio = 10;
    account.limits.ratio_floor_bytes = 1000;
    struct expansion expansion = {.in = 1};
    size_t size = 1000;
    cr_assert_eq(expand(&account, &expansion, &size), PROV_OK);
    expansion.in = 100;
    size = 1;
    cr_assert_eq(expand(&account, &expansion, &size), PROV_OK, "1001 of 100 are 10 to 1");
    expansion.in = 99;
    cr_assert_eq(expand(&account, &expansion, &size), PROV_E_DATA);
    cr_assert(recorded_has(account.item, DEFECT_LIMIT_RATIO));
    cr_assert_eq(size, 1, "what came out is kept");

    account.limits.ratio = 0;
    expansion.in = 0;
    cr_assert_eq(expand(&account, &expansion, &size), PROV_OK, "0 is no bound");
    account.limits.ratio = UINT64_MAX;
    cr_assert_eq(expand(&account, &expansion, &size), PROV_OK);
    account.limits.ratio = 1;
    expansion.in = UINT64_MAX;
    cr_assert_eq(expand(&account, &expansion, &size), PROV_OK, "not known how much went in");
    recording_sink_finish(&account.recording);
}

Test(stream, passes_on_what_the_sink_said)
{
    struct account account;
    account_init(&account);
    account.limits.expanded_bytes_unit = 0;
    account.recording.fail_at = account.recording.ncalls + 1;
    account.recording.fail_status = PROV_E_MEMORY;
    struct expansion expansion = {0};
    size_t size = 1;
    cr_assert_eq(expand(&account, &expansion, &size), PROV_E_MEMORY);
    recording_sink_finish(&account.recording);
}
