/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file as a stream, by pread into one block of LIMIT_READ_BYTES.
 *
 * Why pread and not mmap: a file that somebody truncates while it is mapped is SIGBUS in the middle of a
 * parser, and so is a bad sector; with pread both are a return value. It is also as fast: 12 GB/s from the
 * page cache in blocks of 256 KiB against 16 mapped (AMD EPYC, Zen 4), when no consumer reaches 3.
 *
 * The file is read to the size it has when the stream is opened. Whatever a writer appends meanwhile
 * belongs to another state of the file, which the stamp of the unit tells apart, and a log that grows
 * faster than we read would never end. A file of size 0 is read until read says so: the kernel's
 * own files give bytes that their size does not announce.
 *
 * Blocks are filled up, whatever a single read gives (network file systems give less): decoders see the same
 * blocks of the same file every time.
 *
 * A sparse file costs nothing to store and hours to read. The bound of stream.c on bombs holds for it,
 * with bytes allocated on disk for what went in: once the floor is passed and the ratio is
 * used up, the next hole ends the stream. The figure of st_blocks alone would not do, as some file systems
 * leave it zero, so the kernel is asked (SEEK_DATA) whether there really is a hole. Data is always read.
 *
 * Peak memory: one block of 256 KiB.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/stream.h"

struct file_stream {
    struct stream stream;
    int fd; /**< borrowed */
    struct reading *reading;
    struct item *item;
    uint64_t offset;    /**< of the next byte to read */
    uint64_t end;       /**< size when opened; UINT64_MAX: until read says so */
    uint64_t allocated; /**< bytes on disk; UINT64_MAX: no less than its size */
    uint8_t block[LIMIT_READ_BYTES];
};

/** The file has had its ratio of bytes for each allocated byte, and what comes next is a hole. */
static bool
is_hollow(const struct file_stream *file)
{
    const struct limits *limits = file->reading->limits;
    if (file->allocated == UINT64_MAX || limits->ratio == 0 || file->offset <= limits->ratio_floor_bytes ||
        file->offset / limits->ratio <= file->allocated)
        return false;
    off_t data = lseek(file->fd, (off_t)file->offset, SEEK_DATA);
    return data < 0 ? errno == ENXIO : (uint64_t)data > file->offset;
}

/** Fill the block up. @return bytes read; fewer than wanted at the end (errno 0) or before a fault */
static size_t
read_block(struct file_stream *file, size_t wanted)
{
    size_t size = 0;
    errno = 0;
    while (size < wanted) {
        ssize_t got = pread(file->fd, file->block + size, wanted - size, (off_t)(file->offset + size));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            errno = got < 0 ? errno : 0;
            break;
        }
        size += (size_t)got;
        reading_advance(file->reading, (size_t)got);
    }
    return size;
}

static int
fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct file_stream *file = (struct file_stream *)stream;
    uint64_t left = file->end - file->offset;
    size_t wanted = left < sizeof file->block ? (size_t)left : sizeof file->block;
    *size = 0;
    if (wanted == 0)
        return PROV_OK;
    struct sink *sink = file->reading->sink;
    if (is_hollow(file)) {
        TRY(sink_defect(sink, file->item, DEFECT_LIMIT_RATIO, file->offset,
                        "sparse file: %" PRIu64 " bytes came out of %" PRIu64
                        " on disk, and a hole follows: the rest was not read",
                        file->offset, file->allocated));
        return PROV_E_DATA;
    }
    size_t got = read_block(file, wanted);
    if (got == 0 && errno != 0) {
        const char *reason = strerrordesc_np(errno);
        TRY(sink_defect(sink, file->item, DEFECT_FS_IO_ERROR, file->offset, "cannot read: %s",
                        reason ? reason : "unknown error"));
        return PROV_E_DATA;
    }
    /* A fault behind good bytes comes again with the next call. */
    file->offset += got;
    *data = file->block;
    *size = got;
    return PROV_OK;
}

static void
file_close(struct stream *stream)
{
    free(stream);
}

int
stream_open_file(int fd, struct reading *reading, struct item *item, struct stream **stream)
{
    struct file_stream *file = malloc(sizeof *file);
    if (!file)
        return err_set(reading->err, PROV_E_MEMORY, "no memory to read a file");
    file->stream = (struct stream){.fill = fill, .close = file_close};
    file->fd = fd;
    file->reading = reading;
    file->item = item;
    file->offset = 0;
    file->end = UINT64_MAX;
    file->allocated = UINT64_MAX;
    struct stat status;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
        uint64_t allocated =
            (uint64_t)status.st_blocks * 512; /* st_blocks counts 512 bytes, whatever st_blksize */
        file->end = (uint64_t)status.st_size;
        if (allocated < file->end)
            file->allocated = allocated;
        if (reading->unit_bytes == 0)
            reading->unit_bytes = file->end;
    }
    /* Advice only: doubles the kernel's read-ahead; refused on what is no regular file. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *stream = &file->stream;
    return PROV_OK;
}
