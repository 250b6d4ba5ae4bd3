/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_LEXICON_H
#define INSPECT_LICENSE_LEXICON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"
#include "inspect/license_index.h"
#include "inspect/license_token.h"
#include "model/spdx_expression.h"

/** How a family of licenses turns a version into an id. */
enum license_family_kind {
    FAMILY_TABLE, /**< by its table of versions */
    FAMILY_GNU,   /**< FAMILY-VERSION-only or -or-later */
};

struct license_version {
    const char *version; /**< "2.0" */
    const char *id;
};

/** Licenses that share a name and differ by a version: "Apache License". */
struct license_family {
    const char *name; /**< "Apache" */
    enum license_family_kind kind;
    const struct license_version *versions;
    size_t nversions;
    const char *unversioned; /**< what the name means without a version */
};

/** A name as a row of words. */
struct license_name {
    const char *id;                      /**< NULL for a family */
    const struct license_family *family; /**< NULL for one license */
    const uint32_t *words;               /**< hashes, in the lexicon's memory */
    uint16_t nwords;
    bool weak;        /**< means a license only beside a word that says so: "MIT", "curl", "Apache" */
    bool spelled;     /**< an id: counts only when it is written with its hyphens and dots */
    const char *text; /**< the id as written, when spelled */
};

/** What the lexicon knows about ids, names, keys of metadata and URLs. Const once open. */
struct license_lexicon;

/**
 * Make a lexicon of an index and a file of terms (policies/licenses/terms.json).
 *
 * @param index       borrowed as long as the lexicon lives
 * @param terms_path  NULL: only what the index holds
 * @return PROV_OK, PROV_E_POLICY, PROV_E_IO, PROV_E_MEMORY
 */
int license_lexicon_open(const struct license_index *index, const char *terms_path,
                         struct license_lexicon **lexicon, struct err *err);
void license_lexicon_close(struct license_lexicon *lexicon);

/** The longest name that begins with these words; NULL when none does. Names that are spelled are checked. */
const struct license_name *license_lexicon_name(const struct license_lexicon *lexicon, struct bytes text,
                                                const struct license_token *tokens, size_t ntokens);

/** May a name begin with this word? Says no for most words that begin none. */
bool license_lexicon_begins(const struct license_lexicon *lexicon, uint32_t word);

/** The id that a key of metadata stands for ("cc-by-4.0", "Expat", "gpl-2+"), any case; NULL when none. */
const char *license_lexicon_key(const struct license_lexicon *lexicon, struct bytes key);

/** The id that a URL stands for, given without its scheme; NULL when none or several. */
const char *license_lexicon_url(const struct license_lexicon *lexicon, struct bytes url);

/** Ids and keys for the expression parser. */
struct spdx_names license_lexicon_names(const struct license_lexicon *lexicon);

/** FAMILY-VERSION with a suffix as an id of the index; NULL when there is none. */
const char *license_lexicon_version(const struct license_lexicon *lexicon,
                                    const struct license_family *family, const char *version, bool or_later);

/** The id as the index writes it, successors followed; NULL when the index does not have it. */
const char *license_lexicon_id(const struct license_lexicon *lexicon, const char *id);

#endif
