/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include "same_reading.h"
#include "zip_writing.h"

static struct recording_sink recording;
static struct buf zip;

static void
setup(void)
{
    recording_sink_init(&recording);
    zip = (struct buf){0};
}

static void
teardown(void)
{
    recording_sink_finish(&recording);
    buf_finish(&zip);
}

TestSuite(zip, .init = setup, .fini = teardown);

static void
read_again(struct bytes bytes)
{
    recording_sink_finish(&recording);
    recording_sink_init(&recording);
    cr_assert_eq(unit_read_bytes(bytes, "x.zip", NULL, &recording), PROV_OK);
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

static void
expect_text(const char *path, const char *text)
{
    cr_assert_str_eq(buf_text(&item(path)->data), text);
}

struct writer {
    char command[200];
};

#define PYTHON(method)                                                                                       \
    "python3 -c \"import zipfile,sys,io;b=io.BytesIO();z=zipfile.ZipFile(b,'w',compression=" method          \
    ");[z.write(n) for n in "                                                                                \
    "('t/a','t/empty','t/numbers')];z.close();sys.stdout.buffer.write(b.getvalue())\""

ParameterizedTestParameters(zip, reads_as_other_tools_do)
{
    static struct writer writers[] = {
        {"zip -qr - t"},
        {"zip -qr0 - t"},
        {"zip -qr z.zip t && cat z.zip"},
        {"zip -qry z.zip t && cat z.zip"},
        {"zip -qr -fz z.zip t && cat z.zip"},
        {"bsdtar --format=zip -cf - t"},
        {"7z a -bd -tzip -mm=LZMA z.zip t >/dev/null && cat z.zip"},
        {"7z a -bd -tzip -mm=BZip2 z.zip t >/dev/null && cat z.zip"},
        {PYTHON("8")},
        {PYTHON("12")},
        {PYTHON("14")},
    };
    return cr_make_param_array(struct writer, writers, sizeof writers / sizeof writers[0]);
}

ParameterizedTest(struct writer *writer, zip, reads_as_other_tools_do)
{
    char command[1024];
    (void)snprintf(command, sizeof command,
                   "d=$(mktemp -d) && cd $d && mkdir -p t/sub && printf 'hello\\n' >t/a && : >t/empty && "
                   "seq 1 30000 >t/numbers && seq 1 5000 >t/sub/b && printf x >'t/\xe6\x97\xa5 b' && "
                   "%s; e=$?; rm -rf $d; exit $e",
                   writer->command);
    struct buf archive = tool_output(command, bytes_of(""));
    read_again(buf_bytes(&archive));
    struct buf expected = tool_output(UNPACKED_WITH("7z x -bd -y $d.in"), buf_bytes(&archive));
    struct buf ours = reading_lines(&recording, 0);
    cr_assert_str_eq(buf_text(&ours), buf_text(&expected), "%s\nours:\n%s\nexpected:\n%s", writer->command,
                     buf_text(&ours), buf_text(&expected));
    for (size_t i = 0; i < recording.nitems; i++)
        cr_assert_eq(recording.items[i]->ndefects, 0, "%s: %s", recording.items[i]->path,
                     recorded_codes(recording.items[i]));
    buf_finish(&archive);
    buf_finish(&expected);
    buf_finish(&ours);
}

Test(zip, reads_every_member_without_a_directory)
{
    struct buf archive = made_by("seq 1 9000 >a && seq 1 7 >b && seq 3 4000 >c && "
                                     "zip -q - a b c | cat");
    read_again(buf_bytes(&archive));
    cr_assert_eq(recording.nitems, 4);
    char digests[3][65];
    for (int i = 0; i < 3; i++)
        memcpy(digests[i], recording.items[i + 1]->sha256, 65);
    /* Streamed members do not say how long they are; only deflate's end mark does. */
    struct bytes whole = buf_bytes(&archive);
    const uint8_t *directory = memmem(whole.data, whole.size, "PK\1\2", 4);
    struct bytes cut = {whole.data, (size_t)(directory - whole.data)};
    read_again(cut);
    cr_assert_eq(recording.nitems, 4);
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_TRUNCATED));
    for (int i = 0; i < 3; i++) {
        cr_assert_str_eq(recording.items[i + 1]->sha256, digests[i]);
        cr_assert_eq(recording.items[i + 1]->ndefects, 0, "%s", recorded_codes(recording.items[i + 1]));
    }
    buf_finish(&archive);
}

