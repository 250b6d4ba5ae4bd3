/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other archive formats: read as their own tools read them, cut, damaged, and with something behind
 * their end. libarchive may crash on damaged input, so those readings run in a child process.
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>

#include <sys/resource.h>
#include <sys/wait.h>

#include "ingest/format.h"
#include "rar_writing.h"
#include "same_reading.h"

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

TestSuite(archive_formats, .init = setup, .fini = teardown);

static void
read_again(struct bytes bytes)
{
    recording_sink_finish(&recording);
    recording_sink_init(&recording);
    cr_assert_eq(unit_read_bytes(bytes, "x", NULL, &recording), PROV_OK);
    cr_assert_eq(recording.nopen, 0);
    cr_assert(bytes_equal(buf_bytes(&recording.items[0]->data), bytes), "the container is digested whole");
}

static bool
has_defect(enum defect defect)
{
    for (size_t i = 0; i < recording.nitems; i++)
        if (recorded_has(recording.items[i], defect))
            return true;
    return false;
}

struct packer {
    char pack[420];  /**< writes the archive of t/ to standard output */
    char unpack[80]; /**< reads $d.in into the present folder */
    char format[16];
    uint32_t parent; /**< ordinal of the container that holds the files */
};

#define TREE                                                                                                 \
    "d=$(mktemp -d) && cd $d && mkdir -p t/sub && printf 'hello\\n' >t/a && : >t/empty && "                  \
    "seq 1 30000 >t/numbers && seq 1 5000 >t/sub/b && printf x >'t/\xe6\x97\xa5 b' && "

ParameterizedTestParameters(archive_formats, read_as_other_tools_do)
{
    static struct packer packers[] = {
        {"7z a -bd x.7z t >/dev/null && cat x.7z", "7z x -bd -y $d.in", "7z", 0},
        {"7z a -bd -m0=LZMA x.7z t >/dev/null && cat x.7z", "7z x -bd -y $d.in", "7z", 0},
        {"7z a -bd -m0=PPMd x.7z t >/dev/null && cat x.7z", "7z x -bd -y $d.in", "7z", 0},
        {"7z a -bd -m0=BZip2 -ms=off x.7z t >/dev/null && cat x.7z", "7z x -bd -y $d.in", "7z", 0},
        {"7z a -bd -m0=Copy x.7z t >/dev/null && cat x.7z", "7z x -bd -y $d.in", "7z", 0},
        {"gcab -cn x.cab t/a t/numbers t/sub/b && cat x.cab", "LC_ALL=C.UTF-8 bsdtar -xf $d.in", "cab", 0},
        {"gcab -cz x.cab t/a t/numbers t/sub/b && cat x.cab", "LC_ALL=C.UTF-8 bsdtar -xf $d.in", "cab", 0},
        {"genisoimage -quiet -R -J t", "LC_ALL=C.UTF-8 bsdtar -xf $d.in", "iso", 0},
        {"genisoimage -quiet -R t", "LC_ALL=C.UTF-8 bsdtar -xf $d.in", "iso", 0},
        {"find t | cpio --quiet -o -H newc", "cpio --quiet -id <$d.in", "cpio", 0},
        {"find t | cpio --quiet -o -H crc", "cpio --quiet -id <$d.in", "cpio", 0},
        {"find t | cpio --quiet -o -H odc", "cpio --quiet -id <$d.in", "cpio", 0},
        {"find t | cpio --quiet -o -H bin", "cpio --quiet -id <$d.in", "cpio", 0},
        {"ar rc x.a t/a t/numbers t/sub/b && cat x.a", "ar x $d.in", "ar", 0},
        {"bsdtar --format=arbsd -cf x.a -C t a numbers -C sub b && cat x.a", "bsdtar -xf $d.in", "ar", 0},
        {"tar -czf - t", "tar -xzf $d.in", "tar+gzip", 0},
        {"tar -cf - t | zstd -q", "tar --zstd -xf $d.in", "tar+zstd", 0},
        {"tar -cJf - t", "tar -xJf $d.in", "tar+xz", 0},
        {"tar -cjf - t", "tar -xjf $d.in", "tar+bzip2", 0},
        {"tar -cf - t | lz4 -q", "lz4 -dcq <$d.in | tar -xf -", "tar+lz4", 0},
        {"find t | cpio --quiet -o -H newc | gzip", "zcat $d.in | cpio --quiet -id", "cpio+gzip", 0},
        {"tar -cf x.tar t && zip -q x.zip x.tar && cat x.zip", "unzip -q $d.in && tar -xf x.tar && rm x.tar",
         "zip", 1},
        {"7z a -bd x.7z t >/dev/null && tar -cf - x.7z",
         "tar -xf $d.in && 7z x -bd -y x.7z >/dev/null && rm x.7z", "tar", 1},
        {"mkdir t/DEBIAN && printf 'Package: x\\nVersion: 1\\nArchitecture: all\\nMaintainer: Anna "
         "<a@b.org>\\n"
         "Description: x\\n' >t/DEBIAN/control && dpkg-deb --root-owner-group -Zxz -b t x.deb >/dev/null && "
         "cat x.deb",
         "dpkg-deb -x $d.in .", "ar", 5},
        {"printf 'Name: x\\nVersion: 1\\nRelease: 1\\nSummary: s\\nLicense: MIT\\nBuildArch: noarch\\n"
         "%%description\\nd\\n%%install\\nmkdir -p %%{buildroot}/srv\\ncp '$d'/t/[an]* "
         "%%{buildroot}/srv\\n%%files\\n/srv\\n' "
         ">p.spec && rpmbuild --quiet -bb --define \"_topdir $PWD\" p.spec && cat RPMS/noarch/*.rpm",
         "rpm2cpio $d.in | cpio --quiet -id", "rpm", 1},
        {"zip -qr x.zip t && gzip -c x.zip", "zcat $d.in >x.zip && unzip -q x.zip && rm x.zip", "gzip", 1},
    };
    return cr_make_param_array(struct packer, packers, sizeof packers / sizeof packers[0]);
}

