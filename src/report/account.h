/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_ACCOUNT_H
#define REPORT_ACCOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/digest.h"
#include "base/status.h"
#include "model/verdict.h"
#include "report/root_names.h"

/**
 * What a judged store comes to, read once, bounded by the limits on samples and not by the dataset: all
 * reports are renderings of this. Texts are UTF-8 from our own files unless they are struct bytes, which come
 * from strangers and go through base/escape.h on their way out.
 */

/** One place in the dataset. */
struct account_place {
    int64_t root;
    struct bytes unit_path, item_path; /**< raw bytes */
};

/** A sample of a finding or a defect. */
struct account_sample {
    struct account_place place;
    uint64_t offset, length, row;
    int score;
    struct bytes evidence; /**< masked, or the words of a defect */
};

/** All facts of one kind, code and level. */
struct account_group {
    int kind; /**< enum fact_kind */
    struct bytes code;
    int level;
    const char *class; /**< of a finding: class of its detector; of a defect: its effect; else "" */
    int measured_values; /**< of a finding: how many values its detector was measured with, 0 none */
    int recall_permille, precision_permille;
    uint64_t nitems, count;
    struct account_sample *samples;
    size_t nsamples;
};

/** One row of the ledger: a rule that skipped files, or a reason for which they were not read. */
struct account_ledger_row {
    struct bytes name;
    uint64_t nfiles, nbytes;
};

/** One row of a list of counts: a type, a container format, a license. */
struct account_count {
    struct bytes name;
    uint64_t nitems, nbytes;
};

struct account_license {
    struct bytes expression; /**< empty: none is known */
    bool clear;
    int commercial, derivatives, training, attribution, share_alike; /**< 1, 0, -1 not known */
    uint64_t nitems[4], nbytes[4]; /**< by where it is stated: item, folder, source, nowhere */
};

/** Names a declared source; see the table source of store/views.sql. */
struct account_source {
    int64_t ordinal;
    struct bytes id, title, kind, license, pipl_art13, gdpr_art6, copyright_basis, purposes;
    int64_t missing_fields;
    enum verdict verdict;
    uint64_t nitems, ncontent, nbytes, nunsearched, npersonal, nsensitive, nminors, nsecrets,
        nlicense_unknown, nlicense_conflict, nunread, nitems_denied, nitems_reviewed;
    uint64_t nevidence; /**< pieces of evidence of all types */
    const char *evidence; /**< JSON array of them */
};

struct account_duplicate {
    uint8_t sha256[SHA256_SIZE];
    uint64_t size, count;
    struct account_place first, last;
};

struct account_pack {
    const char *id, *version, *title_en, *title_zh, *sha256, *file;
    const char *otherwise; /**< JSON object of two texts: why no rule of it applies; "" when it applies */
};

struct account_parameter {
    const char *pack, *name, *value, *declared, *set_by; /**< values as JSON */
    const char *title_en, *title_zh;
    const char *change; /**< JSON object: why another pack set it, and by what law */
};

/** An item that a result rests on, with the facts that speak in it. */
struct account_evidence {
    struct account_place place;
    enum conformity conformity;
    int64_t source;
    struct account_fact {
        int kind, level;
        struct bytes code;
        uint64_t count;
    } * facts;
    size_t nfacts;
};

struct account_source_result {
    int64_t source;
    enum conformity conformity;
};

struct account_rule {
    const char *id, *level, *basis, *fails_when, *applies_when;
    size_t pack, verdict_set_by; /**< indexes */
    enum verdict verdict_if_failed, verdict_declared;
    const char *title_en, *title_zh, *reason_en, *reason_zh, *remedy_en, *remedy_zh;
    const char *cite; /**< JSON array as the store has it */
    const char *change; /**< JSON object: why another pack changed the verdict, and by what law */
    enum conformity conformity;
    enum verdict verdict;
    uint64_t nsubjects, nnot_conform, nundetermined, nconform, nnot_applicable, nwaived;
    struct account_source_result *sources;
    size_t nsources;
    struct account_evidence *evidence;
    size_t nevidence;
};

struct account {
    enum verdict verdict;
    bool complete;
    uint64_t nitems_denied, nitems_reviewed, nrules_failed, nrules_undetermined;

    /* From meta; NULL where the scan did not say. */
    const char *tool, *schema, *libraries, *plan, *limits, *scan_detectors, *sandbox, *excludes;
    const char *judge_detectors, *purpose, *as_of, *sources_sha256;
    const char *items_sha256;
    uint64_t items_lines, items_bytes;

    const char *scope;         /**< JSON object: what the dataset is declared to be for */
    uint64_t nwaivers, nwaivers_in_force;
    const char *waivers;       /**< JSON array: what people took upon themselves */
    const char *manual_sample; /**< JSON object: what came of the manual sample; "" when there is none */

    struct root_names roots;
    char root_digest[2 * SHA256_SIZE + 1];

    /* The ledger: bytes = read + alias + skipped + unreadable. */
    uint64_t bytes, bytes_read, bytes_alias, bytes_skipped, bytes_unreadable;
    uint64_t units[7]; /**< by enum unit_kind */
    struct account_ledger_row *skipped, *unreadable;
    size_t nskipped, nunreadable;

    uint64_t items[5]; /**< by enum item_kind */
    uint64_t ncontainers, ncontent, content_bytes, expanded_bytes, depth_max, npartial, nencrypted;
    uint64_t nunsearched, unsearched_bytes;
    struct account_count *types, *formats; /**< by bytes, the largest first */
    size_t ntypes, nformats;

    struct account_license *licenses;
    size_t nlicenses;
    struct account_group *statements; /**< license facts by expression and match */
    size_t nstatements;
    uint64_t ncopyright_items;

    struct account_source *sources;
    size_t nsources;

    struct account_group *groups; /**< findings, then defects */
    size_t ngroups;

    uint64_t nduplicate_groups, nduplicate_items, duplicate_bytes;
    struct account_duplicate *duplicates;
    size_t nduplicates;

    struct account_pack *packs;
    size_t npacks;
    struct account_parameter *parameters;
    size_t nparameters;
    struct account_rule *rules;
    size_t nrules;

    struct arena arena;
};

/** How much of the lists is wanted. */
struct account_bounds {
    size_t nsamples;  /**< of one finding or defect; 0: as limit samples-manifest says */
    size_t nevidence; /**< items shown for one rule; 0: all that the judge kept */
    size_t nrows;     /**< types, licenses, statements, duplicates; 0: 1000 */
};

/**
 * @param account  filled in; to be released with account_close, also after a failure
 * @return PROV_OK; PROV_E_USAGE (never judged), PROV_E_STORE, PROV_E_MEMORY
 */
int account_open(struct db *db, const struct account_bounds *bounds, struct account *account,
                 struct err *err);
void account_close(struct account *account); /**< zeroed afterwards */

/** Append the locator's raw bytes, as root_names_locator does. @return PROV_OK, PROV_E_MEMORY */
int account_locator(const struct account *account, const struct account_place *place, struct buf *locator);

#endif