Test(zip, records_every_cut)
{
    struct zip_entry entries[] = {{.name = "a", .data = "some text"}, {.name = "b", .data = "more text"}};
    zip_write(&zip, entries, 2);
    for (size_t size = 4; size < zip.size; size++) {
        read_again((struct bytes){zip.data, size});
        cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_TRUNCATED), "cut at %zu", size);
    }
}

Test(zip, finds_every_flipped_bit_or_gives_the_true_bytes)
{
    struct buf archive =
        made_by("seq 1 100 >a && printf 'stored' >b && zip -qX z.zip a b && cat z.zip");
    read_again(buf_bytes(&archive));
    char digests[2][65];
    memcpy(digests[0], item("a")->sha256, 65);
    memcpy(digests[1], item("b")->sha256, 65);
    for (size_t bit = 0; bit < archive.size * 8; bit++) {
        archive.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
        read_again(buf_bytes(&archive));
        const struct recorded_item *a = recorded_find(&recording, "a"), *b = recorded_find(&recording, "b");
        bool good = a && b && strcmp(a->sha256, digests[0]) == 0 && strcmp(b->sha256, digests[1]) == 0;
        cr_assert(good || recording_ndefects(&recording) > 0, "bit %zu of byte %zu", bit % 8, bit / 8);
        archive.data[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    buf_finish(&archive);
}

Test(zip, finds_wrong_checksums_and_sizes)
{
    struct zip_entry entries[] = {{.name = "a", .data = "text", .crc = 1},
                                  {.name = "b", .data = "text", .real_size = 9},
                                  {.name = "c", .data = "good"}};
    zip_write(&zip, entries, 3);
    read_again(buf_bytes(&zip));
    cr_assert(recorded_has(item("a"), DEFECT_ARCHIVE_CHECKSUM_MISMATCH));
    cr_assert(recorded_has(item("b"), DEFECT_ARCHIVE_SIZE_MISMATCH));
    cr_assert_eq(item("c")->ndefects, 0);
    expect_text("a", "text");
}

Test(zip, finds_headers_that_disagree)
{
    struct zip_entry local = {.name = "good.txt", .data = "text"};
    zip_add_local(&zip, &local);
    struct zip_entry central = local;
    central.name = "../evil";
    size_t start = zip.size;
    zip_add_central(&zip, &central);
    zip_add_end(&zip, 1, start, "");
    read_again(buf_bytes(&zip));
    cr_assert(recorded_has(item("../evil"), DEFECT_ARCHIVE_HEADER_DISAGREE));
    cr_assert(recorded_has(item("../evil"), DEFECT_PATH_TRAVERSAL));
    expect_text("../evil", "text");
}

Test(zip, reads_members_that_the_directory_hides)
{
    struct zip_entry entries[] = {
        {.name = "a", .data = "one"}, {.name = "hidden", .data = "secret"}, {.name = "c", .data = "three"}};
    for (int i = 0; i < 3; i++)
        zip_add_local(&zip, &entries[i]);
    size_t start = zip.size;
    zip_add_central(&zip, &entries[0]);
    zip_add_central(&zip, &entries[2]);
    zip_add_end(&zip, 2, start, "");
    read_again(buf_bytes(&zip));
    cr_assert(recorded_has(item("hidden"), DEFECT_ARCHIVE_HIDDEN_MEMBER));
    expect_text("hidden", "secret");
    expect_text("c", "three");
}

Test(zip, lists_overlapping_members_and_decodes_each_byte_once)
{
    struct zip_entry entry = {.name = "a", .data = "one"};
    zip_add_local(&zip, &entry);
    size_t start = zip.size;
    for (int i = 0; i < 2000; i++)
        zip_add_central(&zip, &entry);
    zip_add_end(&zip, 2000, start, "");
    read_again(buf_bytes(&zip));
    cr_assert_eq(recording.nitems, 2001);
    expect_text("a", "one");
    cr_assert(recorded_has(recording.items[2], DEFECT_ARCHIVE_OVERLAP));
    cr_assert_eq(recording.items[2]->size, 0);
}

Test(zip, reports_prefix_gap_and_trailing_data)
{
    struct zip_entry entries[] = {{.name = "a", .data = "one"}, {.name = "b", .data = "two"}};
    zip_put_bytes(&zip, "PK\3\4 not a header, a prefix", 27);
    zip_add_local(&zip, &entries[0]);
    zip_put_bytes(&zip, "a gap", 5);
    zip_add_local(&zip, &entries[1]);
    size_t start = zip.size;
    zip_add_central(&zip, &entries[0]);
    zip_add_central(&zip, &entries[1]);
    zip_add_end(&zip, 2, start, "");
    zip_put_bytes(&zip, "behind", 6);
    read_again(buf_bytes(&zip));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_PREFIX_DATA));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_GAP_DATA));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_TRAILING_DATA));
    expect_text("a", "one");
    expect_text("b", "two");
}

