/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "same_reading.h"
#include "tar_writing.h"

static struct recording_sink recording;
static struct buf tar;

static void
setup(void)
{
    recording_sink_init(&recording);
    tar = (struct buf){0};
}

static void
teardown(void)
{
    recording_sink_finish(&recording);
    buf_finish(&tar);
}

TestSuite(tar, .init = setup, .fini = teardown);

static void
read_again(struct bytes bytes)
{
    recording_sink_finish(&recording);
    recording_sink_init(&recording);
    cr_assert_eq(unit_read_bytes(bytes, "x.tar", NULL, &recording), PROV_OK);
    cr_assert_eq(recording.nopen, 0);
    cr_assert(bytes_equal(buf_bytes(&recording.items[0]->data), bytes), "the container is digested whole");
}

static const struct recorded_item *
item(const char *path)
{
    struct recorded_item *found = recorded_find(&recording, path);
    cr_assert_not_null(found, "no item '%s'", path);
    return found;
}

#define TREE                                                                                                 \
    "d=$(mktemp -d) && cd $d && mkdir -p t/sub/" LONG_100 " && printf 'hello\\n' >t/a && : >t/empty && "     \
    "seq 1 20000 >t/sub/numbers && seq 1 9 >t/sub/" LONG_100 "/" LONG_100                                    \
    " && printf x >'t/\xe6\x97\xa5 b' && "                                                                   \
    "truncate -s 300000 t/sparse && printf 'abc' | dd of=t/sparse bs=1 seek=70000 conv=notrunc 2>/dev/null " \
    "&& "                                                                                                    \
    "ln -s a t/link && "
#define LONG_100                                                                                             \
    "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn"

struct writer {
    char command[160];
};

ParameterizedTestParameters(tar, reads_every_dialect_as_other_tools_do)
{
    static struct writer writers[] = {
        {"tar --format=gnu -cf - t"},
        {"tar --format=oldgnu -S -cf - t"},
        {"tar --format=gnu -S -cf - t"},
        {"tar --format=pax -cf - t"},
        {"tar --format=pax -S --sparse-version=0.0 -cf - t"},
        {"tar --format=pax -S --sparse-version=0.1 -cf - t"},
        {"tar --format=pax -S --sparse-version=1.0 -cf - t"},
        {"tar --format=ustar --exclude=" LONG_100 " -cf - t"},
        {"tar --format=v7 --exclude=" LONG_100 " -cf - t"},
        {"bsdtar --format=pax -cf - t"},
        {"bsdtar --format=gnutar -cf - t"},
        {"python3 -c 'import tarfile,sys; "
         "t=tarfile.open(fileobj=sys.stdout.buffer,mode=\"w|\",format=tarfile.PAX_FORMAT); t.add(\"t\"); "
         "t.close()'"},
    };
    return cr_make_param_array(struct writer, writers, sizeof writers / sizeof writers[0]);
}

ParameterizedTest(struct writer *writer, tar, reads_every_dialect_as_other_tools_do)
{
    char command[2048];
    (void)snprintf(command, sizeof command, TREE "%s; e=$?; rm -rf $d; exit $e", writer->command);
    struct buf archive = tool_output(command, bytes_of(""));
    read_again(buf_bytes(&archive));
    struct buf expected = tool_output(UNPACKED_WITH("tar -xf $d.in"), buf_bytes(&archive));
    struct buf ours = reading_lines(&recording, 0);
    cr_assert_str_eq(buf_text(&ours), buf_text(&expected), "%s\nours:\n%s\nexpected:\n%s", writer->command,
                     buf_text(&ours), buf_text(&expected));
    for (size_t i = 0; i < recording.nitems; i++)
        for (size_t j = 0; j < recording.items[i]->ndefects; j++)
            cr_assert_eq(recording.items[i]->defects[j].defect, DEFECT_ARCHIVE_SPARSE, "%s: %s",
                         recording.items[i]->path, recorded_codes(recording.items[i]));
    buf_finish(&archive);
    buf_finish(&expected);
    buf_finish(&ours);
}

