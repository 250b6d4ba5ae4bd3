/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ZIP_STATE_H
#define INGEST_ZIP_STATE_H

#include "ingest/zip_content.h"
#include "ingest/zip_directory.h"

/* What zip.c, zip_member.c and zip_gaps.c share: a zip file in the middle of being read. */

/** What was found between members. */
struct zip_gaps {
    uint64_t prefix, gap, trailing; /**< bytes that are neither member nor directory, but for zeros */
    uint64_t prefix_at, gap_at, trailing_at; /**< where the first of each kind is */
    uint64_t ends, end_at;                   /**< other end records, and where the first is */
};

struct zip {
    struct reader reader;
    struct reader_input input;
    struct zip_directory directory;
    struct zip_content content;
    struct faults faults; /**< of the present member */
    size_t next;          /**< index of the next place */
    uint64_t nmembers;
    uint64_t data_offset;      /**< where the present member's data begins */
    bool describes;            /**< the present member's data is followed by a descriptor */
    bool zip64;                /**< with sizes of 64 bits */
    struct zip_header present; /**< of the present member: numbers only */
    struct buf name, link;
    struct zip_gaps gaps;
    bool ended;
};

static inline struct stream *
zip_stream(struct zip *zip)
{
    return zip->input.stream;
}

/** Where the reading is, in the file. */
static inline uint64_t
zip_position(const struct zip *zip)
{
    return zip->input.stream->offset;
}

/** Note a fault of the present member. */
static inline int
zip_fault(struct zip *zip, enum defect defect, const char *words)
{
    return faults_add(&zip->faults, zip->input.reading, defect, zip_position(zip), "%s", words);
}

static inline uint64_t
zip_smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

#endif