Test(zip, reads_both_of_two_archives_in_one_file)
{
    struct zip_entry first = {.name = "a", .data = "one"};
    struct buf second = {0};
    struct zip_entry entry = {.name = "b", .data = "two"};
    zip_write(&second, &entry, 1);
    zip_write(&zip, &first, 1);
    zip_put_bytes(&zip, second.data, second.size);
    read_again(buf_bytes(&zip));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_MULTIPLE));
    cr_assert(recorded_has(item("a"), DEFECT_ARCHIVE_HIDDEN_MEMBER));
    expect_text("a", "one");
    expect_text("b", "two");
    buf_finish(&second);
}

Test(zip, opens_an_archive_that_begins_as_something_else)
{
    struct zip_entry entry = {.name = "a", .data = "one"};
    zip_put_bytes(&zip, "%PDF-1.4 and so on", 18);
    zip_write(&zip, &entry, 1);
    read_again(buf_bytes(&zip));
    cr_assert_str_eq(recording.items[0]->item.head.format, "zip");
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_PREFIX_DATA));
    expect_text("a", "one");
}

Test(zip, reports_what_it_cannot_open)
{
    struct zip_entry entries[] = {{.name = "secret", .data = "text", .flags = 1},
                                  {.name = "aes", .data = "text", .method = 99},
                                  {.name = "ppmd", .data = "text", .method = 98},
                                  {.name = "odd", .data = "text", .method = 4711},
                                  {.name = "good", .data = "text"}};
    zip_write(&zip, entries, 5);
    read_again(buf_bytes(&zip));
    cr_assert(recorded_has(item("secret"), DEFECT_ARCHIVE_ENCRYPTED));
    cr_assert(item("aes")->item.head.flags & ITEM_ENCRYPTED);
    cr_assert_not_null(strstr(recorded_defect(item("ppmd"), DEFECT_ARCHIVE_UNSUPPORTED)->text, "ppmd"));
    cr_assert(recorded_has(item("odd"), DEFECT_ARCHIVE_UNSUPPORTED));
    expect_text("good", "text");
    cr_assert_eq(recording.items[0]->ndefects, 0, "%s", recorded_codes(recording.items[0]));
}

Test(zip, reads_links_and_unix_kinds)
{
    struct zip_entry entries[] = {{.name = "l", .data = "../../x", .mode = 0120777},
                                  {.name = "d/", .data = "", .mode = 040755},
                                  {.name = "fifo", .data = "", .mode = 010644}};
    zip_write(&zip, entries, 3);
    read_again(buf_bytes(&zip));
    cr_assert_eq(item("l")->item.head.kind, ITEM_SYMLINK);
    cr_assert(bytes_equal(item("l")->item.head.link, bytes_of("../../x")));
    cr_assert(recorded_has(item("l"), DEFECT_PATH_SYMLINK_ESCAPE));
    cr_assert_eq(item("d/")->item.head.kind, ITEM_DIRECTORY);
    cr_assert(recorded_has(item("fifo"), DEFECT_ARCHIVE_SPECIAL_MEMBER));
}

