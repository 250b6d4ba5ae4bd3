/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_ITEM_H
#define MODEL_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/digest.h"
#include "model/fact.h"

/** No enumerator: before C23 these are of type int, and clang says so. */
#define ITEM_NO_PARENT UINT32_MAX

/** Values are stored. */
enum item_kind {
    ITEM_FILE = 0,
    ITEM_DIRECTORY = 1,
    ITEM_SYMLINK = 2,
    ITEM_HARDLINK = 3,
    ITEM_SPECIAL = 4, /**< FIFO, socket, device: listed, never opened */
};

/** Bits of item.flags; values are stored. */
enum item_flag {
    ITEM_CONTAINER = 1 << 0, /**< an archive or a compressed stream that was opened */
    ITEM_PARTIAL = 1 << 1,   /**< not all bytes could be read: the digest covers those that were */
    ITEM_ENCRYPTED = 1 << 2, /**< content present but locked */
    ITEM_SPARSE = 1 << 3,
    ITEM_TEXT = 1 << 4,      /**< searched as text */
    ITEM_OPAQUE = 1 << 5,    /**< only digested: opening it ended a worker, or went past the depth limit */
    ITEM_NO_CONTENT = 1 << 6,/**< has no bytes of its own: directory, link, special, unreadable */
};

/** Known when an item begins. */
struct item_head {
    enum item_kind kind;
    uint32_t parent;        /**< ordinal of the container, ITEM_NO_PARENT for the unit itself */
    uint32_t flags;         /**< ITEM_CONTAINER and others known by now */
    struct bytes path;      /**< below the unit: "" for the unit itself, else "a.zip!/b.txt": raw bytes */
    uint32_t name_offset;   /**< where the member's own name starts in path */
    struct bytes link;      /**< target of a link, raw bytes, else empty */
    uint64_t size_declared; /**< as the container says; UINT64_MAX when it does not */
    int64_t mtime;          /**< seconds since 1970 as stored, INT64_MIN when not */
    const char *format;     /**< of a container: "tar", "zip", "gzip" ...; static where readers make it; NULL otherwise */
};

/**
 * One piece of content with all that was found in it. Made by the sink in begin(), complete and
 * const after the last segment was inspected.
 */
struct item {
    uint32_t ordinal;              /**< order of begin() within the unit, 0 for the unit itself */
    uint32_t depth;                /**< containers above it */
    struct item_head head;         /**< path and link are owned by the item from begin() on */
    uint64_t size;                 /**< bytes read */
    struct fingerprint fingerprint;/**< of the bytes read; zero with ITEM_NO_CONTENT */
    const char *type;              /**< MIME type; static or in facts' arena; NULL when not judged */
    const char *encoding;          /**< IANA name of the text encoding; static; NULL when not text */
    struct fact_set facts;
};

#endif