Test(tar, is_never_seen_in_text_tables_pages_or_zeros)
{
    static uint8_t zeros[20480];
    struct buf line = {0};
    for (int i = 0; i < 2000; i++)
        tar_must(buf_append_text(&line, "{\"id\": 0001234, \"text\": \"1234567 0000644\"}\n"));
    struct bytes contents[] = {{zeros, sizeof zeros},
                               buf_bytes(&line),
                               bytes_of("a,b,c\n1,2,3\n"),
                               bytes_of("<html><body>ustar</body></html>")};
    for (size_t i = 0; i < 4; i++) {
        read_again(contents[i]);
        cr_assert_eq(recording.nitems, 1);
        cr_assert_eq(recording.items[0]->item.head.flags & ITEM_CONTAINER, 0);
    }
    buf_finish(&line);
}

Test(tar, records_every_cut)
{
    tar_add_file(&tar, "a", "some text of the first member");
    tar_add_pax(&tar, 'x', "17 path=long/name\n", 18);
    tar_add_file(&tar, "b", "the second");
    tar_add_end(&tar);
    for (size_t size = 265; size < tar.size - BLOCK; size++) {
        read_again((struct bytes){tar.data, size});
        bool told = false;
        for (size_t i = 0; i < recording.nitems; i++)
            told = told || recorded_has(recording.items[i], DEFECT_ARCHIVE_TRUNCATED);
        cr_assert(told, "cut at %zu of %zu", size, tar.size);
    }
}

Test(tar, finds_every_flipped_bit_of_a_header)
{
    tar_add_file(&tar, "a", "text");
    tar_add_file(&tar, "b", "text");
    tar_add_end(&tar);
    for (size_t bit = 0; bit < BLOCK * 8; bit++) {
        if (bit / 8 >= 148 && bit / 8 < 156)
            continue; /* the checksum itself: a blank for a leading zero is the same number */
        uint8_t *header = tar.data + 2 * BLOCK;
        header[bit / 8] ^= (uint8_t)(1 << bit % 8);
        read_again(buf_bytes(&tar));
        cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_CORRUPT), "bit %zu", bit);
        cr_assert_str_eq(buf_text(&item("a")->data), "text");
        header[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
}

Test(tar, goes_on_behind_a_damaged_header)
{
    tar_add_file(&tar, "a", "one");
    tar_add_file(&tar, "b", "two");
    tar_add_file(&tar, "c", "three");
    tar_add_end(&tar);
    tar.data[2 * BLOCK] ^= 1;
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_CORRUPT));
    cr_assert_str_eq(buf_text(&item("c")->data), "three");
}

Test(tar, opens_an_archive_whose_first_header_is_damaged)
{
    tar_add_file(&tar, "a", "one");
    tar_add_file(&tar, "b", "two");
    tar_add_end(&tar);
    tar.data[3] ^= 1;
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_CORRUPT));
    cr_assert_str_eq(buf_text(&item("b")->data), "two");
}

Test(tar, reads_a_second_archive_behind_the_end_of_the_first)
{
    tar_add_file(&tar, "a", "one");
    tar_add_end(&tar);
    tar_add_file(&tar, "b", "two");
    tar_add_end(&tar);
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_MULTIPLE));
    cr_assert_str_eq(buf_text(&item("b")->data), "two");
}

Test(tar, reports_data_behind_the_end)
{
    tar_add_file(&tar, "a", "one");
    tar_add_end(&tar);
    tar_must(buf_append_text(&tar, "secret"));
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_TRAILING_DATA));
    tar_add_data(&tar, tar.data, 506);
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_TRAILING_DATA));
}

Test(tar, reports_data_in_the_padding)
{
    tar_add_file(&tar, "a", "one");
    tar_add_end(&tar);
    tar.data[BLOCK + 100] = 'x';
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_GAP_DATA));
}

Test(tar, ends_an_8_EiB_sparse_member_like_a_bomb)
{
    struct limits limits = LIMITS_DEFAULT;
    limits.ratio_floor_bytes = 1 << 20;
    uint8_t *header = tar_add_header(&tar, 'S', "huge", "", 512);
    memcpy(header + 257, "ustar  ", 8);
    memcpy(header + 386,
           "00000000000\0"
           "00000001000",
           24);
    static const uint8_t real[12] = {0x80, 0, 0, 0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF};
    memcpy(header + 483, real, 12);
    tar_seal(header);
    tar_add_data(&tar, "start", 5);
    tar_add_file(&tar, "after", "good");
    tar_add_end(&tar);
    cr_assert_eq(unit_read_bytes(buf_bytes(&tar), "x.tar", &limits, &recording), PROV_OK);
    cr_assert(recorded_has(item("huge"), DEFECT_ARCHIVE_SPARSE));
    cr_assert(recorded_has(item("huge"), DEFECT_LIMIT_RATIO), "%s", recorded_codes(item("huge")));
    cr_assert(item("huge")->item.head.flags & ITEM_PARTIAL);
    cr_assert_eq(memcmp(item("huge")->data.data, "start", 6), 0);
    cr_assert_str_eq(buf_text(&item("after")->data), "good");
}

