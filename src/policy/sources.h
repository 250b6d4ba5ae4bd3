/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_SOURCES_H
#define POLICY_SOURCES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/status.h"

enum evidence_type {
    EVIDENCE_LICENSE,
    EVIDENCE_CONTRACT,
    EVIDENCE_COLLECTION_RECORD,
    EVIDENCE_CONSENT,
    EVIDENCE_AUTHORISATION,
    EVIDENCE_ROBOTS,
    EVIDENCE_PIA,
    EVIDENCE_ETHICS,
    EVIDENCE_TYPE_COUNT
};

/** One source as its owner declares it. Texts are NULL where nothing is said; flags are -1 then. */
struct source {
    const char *const *match; /**< globs over paths below a root, nmatch */
    size_t nmatch;
    const char *id, *title;
    const char *kind;
    unsigned missing_fields; /**< required fields of Data Provenance Standards 1.0.0 that are absent */
    const char *license;     /**< SPDX expression: use.license, several joined by AND */
    const char *pipl_art13, *gdpr_art6, *copyright_basis;
    const char *purposes;
    int personal_declared;
    const char *guardian_consent, *likeness_consent;
    unsigned nevidence[EVIDENCE_TYPE_COUNT];
    const char *evidence_valid_to;
    const char *collection_method, *collection_robots;
    const char *contract_party;
    int contract_reviewed;
    const char *user_service, *user_terms_version, *user_opt_out_at;
    const char *synthetic_model, *synthetic_version, *synthetic_acquired;
    int is_foreign;
};

/** A source declaration: provscan.sources.json. */
struct sources {
    struct source *sources; /**< nsources, in the order of the file */
    size_t nsources;
    struct json_file *file; /**< owned; holds the texts */
    struct arena arena;
};

/**
 * Read a declaration: an array of objects with the groups source, provenance and use of the Data Provenance
 * Standards 1.0.0, and a group provscan for what they do not cover. Unknown keys are refused; absent required
 * ones are counted, because to judge that is a rule's business.
 *
 * @param file     the opened file; owned by sources from here on, also after a failure
 * @param sources  filled in; to be released with sources_finish, also after a failure
 * @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY
 */
int sources_open(struct json_file *file, struct sources *sources, struct err *err);
void sources_finish(struct sources *sources); /**< zeroed afterwards */

/**
 * Which source does a file belong to?
 *
 * @param path     below its root
 * @param nmatches how many sources claim it
 * @return number of the first, from 1; 0 when none does
 */
uint32_t sources_of(const struct sources *sources, struct bytes path, uint32_t *nmatches);

#endif
