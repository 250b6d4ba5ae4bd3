/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_STREAM_H
#define INGEST_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/limits.h"
#include "base/status.h"
#include "model/sink.h"

/** What all readers of one unit share: where things go, what may be spent and what was. */
struct reading {
    struct sink *sink;
    const struct limits *limits;
    uint64_t *progress;      /**< relaxed atomic counter of bytes read and decoded; NULL: nobody looks */
    uint64_t unit_bytes;     /**< size of the unit's file; 0 until stream_open_file has seen it */
    uint64_t expanded_bytes; /**< that came out of decoders and archives so far, in the whole unit */
    uint64_t nmembers;       /**< items begun so far in the whole unit */
    unsigned nrefusals;      /**< streams ended because the unit gave out all that it may */
    bool read_fault;         /**< a read_at failed: told with the container that is open, when it is left */
    struct err *err;
};

/** Tell who watches for a stall that size more bytes were read or decoded. */
void reading_advance(const struct reading *reading, size_t size);

/** Bytes that went into one decoder, or one compressed member, and came out of it. Zero-initialise. */
struct expansion {
    uint64_t in;  /**< kept by the caller; UINT64_MAX when not known (a solid archive) */
    uint64_t out; /**< kept by reading_expand */
};

/**
 * Account for *size more bytes that came out of a decoder or a compressed member (what is merely stored, as
 * in a tar, expands nothing), before they are passed on: expanded_bytes and progress grow, and bombs end
 * here.
 *
 * @param size  in: bytes that came out; out: how many of them may be passed on
 * @return PROV_OK; PROV_E_DATA when a limit was hit, reported on item as LIMIT_EXPANDED_BYTES or LIMIT_RATIO:
 *         pass on *size bytes, then stop; statuses of the sink
 */
int reading_expand(struct reading *reading, struct item *item, struct expansion *expansion, size_t *size);

/**
 * Bytes pulled one block at a time: a file, a decoder over another stream, a member of an archive.
 *
 * An implementation embeds this as its first field, zero but for the two functions. The rest is the
 * window that stream_peek and stream_take keep over its blocks:
 *
 *     ...taken | data .............. data+size | (next fill)
 *              ^ offset
 */
struct stream {
    /**
     * The next block, borrowed until the next fill or close. *size is 0 at the end, and again when asked
     * once more. @return PROV_OK; PROV_E_DATA when the data is bad from here on (the defect is reported by
     * then; bytes given out before are good); or a status that ends the unit.
     */
    int (*fill)(struct stream *stream, const uint8_t **data, size_t *size);
    void (*close)(struct stream *stream); /**< releases the stream itself, not what lies below it */

    const uint8_t *data; /**< what is filled and not yet taken */
    size_t size;
    uint64_t offset;   /**< bytes taken so far */
    struct buf joined; /**< holds the window when it had to span blocks */
    bool ended;        /**< fill gave its last byte, or failed */
    int status;        /**< what fill failed with; reported once the window is used up */
};

/**
 * Look at the next bytes without taking them.
 *
 * @param wanted  bytes to make available, at most 16 MiB
 * @param head    at least wanted bytes, fewer only when the stream ends (or fails) before them; borrowed
 * until the next call on this stream
 * @return PROV_OK, also when the stream fails behind the bytes shown; the failure when there are none
 */
int stream_peek(struct stream *stream, size_t wanted, struct bytes *head);

/** Take size bytes, no more than were last peeked. */
void stream_take(struct stream *stream, size_t size);

/** Take the next block, of any size >= 1; size 0 at the end. Borrowed until the next call on this stream. */
int stream_next(struct stream *stream, struct bytes *block);

/** Take and drop everything that is left. */
int stream_drain(struct stream *stream);

/** Close the stream, and release its window. NULL is fine. */
void stream_close(struct stream *stream);

/**
 * A file from its start to the end it has now, by pread. What cannot be read is FS_IO_ERROR of item; a file
 * that is nearly all hole is LIMIT_RATIO once limits->ratio_floor_bytes were read.
 *
 * @param fd  borrowed
 * @return PROV_OK, PROV_E_MEMORY
 */
int stream_open_file(int fd, struct reading *reading, struct item *item, struct stream **stream);

/** Filters that wrap exactly one stream. */
enum codec {
    CODEC_NONE,
    CODEC_GZIP,
    CODEC_ZSTD,
    CODEC_XZ,
    CODEC_LZMA,
    CODEC_LZIP,
    CODEC_BZIP2,
    CODEC_LZ4,
    CODEC_COMPRESS
};

/**
 * Tell a codec by its first bytes; strict enough never to take text for one. CODEC_LZMA has no signature and
 * is a weak bid: ask it last.
 *
 * @param head  the first bytes, all of them or at least 64; LIMIT_HEAD_BYTES is best
 */
enum codec codec_detect(struct bytes head);
const char *codec_name(enum codec codec); /**< "gzip", "zstd" ...; static */

/** Versions of the libraries behind the codecs; static. */
const char *codec_bzip2_version(void);
const char *codec_isal_version(void); /**< that of its headers: the library does not tell */
const char *codec_lz4_version(void);
const char *codec_lzma_version(void);

/**
 * Decode the stream below, to its last byte: all members or frames, checksums and lengths verified, what
 * follows the last one reported. Faults are defects of item (the container). A checksum that does not
 * hold is reported and the data passed on; after PROV_E_DATA the stream below stays where the fault was
 * found: the caller drains it when its bytes must be seen.
 *
 * @param below  borrowed until the decoder is closed
 * @return PROV_OK, PROV_E_MEMORY
 */
int decoder_open(enum codec codec, struct stream *below, struct reading *reading, struct item *item,
                 struct stream **stream);

#endif
