/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The libraries that parse untrusted bytes, at work inside the sandbox, in threads started there. A system
 * call that one of them needs and the filter forbids ends the child with SIGSYS, and this test names it
 * (run it under `strace -f` to see which).
 */
#include <criterion/criterion.h>

#include <archive.h>
#include <archive_entry.h>
#include <bzlib.h>
#include <hs/hs.h>
#include <iconv.h>
#include <isa-l/igzip_lib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <magic.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <uchardet/uchardet.h>
#include <unistd.h>
#include <xxhash.h>
#include <zstd.h>

#include "engine/sandbox.h"

enum { TEXT_BYTES = 3 << 20, ROOM_BYTES = 8 << 20, EXIT_SANITIZER = 99 };

/** All that is loaded before the sandbox closes, and the compressed inputs. */
struct bench {
    char *text;
    magic_t magic;
    iconv_t converter;
    hs_database_t *patterns;
    struct {
        char *data;
        size_t size;
    } tar_gz, zip, seven_zip, iso, cpio_xz, gzip, zstd, xz, bzip2, lz4;
};

static void
pack(struct bench *bench, int (*format)(struct archive *), int (*filter)(struct archive *), char **data,
     size_t *size)
{
    struct archive *writer = archive_write_new();
    *data = malloc(ROOM_BYTES);
    cr_assert_eq(format(writer), ARCHIVE_OK);
    if (filter)
        cr_assert_eq(filter(writer), ARCHIVE_OK);
    cr_assert_eq(archive_write_open_memory(writer, *data, ROOM_BYTES, size), ARCHIVE_OK);
    struct archive_entry *entry = archive_entry_new();
    archive_entry_set_pathname(entry, "folder/t\303\251xt.txt");
    archive_entry_set_size(entry, TEXT_BYTES);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_mtime(entry, 1700000000, 0);
    cr_assert_geq(archive_write_header(writer, entry), ARCHIVE_WARN); /* the C locale: not ASCII */
    cr_assert_eq(archive_write_data(writer, bench->text, TEXT_BYTES), TEXT_BYTES);
    archive_entry_free(entry);
    cr_assert_eq(archive_write_close(writer), ARCHIVE_OK);
    archive_write_free(writer);
}

static void
prepare(struct bench *bench)
{
    bench->text = malloc(TEXT_BYTES + 1);
    for (size_t i = 0; i < TEXT_BYTES; i++)
        bench->text[i] = i % 64 == 63 ? '\n' : (char)('a' + i * i % 23);
    bench->text[TEXT_BYTES] = 0;
    pack(bench, archive_write_set_format_pax, archive_write_add_filter_gzip, &bench->tar_gz.data,
         &bench->tar_gz.size);
    pack(bench, archive_write_set_format_zip, NULL, &bench->zip.data, &bench->zip.size);
    pack(bench, archive_write_set_format_7zip, NULL, &bench->seven_zip.data, &bench->seven_zip.size);
    pack(bench, archive_write_set_format_iso9660, NULL, &bench->iso.data, &bench->iso.size);
    pack(bench, archive_write_set_format_cpio_newc, archive_write_add_filter_xz, &bench->cpio_xz.data,
         &bench->cpio_xz.size);
    bench->gzip = (__typeof__(bench->gzip)){bench->tar_gz.data, bench->tar_gz.size};
    bench->zstd.data = malloc(ROOM_BYTES);
    bench->zstd.size = ZSTD_compress(bench->zstd.data, ROOM_BYTES, bench->text, TEXT_BYTES, 3);
    bench->xz.data = malloc(ROOM_BYTES);
    cr_assert_eq(lzma_easy_buffer_encode(1, LZMA_CHECK_CRC64, NULL, (uint8_t *)bench->text, TEXT_BYTES,
                                         (uint8_t *)bench->xz.data, &bench->xz.size, ROOM_BYTES),
                 LZMA_OK);
    bench->bzip2.data = malloc(ROOM_BYTES);
    unsigned bzip2_size = ROOM_BYTES;
    cr_assert_eq(BZ2_bzBuffToBuffCompress(bench->bzip2.data, &bzip2_size, bench->text, TEXT_BYTES, 1, 0, 0),
                 BZ_OK);
    bench->bzip2.size = bzip2_size;
    bench->lz4.data = malloc(ROOM_BYTES);
    bench->lz4.size = LZ4F_compressFrame(bench->lz4.data, ROOM_BYTES, bench->text, TEXT_BYTES, NULL);

    bench->magic = magic_open(MAGIC_MIME_TYPE);
    cr_assert_eq(magic_load(bench->magic, NULL), 0);
    bench->converter = iconv_open("UTF-8", "GB18030");
    cr_assert_neq(bench->converter, (iconv_t)-1);
    hs_compile_error_t *wrong = NULL;
    cr_assert_eq(
        hs_compile("[a-f]{4,8}x", HS_FLAG_SOM_LEFTMOST, HS_MODE_BLOCK, NULL, &bench->patterns, &wrong),
        HS_SUCCESS);
}