ParameterizedTest(struct packer *packer, archive_formats, read_as_other_tools_do)
{
    char command[2048], oracle[1024];
    (void)snprintf(command, sizeof command, TREE "%s; e=$?; rm -rf $d; exit $e", packer->pack);
    (void)snprintf(oracle, sizeof oracle, UNPACKED_WITH("%s"), packer->unpack);
    struct buf archive = tool_output(command, bytes_of(""));
    read_again(buf_bytes(&archive));
    cr_assert_str_eq(recording.items[0]->item.head.format, packer->format);
    struct buf expected = tool_output(oracle, buf_bytes(&archive));
    struct buf ours = reading_lines(&recording, packer->parent);
    cr_assert_str_eq(buf_text(&ours), buf_text(&expected), "%s\nours:\n%s\nexpected:\n%s", packer->pack,
                     buf_text(&ours), buf_text(&expected));
    for (size_t i = 0; i < recording.nitems; i++)
        cr_assert_eq(recording.items[i]->ndefects, 0, "%s: %s", recording.items[i]->path,
                     recorded_codes(recording.items[i]));
    buf_finish(&archive);
    buf_finish(&expected);
    buf_finish(&ours);
}

/* What a child process finds in bytes: 0 nothing, 1 a defect, 2 it died as libarchive may. */
static int
reading_in_child(struct bytes bytes)
{
    pid_t child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        struct rlimit cpu = {20, 20};
        (void)setrlimit(RLIMIT_CPU, &cpu);
        recording_sink_init(&recording);
        recording.keep_bytes_max = 0;
        int status = unit_read_bytes(bytes, "x", NULL, &recording);
        bool digested = recording.items[0]->size == bytes.size && recording.items[0]->ended;
        _exit(status != PROV_OK || !digested ? 3 : recording_ndefects(&recording) ? 1 : 0);
    }
    int status;
    cr_assert_eq(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 2;
}

