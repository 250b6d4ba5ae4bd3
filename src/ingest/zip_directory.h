/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ZIP_DIRECTORY_H
#define INGEST_ZIP_DIRECTORY_H

#include "ingest/reader.h"
#include "ingest/zip_format.h"

/** A stretch of the file that belongs to the directory and not to members. */
struct zip_region {
    uint64_t start, end;
};

/** Where one member lies. */
struct zip_place {
    uint64_t local;   /**< of its local header in the file; may be anywhere, even past the end */
    uint64_t central; /**< of its entry in the directory, in the file */
};

enum { ZIP_REGIONS = 3 };

/** The directory of a zip file. */
struct zip_directory {
    bool found;
    uint64_t base; /**< bytes before the zip file proper: what stated offsets are relative to */
    struct zip_region
        regions[ZIP_REGIONS]; /**< entries, ZIP64 records, end record: ascending; empty ones at 0 */
    struct zip_place *places; /**< by local offset, then in the order of the directory; owned */
    size_t nplaces;
    uint64_t comment_offset;
    uint32_t comment_size;
    int fd;          /**< borrowed */
    bool *fault;     /**< set when the file cannot be read; borrowed */
    uint8_t *window; /**< the part of the file seen last, and room for its tail; owned */
    uint64_t window_offset;
    size_t window_size;
};

/**
 * Find the directory, list its members, and report on the container what is wrong with it.
 *
 * @param directory  zeroed; zip_directory_finish releases what was made, also after a failure
 * @return PROV_OK, also when there is none (found is false then); PROV_E_MEMORY; a status of the sink
 */
int zip_directory_read(struct zip_directory *directory, const struct reader_input *input);

/**
 * Bytes of the file, borrowed until the next call.
 * @param wanted  at most 256 KiB; fewer are given when the file ends, or cannot be read
 */
struct bytes zip_directory_view(struct zip_directory *directory, uint64_t offset, size_t wanted);

/** The entry of a member, borrowed until the next call. @return false when it is no entry any more */
bool zip_directory_entry(struct zip_directory *directory, const struct zip_place *place,
                         struct zip_header *header);

/**
 * Does the end of this file hold the directory of a zip file, whatever it begins with?
 * @param fault  set when the file cannot be read there
 * @return PROV_OK, PROV_E_MEMORY
 */
int zip_directory_detect(int fd, uint64_t size, bool *found, bool *fault);
void zip_directory_finish(struct zip_directory *directory);

#endif
