/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_UNIT_READING_H
#define UNIT_UNIT_READING_H

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ingest/read_unit.h"
#include "recording_sink.h"

/* Reads a whole unit into a recording sink, as a worker does. */

static inline struct unit_stamp
stamp_of(int fd)
{
    struct stat state;
    if (fstat(fd, &state) != 0)
        abort();
    return (struct unit_stamp){
        .size = (uint64_t)state.st_size,
        .device = state.st_dev,
        .inode = state.st_ino,
        .mtime_ns = (int64_t)state.st_mtim.tv_sec * 1000000000 + state.st_mtim.tv_nsec,
        .ctime_ns = (int64_t)state.st_ctim.tv_sec * 1000000000 + state.st_ctim.tv_nsec,
        .blocks_bytes = (uint64_t)state.st_blocks * 512,
    };
}

static inline int
unit_read_fd(int fd, const char *name, const struct limits *limits, struct recording_sink *recording)
{
    struct err err = {0};
    struct read_unit_options options = {
        .limits = limits ? limits : &LIMITS_DEFAULT, .fd = fd, .name = bytes_of(name), .stamp = stamp_of(fd)};
    return read_unit(&options, &recording->sink, &err);
}

/** Read bytes as if they were a file of this name. The sink must be initialised. */
static inline int
unit_read_bytes(struct bytes bytes, const char *name, const struct limits *limits,
                struct recording_sink *recording)
{
    int fd = memfd_create("unit", MFD_CLOEXEC);
    if (fd < 0 || (bytes.size && write(fd, bytes.data, bytes.size) != (ssize_t)bytes.size))
        abort();
    int status = unit_read_fd(fd, name, limits, recording);
    (void)close(fd);
    return status;
}

#endif
