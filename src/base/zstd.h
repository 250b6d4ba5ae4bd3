/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_ZSTD_H
#define BASE_ZSTD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/** A zstd decoder and encoder of streams, over libzstd. Thread: one at a time an object. */
struct zstd_decoder;
struct zstd_encoder;

enum zstd_result {
    ZSTD_RESULT_OK,     /**< go on: more input, or more room, or the frame ended */
    ZSTD_RESULT_WINDOW, /**< the frame wants more history than window_max; zstd_decoder_window tells how much
                         */
    ZSTD_RESULT_CHECKSUM,   /**< all was decoded, but it is not what was compressed */
    ZSTD_RESULT_DICTIONARY, /**< the frame needs a dictionary, which nobody has */
    ZSTD_RESULT_CORRUPT,    /**< not a zstd frame, or a damaged one */
    ZSTD_RESULT_MEMORY,
};

/** What one call did. */
struct zstd_step {
    size_t consumed;  /**< of the input */
    size_t produced;  /**< into the output */
    bool frame_ended; /**< the frame is complete: the next byte of input begins another one, or is something
                         else */
};

/**
 * @param window_max  bytes of history that a frame may ask for; cut to what libzstd can do (2 GiB on 64 bits)
 * @return NULL when out of memory
 */
struct zstd_decoder *zstd_decoder_create(uint64_t window_max);
void zstd_decoder_destroy(struct zstd_decoder *decoder); /**< NULL is fine */

/** Forget the frame in work: the next byte of input begins one. */
void zstd_decoder_reset(struct zstd_decoder *decoder);

/**
 * Decode what is there of one frame, data or skippable; stops behind it even if input is left. Call it
 * again with an empty input as long as it fills the output.
 *
 * @param step  always filled in; after a failure it tells what was good before it. Calls that neither consume
 *              nor produce mean that input is needed.
 * @return after anything but ZSTD_RESULT_OK the decoder can only be reset or destroyed
 */
enum zstd_result zstd_decode(struct zstd_decoder *decoder, const uint8_t *in, size_t in_size, uint8_t *out,
                             size_t out_capacity, struct zstd_step *step);

/** Bytes of history that the frame in work asks for, as its header says; 0 when not known. */
uint64_t zstd_decoder_window(const struct zstd_decoder *decoder);

/** Does a frame (false) or a skippable frame (true) begin here? -1: neither, 0: a frame, 1: skippable. */
int zstd_frame_kind(const uint8_t *head, size_t size);

/**
 * The same input gives the same output with the same libzstd.
 *
 * @param aside  compress in a thread of libzstd's own, beside the caller: other bytes than without, the same each time
 * @return NULL: no memory
 */
struct zstd_encoder *zstd_encoder_create(int level, bool aside);
void zstd_encoder_destroy(struct zstd_encoder *encoder); /**< NULL is fine */

/**
 * Encode input into one frame with a checksum.
 *
 * @param ends  there is no more input than this: write the frame's end. Call until in_size bytes were
 * consumed and, with ends, step->frame_ended is true.
 * @return ZSTD_RESULT_OK, ZSTD_RESULT_MEMORY
 */
enum zstd_result zstd_encode(struct zstd_encoder *encoder, struct bytes in, bool ends, uint8_t *out,
                             size_t out_capacity, struct zstd_step *step);

const char *zstd_version(void); /**< of libzstd; static */

#endif