struct target {
    char pack[160];
    size_t skip_end; /**< bytes of padding at the end that may be missing */
};

ParameterizedTestParameters(archive_formats, record_cuts)
{
    static struct target targets[] = {
        {"7z a -bd x.7z t >/dev/null && cat x.7z", 0},
        {"gcab -cz x.cab t/a t/numbers t/sub/b && cat x.cab", 0},
        {"find t | cpio --quiet -o -H newc", 512},
        {"ar rc x.a t/a t/numbers t/sub/b && cat x.a", 1},
        {"genisoimage -quiet -R t", 0},
        {"tar -czf - t", 0},
    };
    return cr_make_param_array(struct target, targets, sizeof targets / sizeof targets[0]);
}

ParameterizedTest(struct target *target, archive_formats, record_cuts)
{
    char command[1024];
    (void)snprintf(command, sizeof command, TREE "%s; e=$?; rm -rf $d; exit $e", target->pack);
    struct buf archive = tool_output(command, bytes_of(""));
    for (size_t i = 1; i < 40; i++) {
        size_t size = (archive.size - target->skip_end) * i / 40;
        if (size < 36000 && strstr(target->pack, "iso"))
            continue; /* shorter than where an image says that it is one */
        int result = reading_in_child((struct bytes){archive.data, size});
        cr_assert(result == 1 || result == 2, "%s cut at %zu of %zu: %d", target->pack, size, archive.size,
                  result);
    }
    buf_finish(&archive);
}

/* Without its signature an archive is a plain file, and its bytes are digested as such. */
enum { SIGNATURE = 8 };

/* Every bit of a sample of bytes; a flip must change nothing, or be told, wherever the format has a checksum.
 */
static void
flip_bits(const char *pack, size_t nsamples)
{
    char command[1024];
    (void)snprintf(command, sizeof command,
                   "d=$(mktemp -d) && cd $d && mkdir t && seq 1 3000 >t/a && seq 5 900 >t/b && %s; e=$?; rm "
                   "-rf $d; exit $e",
                   pack);
    struct buf archive = tool_output(command, bytes_of(""));
    read_again(buf_bytes(&archive));
    struct buf good = reading_lines(&recording, 0);
    cr_assert_eq(recording_ndefects(&recording), 0);
    for (size_t i = 0; i < nsamples; i++) {
        size_t at = SIGNATURE + (archive.size - SIGNATURE) * i / nsamples;
        archive.data[at] ^= (uint8_t)(1 << i % 8);
        if (reading_in_child(buf_bytes(&archive)) == 0) {
            read_again(buf_bytes(&archive));
            struct buf now = reading_lines(&recording, 0);
            cr_assert_str_eq(buf_text(&now), buf_text(&good), "%s: bit %zu of byte %zu", pack, i % 8, at);
            buf_finish(&now);
        }
        archive.data[at] ^= (uint8_t)(1 << i % 8);
    }
    buf_finish(&archive);
    buf_finish(&good);
}

Test(archive_formats, find_flipped_bits_of_7z)
{
    flip_bits("7z a -bd x.7z t >/dev/null && cat x.7z", 300);
}

Test(archive_formats, find_flipped_bits_of_tar_gz)
{
    flip_bits("tar -cf - t | gzip -n", 300);
}

Test(archive_formats, find_flipped_bits_of_tar_xz)
{
    flip_bits("tar -cJf - t", 300);
}