Test(tar, reads_the_stored_bytes_when_a_sparse_map_makes_no_sense)
{
    tar_add_pax(&tar, 'x',
                "28 GNU.sparse.map=0,99,5,100\n"
                "22 GNU.sparse.size=3\n",
                50);
    tar_add_file(&tar, "a", "stored bytes");
    tar_add_end(&tar);
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(item("a"), DEFECT_ARCHIVE_CORRUPT), "%s", recorded_codes(item("a")));
    cr_assert_str_eq(buf_text(&item("a")->data), "stored bytes");
}

Test(tar, takes_a_negative_size_for_none_and_says_so)
{
    uint8_t *header = tar_add_header(&tar, '0', "a", "", 0);
    memset(header + 124, 0xFF, 12);
    tar_seal(header);
    tar_add_file(&tar, "b", "good");
    tar_add_end(&tar);
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(item("a"), DEFECT_ARCHIVE_CORRUPT));
    cr_assert_str_eq(buf_text(&item("b")->data), "good");
}

Test(tar, finds_sizes_that_disagree)
{
    tar_add_pax(&tar, 'x', "10 size=3\n", 10);
    tar_add_file(&tar, "a", "abc and more");
    tar_add_end(&tar);
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(item("a"), DEFECT_ARCHIVE_HEADER_DISAGREE));
}

Test(tar, reads_the_data_of_a_hard_link)
{
    tar_add_file(&tar, "a", "one");
    (void)tar_add_header(&tar, '1', "b", "a", 5);
    tar_add_data(&tar, "extra", 5);
    (void)tar_add_header(&tar, '1', "c", "a", 3); /* as old writers do: a size, but no data */
    (void)tar_add_header(&tar, '1', "d", "../../etc/shadow", 0);
    (void)tar_add_header(&tar, '1', "e", "none", 0);
    tar_add_end(&tar);
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(item("b"), DEFECT_ARCHIVE_LINK));
    cr_assert_str_eq(buf_text(&item("b")->data), "extra");
    cr_assert_eq(item("c")->ndefects, 0);
    cr_assert(item("c")->item.head.flags & ITEM_NO_CONTENT);
    cr_assert(recorded_has(item("d"), DEFECT_PATH_HARDLINK_ESCAPE));
    cr_assert(recorded_has(item("e"), DEFECT_ARCHIVE_DANGLING_LINK));
}

Test(tar, tells_links_devices_and_twins)
{
    (void)tar_add_header(&tar, '2', "out", "../x", 0);
    (void)tar_add_header(&tar, '2', "root", "/etc/passwd", 0);
    (void)tar_add_header(&tar, '2', "t/in", "../out", 0);
    (void)tar_add_header(&tar, '2', "lost", "nowhere", 0);
    (void)tar_add_header(&tar, '3', "null", "", 0);
    tar_add_file(&tar, "out/through", "x");
    tar_add_file(&tar, "twin", "1");
    tar_add_file(&tar, "./twin", "2");
    tar_add_end(&tar);
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(item("out"), DEFECT_PATH_SYMLINK_ESCAPE));
    cr_assert(recorded_has(item("root"), DEFECT_PATH_SYMLINK_ESCAPE));
    cr_assert_eq(item("t/in")->ndefects, 0, "%s", recorded_codes(item("t/in")));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_DANGLING_LINK));
    cr_assert(recorded_has(item("null"), DEFECT_ARCHIVE_SPECIAL_MEMBER));
    cr_assert(recorded_has(item("out/through"), DEFECT_PATH_SYMLINK_ESCAPE));
    cr_assert_eq(item("twin")->ndefects, 0);
    cr_assert(recorded_has(item("./twin"), DEFECT_ARCHIVE_DUPLICATE_NAME));
}

