/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files, with a pread of our own in between: this program's definition comes before that of the C library, so
 * every fault that a disk, a network or a signal can make is made here.
 */
#include <criterion/criterion.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "recording_sink.h"
#include "ingest/stream.h"

/** What the next calls of pread do; in the process of one test. */
static struct {
    size_t ncalls;
    size_t short_bytes;     /**< reads give at most so many; 0: all */
    size_t interrupt_every; /**< each so-many-th call is interrupted; 0: none */
    uint64_t error_offset;  /**< reads that reach it give what is before it, then fail */
    int error;              /**< 0: no fault */
    int truncate_fd;        /**< with truncate_at: the file shrinks at this call */
    size_t truncate_at;
} faults;

ssize_t
pread(int fd, void *buffer, size_t size, off_t offset)
{
    faults.ncalls++;
    if (faults.interrupt_every && faults.ncalls % faults.interrupt_every == 0) {
        errno = EINTR;
        return -1;
    }
    if (faults.truncate_at && faults.ncalls == faults.truncate_at && ftruncate(faults.truncate_fd, 1000) != 0)
        abort();
    if (faults.error && (uint64_t)offset >= faults.error_offset) {
        errno = faults.error;
        return -1;
    }
    if (faults.error && faults.error_offset - (uint64_t)offset < size)
        size = (size_t)(faults.error_offset - (uint64_t)offset);
    if (faults.short_bytes && size > faults.short_bytes)
        size = faults.short_bytes;
    return syscall(SYS_pread64, fd, buffer, size, offset);
}

ssize_t __pread_chk(int fd, void *buffer, size_t size, off_t offset, size_t capacity);

/** The same, as it is called when the compiler knows the size of the buffer (_FORTIFY_SOURCE). */
ssize_t
__pread_chk(int fd, void *buffer, size_t size, off_t offset, size_t capacity)
{
    if (size > capacity)
        abort();
    return pread(fd, buffer, size, offset);
}

struct opened {
    int fd;
    struct recording_sink recording;
    struct recorded_item *item;
    struct limits limits;
    uint64_t progress;
    struct reading reading;
    struct stream *stream;
};

static int
make_file(size_t size)
{
    char path[] = "/tmp/provscan_stream_XXXXXX";
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    (void)unlink(path);
    uint8_t block[1000];
    for (size_t written = 0; written < size; written += sizeof block) {
        for (size_t i = 0; i < sizeof block; i++)
            block[i] = (uint8_t)((written + i) * 131 >> 3);
        cr_assert_eq(write(fd, block, sizeof block), (ssize_t)sizeof block);
    }
    cr_assert_eq(ftruncate(fd, (off_t)size), 0);
    return fd;
}

static void
open_stream(struct opened *opened, int fd)
{
    *opened = (struct opened){.fd = fd, .limits = LIMITS_DEFAULT};
    recording_sink_init(&opened->recording);
    opened->item = recording_start(&opened->recording, "", ITEM_NO_PARENT);
    opened->reading = (struct reading){
        .sink = &opened->recording.sink, .limits = &opened->limits, .progress = &opened->progress};
    cr_assert_eq(stream_open_file(fd, &opened->reading, &opened->item->item, &opened->stream), PROV_OK);
}

/** Read on to the end. @return what the stream ended with */
static int
read_all(struct opened *opened)
{
    struct bytes block;
    int status;
    while ((status = stream_next(opened->stream, &block)) == PROV_OK && block.size > 0) {
        uint64_t offset = opened->stream->offset - block.size;
        for (size_t i = 0; i < block.size; i += 61)
            cr_assert_eq(block.data[i], (uint8_t)((offset + i) * 131 >> 3));
    }
    return status;
}

static void
close_stream(struct opened *opened)
{
    stream_close(opened->stream);
    recording_sink_finish(&opened->recording);
    cr_assert_eq(close(opened->fd), 0, "the descriptor is borrowed");
}

Test(stream_file, reads_every_byte)
{
    static const size_t sizes[] = {0, 1, 262143, 262144, 262145, 3000000};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct opened opened;
        open_stream(&opened, make_file(sizes[i]));
        cr_assert_eq(read_all(&opened), PROV_OK);
        cr_assert_eq(opened.stream->offset, sizes[i]);
        cr_assert_eq(opened.progress, sizes[i]);
        cr_assert_eq(opened.reading.unit_bytes, sizes[i]);
        cr_assert_eq(opened.item->ndefects, 0);
        close_stream(&opened);
    }
}

