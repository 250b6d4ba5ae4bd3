/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_FILETYPE_H
#define INSPECT_FILETYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "model/fact.h"

/** What the first bytes of an item say it is. */
struct filetype {
    const char *type;     /**< MIME type; static, or valid until the next call on this judge */
    const char *encoding; /**< IANA name of the text encoding, static; NULL when the item is not text */
    bool is_text;         /**< to be searched as text */
};

/** Judge of types: one a thread (libmagic is not re-entrant). */
struct filetype_judge;

/** Loads libmagic's database: call it before the sandbox closes. @return NULL when that fails, err worded */
struct filetype_judge *filetype_create(struct err *err);
void filetype_destroy(struct filetype_judge *judge);

/**
 * Judge an item by its head: own signatures, then the text test with encoding, then libmagic.
 *
 * @param head   the first bytes, at most LIMIT_HEAD_BYTES of them matter
 * @param whole  true when head is all there is
 * @param name   the item's own name, raw bytes: decides between kinds of text, and is checked for mismatch
 * @param out    facts: type.mismatch, type.polyglot, type.active_content, file.lfs_pointer, attributes
 * @return PROV_OK, PROV_E_MEMORY
 */
int filetype_detect(struct filetype_judge *judge, struct bytes head, bool whole, struct bytes name,
                    struct filetype *result, struct fact_list *out);

/** "5.44"; static. */
const char *filetype_magic_version(void);

#endif