Test(tar, tells_a_piece_of_a_multivolume_member)
{
    uint8_t *header = tar_add_header(&tar, 'M', "part", "", 4);
    memcpy(header + 257, "ustar  ", 8);
    tar_seal(header);
    tar_add_data(&tar, "rest", 4);
    tar_add_end(&tar);
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(item("part"), DEFECT_ARCHIVE_MULTIVOLUME));
    cr_assert_str_eq(buf_text(&item("part")->data), "rest");
}

Test(tar, bounds_extension_headers)
{
    struct buf records = {0};
    tar_must(buf_printf(&records, "%u comment=", 2u << 20));
    while (records.size < (2u << 20) - 1)
        tar_must(buf_append_byte(&records, 'x'));
    tar_must(buf_append_byte(&records, '\n'));
    tar_add_pax(&tar, 'x', records.data, records.size);
    tar_add_file(&tar, "a", "good");
    tar_add_end(&tar);
    read_again(buf_bytes(&tar));
    cr_assert(recorded_has(item("a"), DEFECT_LIMIT_HEADER_BYTES));
    cr_assert_str_eq(buf_text(&item("a")->data), "good");
    buf_finish(&records);
}

Test(tar, keeps_names_with_any_bytes)
{
    static const char records[] = "18 path=a\0b/\x1b[31m\n";
    tar_add_pax(&tar, 'x', records, sizeof records - 1);
    tar_add_file(&tar, "x", "1");
    tar_add_file(&tar, "\xff\xfe", "2");
    tar_add_file(&tar, "/abs/../x", "3");
    tar_add_end(&tar);
    read_again(buf_bytes(&tar));
    struct recorded_item *first = recording.items[1];
    cr_assert_eq(first->item.head.path.size, 9, "%zu", first->item.head.path.size);
    cr_assert(recorded_has(first, DEFECT_PATH_NUL) && recorded_has(first, DEFECT_PATH_CONTROL_CHARS));
    cr_assert(recorded_has(recording.items[2], DEFECT_PATH_NON_UTF8));
    cr_assert(recorded_has(recording.items[3], DEFECT_PATH_ABSOLUTE));
    cr_assert(recorded_has(recording.items[3], DEFECT_PATH_TRAVERSAL));
}

Test(tar, reports_the_commit_of_a_git_archive)
{
    tar_add_pax(&tar, 'g', "52 comment=0123456789abcdef0123456789abcdef01234567\n", 52);
    tar_add_file(&tar, "a", "x");
    tar_add_end(&tar);
    read_again(buf_bytes(&tar));
    cr_assert_eq(recording.items[0]->nfacts, 1);
    cr_assert_str_eq(recording.items[0]->facts[0].code, "git.commit");
    cr_assert_eq(item("a")->ndefects, 0);
}

Test(tar, counts_members_against_their_limit)
{
    struct limits limits = LIMITS_DEFAULT;
    limits.members = 100;
    for (int i = 0; i < 1000; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "f%d", i);
        tar_add_file(&tar, name, "");
    }
    tar_add_end(&tar);
    cr_assert_eq(unit_read_bytes(buf_bytes(&tar), "x.tar", &limits, &recording), PROV_OK);
    cr_assert(recorded_has(recording.items[0], DEFECT_LIMIT_MEMBERS));
    cr_assert_eq(recording.nitems, 101);
    cr_assert(bytes_equal(buf_bytes(&recording.items[0]->data), buf_bytes(&tar)));
}

Test(tar, gives_the_same_however_the_blocks_of_a_decoder_are_cut)
{
    tar_add_file(&tar, "a", "one");
    struct buf text = {0};
    for (int i = 0; i < 100000; i++)
        tar_must(buf_printf(&text, "line %d\n", i));
    tar_add_file(&tar, "b", buf_text(&text));
    tar_add_end(&tar);
    struct buf gz = tool_output("gzip -c", buf_bytes(&tar));
    cr_assert_eq(unit_read_bytes(buf_bytes(&gz), "x.tar.gz", NULL, &recording), PROV_OK);
    cr_assert_str_eq(recording.items[0]->item.head.format, "tar+gzip");
    cr_assert_eq(recording.nitems, 3);
    cr_assert(bytes_equal(buf_bytes(&item("b")->data), buf_bytes(&text)));
    buf_finish(&gz);
    buf_finish(&text);
}
