/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ZIP_CONTENT_H
#define INGEST_ZIP_CONTENT_H

#include "ingest/faults.h"
#include "ingest/zip_format.h"

/** The stored bytes of one member: so many of the file, some made up ones before them. */
struct zip_stored {
    struct stream stream;
    struct stream *below; /**< the zip file at the next stored byte; borrowed */
    uint64_t left;        /**< of them, not yet handed out */
    bool exact;           /**< the end is where the decoder finds it: what it leaves goes back to below */
    size_t behind;        /**< exact: bytes handed out that below still has, before the next ones */
    uint8_t before[16];   /**< given first: the header that a decoder wants and zip leaves out */
    size_t nbefore;
};

/**
 * One member's bytes, decoded and checked. The faults of decoders go to the member, through a sink and a
 * reading of its own, as the member is no item yet when the first of its bytes are looked at.
 */
struct zip_content {
    struct stream stream;
    struct zip_stored stored;
    struct stream *decoder;  /**< over stored, or NULL; owned, but for deflate */
    struct stream *deflate;  /**< one for all members, as it is large; owned */
    struct reading *reading; /**< of the unit */
    struct reading own;      /**< the same, with the sink below */
    struct sink sink;
    struct item stand_in;  /**< what decoders report on */
    struct faults *faults; /**< of the member; borrowed */
    bool sized;            /**< crc and size are known beforehand, and are checked */
    uint32_t crc_expected, crc;
    uint64_t size_expected, size;
    bool whole; /**< the last byte was given */
};

/** Once, before any member. */
void zip_content_init(struct zip_content *content, struct stream *below, struct reading *reading,
                      struct faults *faults);

/**
 * Begin a member whose data starts at the present place of below.
 *
 * @param header  method, packed; with sized also crc and size
 * @param sized   false: only the decoder tells where it ends, packed is the most it can be
 * @return PROV_OK; PROV_E_DATA when the method is not supported (a fault of the member by then);
 * PROV_E_MEMORY
 */
int zip_content_begin(struct zip_content *content, const struct zip_header *header, bool sized);

/** Leave the member: take the rest of its stored bytes when sized. @return PROV_OK, or what below says */
int zip_content_finish(struct zip_content *content);
void zip_content_release(struct zip_content *content);

#endif