Test(archive_formats, read_both_versions_of_rar)
{
    struct buf rar = {0};
    rar5_begin(&rar, 0);
    rar5_add(&rar, "a.txt", "hello");
    rar5_add(&rar, "d/b.txt", "world");
    rar5_end(&rar);
    read_again(buf_bytes(&rar));
    cr_assert_str_eq(recording.items[0]->item.head.format, "rar5");
    cr_assert_eq(recording.nitems, 3);
    cr_assert_str_eq(buf_text(&recorded_find(&recording, "d/b.txt")->data), "world");
    cr_assert_eq(recording_ndefects(&recording), 0);
    buf_clear(&rar);
    rar4_begin(&rar, 0);
    rar4_add(&rar, "a.txt", "hello");
    rar4_end(&rar);
    read_again(buf_bytes(&rar));
    cr_assert_str_eq(recording.items[0]->item.head.format, "rar");
    cr_assert_str_eq(buf_text(&recorded_find(&recording, "a.txt")->data), "hello");
    cr_assert_eq(recording_ndefects(&recording), 0);
    buf_finish(&rar);
}

Test(archive_formats, tell_volumes_and_what_follows_the_end_of_a_rar)
{
    struct buf rar = {0};
    rar5_begin(&rar, 1);
    rar5_add(&rar, "a.txt", "hello");
    rar5_end(&rar);
    rar_put_bytes(&rar, "behind", 6);
    read_again(buf_bytes(&rar));
    cr_assert(has_defect(DEFECT_ARCHIVE_MULTIVOLUME));
    cr_assert(has_defect(DEFECT_ARCHIVE_TRAILING_DATA));
    buf_clear(&rar);
    rar5_begin(&rar, 0);
    rar5_add(&rar, "a.txt", "hello");
    read_again(buf_bytes(&rar));
    cr_assert(has_defect(DEFECT_ARCHIVE_TRUNCATED));
    buf_finish(&rar);
}

Test(archive_formats, open_a_self_extractor)
{
    struct buf rar = {0};
    rar_put_bytes(&rar, "MZ", 2);
    for (int i = 0; i < 1000; i++)
        rar_put_bytes(&rar, "program", 7);
    rar5_begin(&rar, 0);
    rar5_add(&rar, "a.txt", "hello");
    rar5_end(&rar);
    read_again(buf_bytes(&rar));
    cr_assert(has_defect(DEFECT_ARCHIVE_PREFIX_DATA));
    cr_assert_str_eq(buf_text(&recorded_find(&recording, "a.txt")->data), "hello");
    buf_finish(&rar);
}

Test(archive_formats, tell_encrypted_7z)
{
    struct buf archive = made_by("echo x >a && 7z a -bd -psecret x.7z a >/dev/null && cat x.7z");
    read_again(buf_bytes(&archive));
    cr_assert(has_defect(DEFECT_ARCHIVE_ENCRYPTED));
    cr_assert(recording.items[1]->item.head.flags & ITEM_ENCRYPTED);
    buf_finish(&archive);
    archive = made_by("echo x >a && 7z a -bd -psecret -mhe=on x.7z a >/dev/null && cat x.7z");
    read_again(buf_bytes(&archive));
    cr_assert(has_defect(DEFECT_ARCHIVE_ENCRYPTED));
    buf_finish(&archive);
}

Test(archive_formats, tell_what_follows_the_end_of_7z_and_cab)
{
    struct buf archive = made_by("echo x >a && 7z a -bd x.7z a >/dev/null && cat x.7z && echo behind");
    read_again(buf_bytes(&archive));
    cr_assert(has_defect(DEFECT_ARCHIVE_TRAILING_DATA));
    buf_finish(&archive);
    archive = made_by("echo x >a && gcab -c x.cab a && cat x.cab && echo behind");
    read_again(buf_bytes(&archive));
    cr_assert(has_defect(DEFECT_ARCHIVE_TRAILING_DATA));
    buf_finish(&archive);
}

