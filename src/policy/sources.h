/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_SOURCES_H
#define POLICY_SOURCES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "base/digest.h"
#include "base/json.h"
#include "base/status.h"
#include "policy/scope.h"

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

/** What became of looking at a file of evidence. */
enum evidence_state {
    EVIDENCE_UNCHECKED,  /**< nobody looked: the declaration came without its folder */
    EVIDENCE_ABSENT,     /**< no such file, or none that may be read */
    EVIDENCE_DIFFERS,    /**< not the file that was declared */
    EVIDENCE_UNDIGESTED, /**< there, but no digest was declared that it could be held against */
    EVIDENCE_MATCHES,
};

/** A file that a declaration rests on. */
struct source_evidence {
    enum evidence_type type;
    const char *path;   /**< below the folder of the declaration */
    const char *sha256; /**< as declared, lower case; NULL */
    const char *valid_from, *valid_to;
    const char *reviewed_by, *reviewed_at;
    enum evidence_state state;
    char sha256_found[2 * SHA256_SIZE + 1]; /**< "" while it was not read */
};

/** One source as its owner declares it; source.def lists what is said. */
struct source {
    const char *const *match; /**< globs over paths below a root, nmatch */
    size_t nmatch;
    const char *license; /**< SPDX expression: use.license, several joined by AND */
    struct source_evidence *evidence;
    size_t nevidence;
#define TEXT(name) const char *name;
#define FLAG(name) int name;
#define COUNT(name) unsigned name;
#define SHARE(name) double name;
#include "policy/source.def"
#undef TEXT
#undef FLAG
#undef COUNT
#undef SHARE
};

/** A source declaration: provscan.sources.json. */
struct sources {
    struct source *sources; /**< nsources, in the order of the file */
    size_t nsources;
    struct scope scope;     /**< what the dataset is for */
    struct json_file *file; /**< owned; holds the texts */
    struct arena arena;
};

/**
 * Read a declaration: an array of objects with the groups source, provenance and use of the Data Provenance
 * Standards 1.0.0, and a group provscan for what they do not cover; or an object with that array as "sources"
 * and a "scope". Unknown keys are refused; absent required ones are counted, because to judge that is a
 * rule's business.
 *
 * @param file     the opened file; owned by sources from here on, also after a failure
 * @param sources  filled in; to be released with sources_finish, also after a failure
 * @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY
 */
int sources_open(struct json_file *file, struct sources *sources, struct err *err);
void sources_finish(struct sources *sources); /**< zeroed afterwards */

/** A source of which nothing is said. */
void source_init(struct source *source);

/** Fill one source, which source_init made, from one element. @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY
 */
int source_read(struct json_view view, struct arena *arena, struct source *source, struct err *err);

/**
 * Read the files of evidence that lie below a folder, and count for each source what became of them. Paths
 * that lead out of the folder, symlinks and what is no regular file count as absent.
 *
 * @param path  the declaration, whose folder is meant
 * @return PROV_OK, PROV_E_MEMORY, PROV_E_IO (the folder cannot be opened)
 */
int sources_check_evidence(struct sources *sources, const char *path, struct err *err);

/** What was found, as lines "<sha256> <path>", for sources_recall_evidence when the folder is gone. */
int sources_note_evidence(const struct sources *sources, struct buf *notes);

/** Take digests found earlier for those that the files have. */
void sources_recall_evidence(struct sources *sources, struct bytes notes);

/** "unchecked", "absent" ...; "license", "contract" ...; static. */
const char *evidence_state_name(enum evidence_state state);
const char *evidence_type_name(enum evidence_type type);

/**
 * Which source does a file belong to?
 *
 * @param path     below its root
 * @param nmatches how many sources claim it
 * @return number of the first, from 1; 0 when none does
 */
uint32_t sources_of(const struct sources *sources, struct bytes path, uint32_t *nmatches);

#endif
