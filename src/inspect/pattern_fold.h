/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_PATTERN_FOLD_H
#define INSPECT_PATTERN_FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

/** Where a stretch of folded text came from. */
struct fold_run {
    uint32_t folded, original; /**< places of the same byte */
};

/** A text in which what looks like a digit is a digit. Zero-initialise; reused. */
struct fold {
    uint8_t *text; /**< owned; valid until the next fold_make */
    size_t size, capacity;
    struct fold_run *runs; /**< owned; ascending in both */
    size_t nruns, runs_capacity;
};

/**
 * Fold a text: full-width letters, digits and + - . @ become ASCII; zero-width characters and soft hyphens go;
 * no-break and other spaces become ' ', hyphens '-'. The folded text is never longer.
 *
 * @param json  decode backslash escapes as well: \uXXXX, and \n \t \r \b \f as a line end or a space
 * @return PROV_OK, PROV_E_MEMORY
 */
int fold_make(struct fold *fold, struct bytes text, bool json);

/** Where folded[place] begins in the original text; place may be fold->size. */
size_t fold_origin(const struct fold *fold, size_t place);

/** The same for a place behind the last byte of something: characters that folding removed there are not its. */
size_t fold_origin_end(const struct fold *fold, size_t place);
void fold_finish(struct fold *fold);

#endif
