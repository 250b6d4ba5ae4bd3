/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_DECODER_H
#define INGEST_DECODER_H

#include "ingest/stream.h"

/**
 * What codec.c and the decoders (gzip.c, zstd_stream.c ...) agree on; nobody else includes this.
 *
 * codec.c is the stream: it accounts for what comes out, ends bombs, and hands a fault over only after the
 * bytes before it. A decoder knows one format, and is driven one step at a time.
 */
struct decoder {
    struct stream stream; /**< what the outside sees */
    const struct decoder_class *class;
    struct stream *below; /**< borrowed; its offset is the place in the stored bytes */
    struct reading *reading;
    struct item *item; /**< the container: faults are its defects */
    uint64_t start;    /**< offset of below when the decoder was opened */
    struct expansion expansion;
    int status;         /**< what to return once the bytes before it are handed over */
    bool ended;         /**< nothing more is to be asked of the decoder */
    bool mismatch_told; /**< a checksum that does not hold was reported: one defect a stream is enough */
    bool comment_told;  /**< so was content that is neither data nor header */
};

/** One format. The decoder's own fields follow struct decoder in one block of memory. */
struct decoder_class {
    const char *name;
    size_t size; /**< of the whole block; zeroed before begin */

    /** Make ready. end is called also when begin failed. @return PROV_OK, PROV_E_MEMORY */
    int (*begin)(struct decoder *decoder);

    /**
     * Decode until a block of output is full, or the end. The same bytes must give the same output and the
     * same faults, however the blocks of below are cut.
     *
     * @param out  what came out, borrowed until the next step; size 0 only at the end or with a failure
     * @return PROV_OK; PROV_E_DATA: out is good, the defect is reported, nothing more follows; or a status
     *         that ends the unit
     */
    int (*step)(struct decoder *decoder, struct bytes *out);
    void (*end)(struct decoder *decoder);
};

extern const struct decoder_class decoder_gzip, decoder_zstd, decoder_xz, decoder_lzma, decoder_lzip,
    decoder_bzip2, decoder_lz4, decoder_compress;

/** Open a decoder of this class; as decoder_open, which is for those that are detected. */
int decoder_open_class(const struct decoder_class *class, struct stream *below, struct reading *reading,
                       struct item *item, struct stream **stream);

/** Make a decoder as new, over another stream; the class resets its own fields. */
void decoder_restart(struct decoder *decoder, struct stream *below);

/**
 * What is left of the present block of below, at least one byte; size 0 at its end.
 * @return PROV_OK; the status that below failed with
 */
int decoder_input(struct decoder *decoder, struct bytes *input);

/** The input ended where it must not: take what is left. @return PROV_E_DATA, or a status of the sink */
int decoder_truncated(struct decoder *decoder, const char *where);

/**
 * Report a fault that ends the stream, at the present offset of below or another.
 * @return PROV_E_DATA, or a status of the sink
 */
int decoder_fault(struct decoder *decoder, enum defect defect, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int decoder_fault_at(struct decoder *decoder, enum defect defect, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/**
 * Report a checksum or length that does not hold, the first time only; the data is passed on.
 * @return PROV_OK, or a status of the sink
 */
int decoder_mismatch(struct decoder *decoder, enum defect defect, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/**
 * Report, the first time only, content that the format carries along and nobody decodes: a comment.
 * @return PROV_OK, or a status of the sink
 */
int decoder_comment(struct decoder *decoder, uint64_t offset, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/** The first bytes are those of a skippable frame, which zstd and lz4 share: 50..5F 2A 4D 18. */
bool decoder_is_skippable(struct bytes head);

/**
 * Take a skippable frame whole. Its content is reported as a comment, unless it is an index that
 * tools are known to write.
 * @return PROV_OK; PROV_E_DATA: cut; the status that below failed with; a status of the sink
 */
int decoder_skip_frame(struct decoder *decoder);

/**
 * Is the weak signature of .lzma that codec.c has seen borne out by what a decoder makes of head?
 * True when memory ran out: the decoder will say so.
 */
bool decoder_lzma_probe(struct bytes head);

/**
 * Nothing of the format follows: take the rest of below, and report it unless it is padding of zero bytes.
 *
 * @param last  what the rest follows, e.g. "gzip member"
 * @return PROV_OK; the status that below failed with; a status of the sink
 */
int decoder_trailing(struct decoder *decoder, const char *last);

#endif