static bool
unpacks(const char *data, size_t size)
{
    static const size_t piece = 65536;
    struct archive *reader = archive_read_new();
    archive_read_support_format_tar(reader);
    archive_read_support_format_zip(reader);
    archive_read_support_format_7zip(reader);
    archive_read_support_format_iso9660(reader);
    archive_read_support_format_cpio(reader);
    archive_read_support_format_rar(reader);
    archive_read_support_format_rar5(reader);
    archive_read_support_format_cab(reader);
    archive_read_support_filter_gzip(reader);
    archive_read_support_filter_xz(reader);
    struct archive_entry *entry;
    uint64_t total = 0;
    int status = ARCHIVE_OK;
    char *buffer = malloc(piece);
    bool fine = archive_read_open_memory(reader, data, size) == ARCHIVE_OK;
    while (fine && (status = archive_read_next_header(reader, &entry)) >= ARCHIVE_WARN &&
           status != ARCHIVE_EOF) {
        la_ssize_t got;
        (void)archive_entry_pathname(entry);
        (void)archive_entry_pathname_utf8(entry); /* looks for a converter */
        while ((got = archive_read_data(reader, buffer, piece)) > 0)
            total += (uint64_t)got;
    }
    free(buffer);
    archive_read_free(reader);
    return fine && total == TEXT_BYTES;
}

static bool
inflates(const struct bench *bench, char *room)
{
    struct inflate_state *state = calloc(1, sizeof *state);
    isal_inflate_init(state);
    state->crc_flag = ISAL_GZIP;
    state->next_in = (uint8_t *)bench->gzip.data;
    state->avail_in = (uint32_t)bench->gzip.size;
    state->next_out = (uint8_t *)room;
    state->avail_out = ROOM_BYTES;
    bool fine = isal_inflate(state) == ISAL_DECOMP_OK;
    free(state);
    return fine;
}

static bool
decodes(const struct bench *bench, char *room)
{
    bool fine = inflates(bench, room);
    fine = fine && ZSTD_decompress(room, ROOM_BYTES, bench->zstd.data, bench->zstd.size) == TEXT_BYTES;
    uint64_t memory = (uint64_t)128 << 20;
    size_t in = 0, out = 0;
    fine = fine && lzma_stream_buffer_decode(&memory, 0, NULL, (uint8_t *)bench->xz.data, &in, bench->xz.size,
                                             (uint8_t *)room, &out, ROOM_BYTES) == LZMA_OK;
    unsigned size = ROOM_BYTES;
    fine = fine && BZ2_bzBuffToBuffDecompress(room, &size, bench->bzip2.data, (unsigned)bench->bzip2.size, 0,
                                              0) == BZ_OK;
    LZ4F_dctx *context = NULL;
    (void)LZ4F_createDecompressionContext(&context, LZ4F_VERSION);
    in = bench->lz4.size;
    out = ROOM_BYTES;
    fine = fine && LZ4F_decompress(context, room, &out, bench->lz4.data, &in, NULL) == 0 && out == TEXT_BYTES;
    (void)LZ4F_freeDecompressionContext(context);
    return fine;
}