Test(zip, compares_the_unicode_path)
{
    uint8_t extra[] = {0x75, 0x70, 12, 0, 1, 0, 0, 0, 0, '.', '.', '/', 'e', 'v', 'l', '!'};
    uint32_t crc = gzip_crc32(0, "a", 1);
    memcpy(extra + 5, &crc, 4);
    struct zip_entry entry = {.name = "a", .data = "x", .extra = extra, .extra_size = sizeof extra};
    zip_write(&zip, &entry, 1);
    read_again(buf_bytes(&zip));
    cr_assert(recorded_has(item("a"), DEFECT_ARCHIVE_HEADER_DISAGREE));
    cr_assert(recorded_has(item("a"), DEFECT_PATH_TRAVERSAL));
}

Test(zip, tells_comments_and_commits)
{
    struct zip_entry entry = {.name = "a", .data = "x"};
    zip_add_local(&zip, &entry);
    size_t start = zip.size;
    zip_add_central(&zip, &entry);
    size_t end = zip.size;
    zip_add_end(&zip, 1, start, "a comment");
    read_again(buf_bytes(&zip));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_COMMENT));
    zip.size = end;
    zip_add_end(&zip, 1, start, "0123456789abcdef0123456789abcdef01234567");
    read_again(buf_bytes(&zip));
    cr_assert_eq(recording.items[0]->ndefects, 0);
    cr_assert_str_eq(recording.items[0]->facts[0].code, "git.commit");
}

Test(zip, counts_members_against_the_end_record)
{
    struct zip_entry entry = {.name = "a", .data = "x"};
    zip_add_local(&zip, &entry);
    size_t start = zip.size;
    zip_add_central(&zip, &entry);
    zip_add_end(&zip, 7, start, "");
    read_again(buf_bytes(&zip));
    cr_assert(recorded_has(recording.items[0], DEFECT_ARCHIVE_HEADER_DISAGREE));
}

Test(zip, opens_a_zip_inside_a_tar_and_a_gzip)
{
    struct buf archive = made_by("echo hello >a && zip -q z.zip a && gzip -k z.zip && "
                                     "tar -cf - z.zip z.zip.gz");
    read_again(buf_bytes(&archive));
    expect_text("z.zip!/a", "hello\n");
    expect_text("z.zip.gz!/z.zip!/a", "hello\n");
    cr_assert_eq(recording_ndefects(&recording), 0);
    buf_finish(&archive);
}

Test(zip, keeps_a_member_closed_that_does_not_fit_into_memory)
{
    struct buf archive = made_by("head -c 9000 /dev/urandom >a && zip -q z.zip a && tar -cf - z.zip");
    struct limits limits = LIMITS_DEFAULT;
    limits.spool_bytes = 5000;
    cr_assert_eq(unit_read_bytes(buf_bytes(&archive), "x.tar", &limits, &recording), PROV_OK);
    cr_assert_eq(recording.nitems, 2);
    cr_assert(recorded_has(item("z.zip"), DEFECT_LIMIT_MEMORY));
    cr_assert_gt(item("z.zip")->size, 9000);
    buf_finish(&archive);
}

Test(zip, ends_a_member_that_expands_like_a_bomb)
{
    struct buf archive = made_by("head -c 20000000 /dev/zero >a && zip -q z.zip a && cat z.zip");
    struct limits limits = LIMITS_DEFAULT;
    limits.ratio_floor_bytes = 1 << 20;
    recording.keep_bytes_max = 0;
    cr_assert_eq(unit_read_bytes(buf_bytes(&archive), "x.zip", &limits, &recording), PROV_OK);
    cr_assert(recorded_has(item("a"), DEFECT_LIMIT_RATIO), "%s", recorded_codes(item("a")));
    cr_assert(item("a")->item.head.flags & ITEM_PARTIAL);
    buf_finish(&archive);
}