Test(stream_file, does_not_mind_short_reads_and_signals)
{
    faults.short_bytes = 777;
    faults.interrupt_every = 3;
    struct opened opened;
    open_stream(&opened, make_file(1000000));
    cr_assert_eq(read_all(&opened), PROV_OK);
    cr_assert_eq(opened.stream->offset, 1000000);
    cr_assert_eq(opened.item->ndefects, 0);
    close_stream(&opened);
}

Test(stream_file, gives_what_lies_before_a_bad_sector_and_says_where_it_is)
{
    static const uint64_t offsets[] = {0, 1, 4096, 262144, 700001};
    static const int errors[] = {EIO, ESTALE, EBADF};
    for (size_t i = 0; i < 5; i++)
        for (size_t j = 0; j < 3; j++) {
            faults.error = errors[j];
            faults.error_offset = offsets[i];
            struct opened opened;
            open_stream(&opened, make_file(1000000));
            cr_assert_eq(read_all(&opened), PROV_E_DATA);
            cr_assert_eq(opened.stream->offset, offsets[i]);
            cr_assert_eq(opened.item->ndefects, 1);
            cr_assert_eq(opened.item->defects[0].defect, DEFECT_FS_IO_ERROR);
            cr_assert_eq(opened.item->defects[0].offset, offsets[i]);
            cr_assert_not_null(strstr(opened.item->defects[0].text, strerror(errors[j])));
            cr_assert_eq(read_all(&opened), PROV_E_DATA, "and stays so, said once");
            cr_assert_eq(opened.item->ndefects, 1);
            close_stream(&opened);
        }
}

Test(stream_file, ends_where_a_file_that_shrinks_ends)
{
    int fd = make_file(2000000);
    faults.truncate_fd = fd;
    faults.truncate_at = 3;
    struct opened opened;
    open_stream(&opened, fd);
    cr_assert_eq(read_all(&opened), PROV_OK);
    cr_assert_eq(opened.stream->offset, 2 * LIMIT_READ_BYTES);
    close_stream(&opened);
}

Test(stream_file, does_not_follow_a_file_that_grows)
{
    int fd = make_file(300000);
    struct opened opened;
    open_stream(&opened, fd);
    struct bytes head;
    cr_assert_eq(stream_peek(opened.stream, 1, &head), PROV_OK);
    cr_assert_eq(write(fd, "more", 4), 4);
    cr_assert_eq(read_all(&opened), PROV_OK);
    cr_assert_eq(opened.stream->offset, 300000);
    close_stream(&opened);
}

Test(stream_file, reads_a_file_whose_size_is_not_announced)
{
    int fd = open("/proc/self/status", O_RDONLY);
    cr_assert_geq(fd, 0);
    struct opened opened;
    open_stream(&opened, fd);
    struct bytes head;
    cr_assert_eq(stream_peek(opened.stream, 100, &head), PROV_OK);
    cr_assert(bytes_start_with(head, "Name:"));
    cr_assert_eq(stream_drain(opened.stream), PROV_OK);
    cr_assert_gt(opened.stream->offset, 100);
    close_stream(&opened);
}

Test(stream_file, reports_what_is_no_file_to_read)
{
    int fd = open("/", O_RDONLY);
    struct opened opened;
    open_stream(&opened, fd);
    cr_assert_eq(read_all(&opened), PROV_E_DATA);
    cr_assert(recorded_has(opened.item, DEFECT_FS_IO_ERROR));
    close_stream(&opened);
}

Test(stream_file, does_not_read_a_hole_for_hours)
{
    int fd = make_file(0);
    cr_assert_eq(ftruncate(fd, (off_t)1 << 40), 0);
    struct opened opened;
    open_stream(&opened, fd);
    opened.limits.ratio_floor_bytes = 10 << 20;
    cr_assert_eq(stream_drain(opened.stream), PROV_E_DATA);
    cr_assert(recorded_has(opened.item, DEFECT_LIMIT_RATIO));
    cr_assert_leq(opened.stream->offset, (10 << 20) + LIMIT_READ_BYTES);
    close_stream(&opened);
}

Test(stream_file, reads_a_hole_that_is_small_for_the_data)
{
    int fd = make_file(1000000);
    cr_assert_eq(ftruncate(fd, 100 << 20), 0);
    struct opened opened;
    open_stream(&opened, fd);
    opened.limits.ratio_floor_bytes = 1 << 20;
    cr_assert_eq(stream_drain(opened.stream), PROV_OK, "100 MiB of 1 MB are less than 200 to 1");
    cr_assert_eq(opened.stream->offset, 100 << 20);
    close_stream(&opened);
}
