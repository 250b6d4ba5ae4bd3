/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "tool_output.h"
#include "unit_reading.h"

static struct recording_sink recording;

static void
setup(void)
{
    recording_sink_init(&recording);
}

static void
teardown(void)
{
    recording_sink_finish(&recording);
}

TestSuite(read_unit, .init = setup, .fini = teardown);

Test(read_unit, passes_a_plain_file_to_the_last_byte)
{
    struct bytes text = bytes_of("{\"text\": \"a\"}\n{\"text\": \"b\"}\n");
    cr_assert_eq(unit_read_bytes(text, "a.jsonl", NULL, &recording), PROV_OK);
    cr_assert_eq(recording.nitems, 1);
    cr_assert(bytes_equal(buf_bytes(&recording.items[0]->data), text));
    cr_assert_eq(recording.items[0]->item.head.flags, 0);
    cr_assert_eq(recording.items[0]->ndefects, 0);
    cr_assert(recording.items[0]->ended);
}

Test(read_unit, ends_the_item_of_an_empty_file)
{
    cr_assert_eq(unit_read_bytes(bytes_of(""), "empty", NULL, &recording), PROV_OK);
    cr_assert_eq(recording.nitems, 1);
    cr_assert(recording.items[0]->ended);
    cr_assert_eq(recording.items[0]->ndefects, 0);
}

Test(read_unit, opens_a_compressed_file_as_a_container_with_one_member)
{
    struct bytes text = bytes_of("{\"text\": \"hello\"}\n");
    struct buf gz = tool_output("gzip -c", text);
    cr_assert_eq(unit_read_bytes(buf_bytes(&gz), "text.jsonl.gz", NULL, &recording), PROV_OK);
    cr_assert_eq(recording.nitems, 2);
    struct recorded_item *container = recording.items[0], *member = recording.items[1];
    cr_assert(container->item.head.flags & ITEM_CONTAINER);
    cr_assert_str_eq(container->item.head.format, "gzip");
    cr_assert(bytes_equal(buf_bytes(&container->data), buf_bytes(&gz)));
    cr_assert_str_eq(member->path, "text.jsonl");
    cr_assert_eq(member->item.head.parent, 0);
    cr_assert(bytes_equal(buf_bytes(&member->data), text));
    cr_assert_eq(recording_ndefects(&recording), 0);
    buf_finish(&gz);
}

Test(read_unit, opens_layer_below_layer_and_names_them)
{
    struct buf gz = tool_output("gzip -c | gzip -c | gzip -c", bytes_of("deep"));
    cr_assert_eq(unit_read_bytes(buf_bytes(&gz), "a.txt.gz.gz.gz", NULL, &recording), PROV_OK);
    cr_assert_eq(recording.nitems, 4);
    cr_assert_str_eq(recording.items[3]->path, "a.txt.gz.gz!/a.txt.gz!/a.txt");
    cr_assert_eq(recording.items[3]->item.head.name_offset, strlen("a.txt.gz.gz!/a.txt.gz!/"));
    cr_assert_str_eq(buf_text(&recording.items[3]->data), "deep");
    buf_finish(&gz);
}

Test(read_unit, keeps_what_is_too_deep_closed_and_says_so)
{
    struct buf gz = tool_output("gzip -c | gzip -c | gzip -c", bytes_of("deep"));
    struct limits limits = LIMITS_DEFAULT;
    limits.depth = 2;
    cr_assert_eq(unit_read_bytes(buf_bytes(&gz), "a.gz", &limits, &recording), PROV_OK);
    cr_assert_eq(recording.nitems, 3);
    cr_assert(recorded_has(recording.items[2], DEFECT_LIMIT_DEPTH));
    cr_assert(recording.items[2]->item.head.flags & ITEM_OPAQUE);
    cr_assert_not(recording.items[2]->item.head.flags & ITEM_CONTAINER);
    cr_assert_gt(recording.items[2]->size, 0);
    buf_finish(&gz);
}

Test(read_unit, leaves_an_opaque_item_closed)
{
    struct buf gz = tool_output("gzip -c", bytes_of("deep"));
    recording.opaque_ordinal = 0;
    cr_assert_eq(unit_read_bytes(buf_bytes(&gz), "a.gz", NULL, &recording), PROV_OK);
    cr_assert_eq(recording.nitems, 1);
    cr_assert(bytes_equal(buf_bytes(&recording.items[0]->data), buf_bytes(&gz)));
    buf_finish(&gz);
}

Test(read_unit, digests_all_of_a_broken_container)
{
    struct buf gz = tool_output("gzip -c", bytes_of("some text that is long enough to be cut somewhere"));
    struct bytes cut = {gz.data, gz.size - 12};
    cr_assert_eq(unit_read_bytes(cut, "a.gz", NULL, &recording), PROV_OK);
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_TRUNCATED), "%s",
              recorded_codes(recording.items[0]));
    cr_assert(bytes_equal(buf_bytes(&recording.items[0]->data), cut));
    cr_assert(recording.items[1]->item.head.flags & ITEM_PARTIAL);
    buf_finish(&gz);
}

Test(read_unit, tells_a_file_that_changed_since_the_crawl)
{
    int fd = memfd_create("unit", MFD_CLOEXEC);
    cr_assert_eq(write(fd, "abc", 3), 3);
    struct err err = {0};
    struct read_unit_options options = {.limits = &LIMITS_DEFAULT, .fd = fd, .stamp = stamp_of(fd)};
    options.stamp.size = 5;
    cr_assert_eq(read_unit(&options, &recording.sink, &err), PROV_OK);
    cr_assert(recorded_has(recording.items[0], DEFECT_FS_CHANGED_DURING_SCAN));
    (void)close(fd);
}

Test(read_unit, passes_on_every_status_of_the_sink)
{
    struct buf gz = tool_output("gzip -c | gzip -c", bytes_of("deep"));
    cr_assert_eq(unit_read_bytes(buf_bytes(&gz), "a.gz", NULL, &recording), PROV_OK);
    uint64_t ncalls = recording.ncalls;
    for (uint64_t i = 1; i <= ncalls; i++) {
        recording_sink_finish(&recording);
        recording_sink_init(&recording);
        recording.fail_at = i;
        cr_assert_eq(unit_read_bytes(buf_bytes(&gz), "a.gz", NULL, &recording), PROV_E_INTERRUPTED);
    }
    buf_finish(&gz);
}
