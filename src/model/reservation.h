/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_RESERVATION_H
#define MODEL_RESERVATION_H

#include <stddef.h>

#include "base/bytes.h"

/**
 * What a machine-readable statement says of training on what it stands for; the level of a FACT_ATTRIBUTE
 * "reservation.<carrier>". A statement that cannot be read is never "allowed". The values are stored.
 */
enum reservation {
    RESERVATION_NONE = 0, /**< says nothing of it: no fact */
    RESERVATION_ALLOWED = 1,
    RESERVATION_UNKNOWN = 2,     /**< speaks of it in words that the protocol does not have */
    RESERVATION_CONSTRAINED = 3, /**< allowed on terms, or denied in part */
    RESERVATION_RESERVED = 4,
};

/** A field, a meta element or a line that can hold one, by its name. */
struct reservation_carrier {
    const char *name; /**< of an HTTP field, of a meta element or of a line of robots.txt */
    const char *code; /**< of the fact */
    enum reservation (*read)(struct bytes value);
};

/**
 * The carriers, ended by a NULL name:
 *
 *   tdm-reservation           TDMRep (W3C community group): "1", "0"
 *   content-usage             AIPREF (IETF draft): a dictionary of structured fields, "train-ai=n"
 *   x-robots-tag, robots      unofficial words "noai", "noimageai" among directives
 *   content-signal            Cloudflare: "search=yes, ai-train=no"
 */
extern const struct reservation_carrier RESERVATION_CARRIERS[];

/** The carrier of this name, in letters of any case; NULL: there is none. */
const struct reservation_carrier *reservation_carrier(struct bytes name);

const char *reservation_name(enum reservation reservation); /**< "reserved" ...; static */

#endif
