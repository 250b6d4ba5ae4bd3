/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_NAMES_H
#define INGEST_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/** One name of a folder. */
struct name {
    uint64_t key;    /**< its first 8 bytes as a big-endian number, for the order */
    uint32_t offset; /**< of its text */
    uint16_t size;
    uint8_t type; /**< DT_REG ... as the folder says; DT_UNKNOWN when it does not */
};

/** Names of one folder in the order of their bytes: all of it, or as many as fit. Zero-initialise. */
struct names {
    struct name *list; /**< owned */
    size_t count, capacity;
    struct buf text; /**< all names, each NUL-terminated */
    bool more;       /**< the folder has names behind the last one here */
};

/** How to list. */
struct names_request {
    struct bytes after; /**< only names behind this one; empty: all */
    size_t bytes_max;   /**< memory for the names kept; at least one name is */
    uint8_t *buffer;    /**< for the kernel to write entries to; aligned to 8 */
    size_t buffer_size; /**< at least 4096 */
};

/**
 * List an open folder from its start. `.` and `..` are left out.
 *
 * @param names  replaced
 * @param error  0, or the errno that ended the listing early: what was listed by then is kept
 * @return PROV_OK, PROV_E_MEMORY (names is empty then)
 */
int names_list(struct names *names, int folder, const struct names_request *request, int *error);

/** The place of a name, or -1. */
int64_t names_find(const struct names *names, const char *name);

/** Forget one name. */
void names_remove(struct names *names, size_t place);

/** The text of a name; NUL-terminated; valid until the list changes. */
struct bytes names_text(const struct names *names, size_t place);

/** Memory held. */
size_t names_bytes(const struct names *names);
void names_finish(struct names *names);

#endif