static int
on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *count)
{
    (void)id, (void)from, (void)to, (void)flags;
    ++*(unsigned *)count;
    return 0;
}

static bool
inspects(const struct bench *bench, char *room)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;
    bool fine = EVP_Digest(bench->text, TEXT_BYTES, digest, &digest_size, EVP_sha256(), NULL) == 1;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    fine = fine && EVP_DigestInit_ex(context, EVP_sha256(), NULL) == 1 &&
           EVP_DigestUpdate(context, bench->text, TEXT_BYTES) == 1 &&
           EVP_DigestFinal_ex(context, digest, NULL) == 1;
    EVP_MD_CTX_free(context);
    fine = fine && XXH3_64bits(bench->text, TEXT_BYTES) != 0;
    hs_scratch_t *scratch = NULL;
    unsigned nmatches = 0;
    fine = fine && hs_alloc_scratch(bench->patterns, &scratch) == HS_SUCCESS &&
           hs_scan(bench->patterns, bench->text, TEXT_BYTES, 0, scratch, on_match, &nmatches) == HS_SUCCESS;
    (void)hs_free_scratch(scratch);
    uchardet_t detector = uchardet_new();
    fine = fine && uchardet_handle_data(detector, "\xc4\xe3\xba\xc3\xca\xc0\xbd\xe7", 8) == 0;
    uchardet_data_end(detector);
    (void)uchardet_get_charset(detector);
    uchardet_delete(detector);
    (void)room;
    return fine;
}

/** libmagic and iconv handles are not shared between threads: only the first thread uses them. */
static bool
judges(const struct bench *bench, char *room)
{
    char in[] = "\xc4\xe3\xba\xc3", *from = in, *to = room;
    size_t in_size = 4, out_size = ROOM_BYTES;
    if (iconv(bench->converter, &from, &in_size, &to, &out_size) != 0 || room[0] != '\xe4')
        return false;
    const char *type = magic_buffer(bench->magic, bench->zip.data, 4096);
    if (!type || strcmp(type, "application/zip") != 0)
        return false;
    type = magic_buffer(bench->magic, bench->text, TEXT_BYTES);
    if (!type || strcmp(type, "text/plain") != 0)
        return false;
    (void)magic_buffer(bench->magic, bench->tar_gz.data, bench->tar_gz.size);
    (void)magic_buffer(bench->magic, "\177ELF\2\1\1\0", 8);
    return true;
}

static void *
work(void *argument)
{
    const struct bench *bench = argument;
    char *room = malloc(ROOM_BYTES);
    bool fine =
        unpacks(bench->tar_gz.data, bench->tar_gz.size) && unpacks(bench->zip.data, bench->zip.size) &&
        unpacks(bench->seven_zip.data, bench->seven_zip.size) && unpacks(bench->iso.data, bench->iso.size) &&
        unpacks(bench->cpio_xz.data, bench->cpio_xz.size) && decodes(bench, room) && inspects(bench, room);
    free(room);
    return fine ? argument : NULL;
}

static int
work_inside(struct bench *bench)
{
    struct sandbox_options options = {
        .memory_bytes = (uint64_t)2 << 30, .file_bytes = 1 << 20, .nfiles = 64, .starts_threads = true};
    struct sandbox_report report;
    if (sandbox_enter(&options, &report, NULL) != PROV_OK)
        return 1;
    if (strcmp(report.reason, "sanitizer build") == 0)
        return EXIT_SANITIZER;
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        if (pthread_create(&threads[i], NULL, work, bench) != 0)
            return 2;
    char *room = malloc(ROOM_BYTES);
    bool fine = judges(bench, room);
    free(room);
    for (int i = 0; i < 2; i++) {
        void *result = NULL;
        (void)pthread_join(threads[i], &result);
        fine = fine && result;
    }
    return fine ? 0 : 3;
}

Test(sandbox_libraries, work_inside)
{
    static struct bench bench;
    prepare(&bench);
    pid_t child = fork();
    if (child == 0)
        _exit(work_inside(&bench));
    int status = 0;
    cr_assert_eq(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SANITIZER)
        return;
    cr_assert_eq(status, 0, "status %#x", status);
}
