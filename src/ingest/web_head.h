/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_WEB_HEAD_H
#define INGEST_WEB_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "base/limits.h"

enum { WEB_TYPE_BYTES = 24 };

/** What the head of one record of a web archive says, as far as a reader needs it. */
struct web_head {
    char type[WEB_TYPE_BYTES]; /**< "response", "request" ...; "record" when it is none of plain letters */
    uint64_t block_bytes;      /**< UINT64_MAX when it is missing or no number */
    int64_t date;    /**< when it was fetched, seconds since 1970; INT64_MIN when that is not said */
    bool holds_http; /**< an HTTP message */
    bool has_sha1;   /**< of the block */
    uint8_t sha1[SHA1_SIZE];
    char url[LIMIT_EVIDENCE_BYTES]; /**< where it is from, see url_write; "" when there is none */
};

/** How the records of one kind of archive begin. */
struct web_format {
    const char *marker; /**< what every record begins with, behind a line end; NULL: nothing does */

    /**
     * The head that these bytes begin with.
     *
     * @param may_be  false when they are no beginning of a head, whatever follows them
     * @return its bytes; 0 when it does not end in seen, or may_be is false
     */
    size_t (*end)(struct bytes seen, bool *may_be);
    void (*read)(struct bytes head, struct web_head *made);
};

extern const struct web_format web_format_warc; /**< ISO 28500, and the drafts before it */
extern const struct web_format web_format_arc;  /**< ARC, versions 1 and 2, of the Internet Archive */

/**
 * The address of a source, fit to be stored: without what may name a person or open a door, which is the user
 * information, the query and the fragment; without the angle brackets of some writers.
 *
 * @param text  receives valid UTF-8, NUL-terminated, cut to size; "" when uri is no UTF-8
 */
void url_write(struct bytes uri, char *text, size_t size);

#endif