Test(archive_formats, open_packages_of_both_kinds)
{
    struct buf deb =
        made_by("mkdir c d && echo 'Package: x' >c/control && seq 1 100 >d/n && "
                "tar -C c -czf control.tar.gz . && tar -C d -cJf data.tar.xz . && echo 2.0 >debian-binary && "
                "ar rc x.deb debian-binary control.tar.gz data.tar.xz && cat x.deb");
    read_again(buf_bytes(&deb));
    cr_assert_not_null(recorded_find(&recording, "data.tar.xz!/./n"));
    cr_assert_not_null(recorded_find(&recording, "control.tar.gz!/./control"));
    cr_assert_eq(recording_ndefects(&recording), 0);
    buf_finish(&deb);
    struct buf rpm =
        made_by("printf 'Name: sample\\nVersion: 1\\nRelease: 1\\nSummary: s\\nLicense: MIT\\n"
                "BuildArch: noarch\\n%%description\\nd\\n%%install\\nmkdir -p %%{buildroot}/srv\\n"
                "seq 1 100 >%%{buildroot}/srv/n\\n%%files\\n/srv/n\\n' >p.spec && "
                "rpmbuild --quiet -bb --define \"_topdir $PWD\" p.spec && cat RPMS/noarch/*.rpm");
    struct buf numbers = tool_output("seq 1 100", bytes_of(""));
    read_again(buf_bytes(&rpm));
    cr_assert_str_eq(recording.items[0]->item.head.format, "rpm");
    struct recorded_item *n = recorded_find(&recording, "payload!/./srv/n");
    cr_assert_not_null(n);
    cr_assert(bytes_equal(buf_bytes(&n->data), buf_bytes(&numbers)));
    cr_assert_eq(recording_ndefects(&recording), 0);
    cr_assert_str_eq(recording.items[0]->facts[3].code, "rpm.license");
    cr_assert_str_eq(recording.items[0]->facts[3].evidence, "MIT");
    for (size_t size = 6; size < 5000; size += 7)
        if (size < rpm.size) {
            read_again((struct bytes){rpm.data, size});
            cr_assert_gt(recording_ndefects(&recording), 0, "cut at %zu", size);
        }
    buf_finish(&rpm);
    buf_finish(&numbers);
}

Test(archive_formats, finds_faults_of_cpio_and_ar)
{
    struct buf cpio = made_by("echo hello >a && echo x >b && printf 'a\\nb\\n' | cpio --quiet -o -H crc");
    uint8_t *hello = memmem(cpio.data, cpio.size, "hello", 5);
    hello[0] ^= 1;
    read_again(buf_bytes(&cpio));
    cr_assert(recorded_has(recorded_find(&recording, "a"), DEFECT_ARCHIVE_CHECKSUM_MISMATCH));
    cr_assert_eq(recorded_find(&recording, "b")->ndefects, 0);
    hello[0] ^= 1;
    struct buf two = {0};
    rar_put_bytes(&two, cpio.data, cpio.size);
    rar_put_bytes(&two, cpio.data, cpio.size);
    read_again(buf_bytes(&two));
    cr_assert(has_defect(DEFECT_ARCHIVE_MULTIPLE));
    cr_assert_eq(recording.nitems, 5);
    rar_put_bytes(&two, "behind", 6);
    read_again(buf_bytes(&two));
    cr_assert(has_defect(DEFECT_ARCHIVE_TRAILING_DATA));
    buf_finish(&cpio);
    buf_finish(&two);
    struct buf thin = made_by("echo hello >a && ar rcT x.a a && cat x.a");
    read_again(buf_bytes(&thin));
    cr_assert(recorded_has(recorded_find(&recording, "a"), DEFECT_ARCHIVE_DANGLING_LINK));
    buf_finish(&thin);
}

Test(archive_formats, have_names_that_agree_with_the_codecs)
{
    struct buf tar = made_by("echo x >a && tar -cf - a");
    const struct format *format = format_detect(buf_bytes(&tar));
    cr_assert_not_null(format);
    for (int codec = CODEC_GZIP; codec < FORMAT_CODECS; codec++) {
        char name[32];
        (void)snprintf(name, sizeof name, "tar+%s", codec_name((enum codec)codec));
        cr_assert_str_eq(format->names[codec], name);
    }
    buf_finish(&tar);
}
