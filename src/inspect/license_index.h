/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_INDEX_H
#define INSPECT_LICENSE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/*
 * The stored form of a license index: policies/licenses/README.md describes it for people, these
 * structures are it for the program. Everything is little-endian and lies in the file as it is used.
 */

enum {
    LICENSE_INDEX_VERSION = 2,
    LICENSE_UNITS_MAX = 4096,          /**< a posting has 12 bits for the unit */
    LICENSE_UNIT_TOKENS_MAX = 1 << 20, /**< and 20 for the place in it */
    LICENSE_BUCKETS = 1 << 16,         /**< fingerprints are found by their upper 16 bits */
    LICENSE_NONE = UINT16_MAX,         /**< no license */
};

/** Bits of license_entry.flags. */
enum license_entry_flag {
    LICENSE_EXCEPTION = 1 << 0,
    LICENSE_DEPRECATED = 1 << 1,
    LICENSE_OSI_APPROVED = 1 << 2,
};

/** A license or exception of the list. */
struct license_entry {
    uint32_t id;        /**< offset in strings */
    uint32_t name;      /**< offset in strings */
    uint32_t url_first; /**< index in urls */
    uint16_t nurls;
    uint16_t flags;     /**< enum license_entry_flag */
    uint32_t successor; /**< offset in strings of the id that replaces a deprecated one; 0: none */
};

/** A text that can be recognised. */
struct license_unit {
    uint64_t exact;       /**< hash of its row of words */
    uint32_t token_first; /**< index in tokens */
    uint32_t ntokens;
    uint32_t nrequired; /**< tokens that every copy has */
    uint16_t nseeds;    /**< postings that lead here */
    uint16_t license;   /**< index in entries */
    uint64_t reserved;  /**< 0 */
};

/**
 * A token of a unit: ten bits to tell it from another one in its place, and what the template says. Ten
 * bits are enough to align two texts and too few to read one: each value stands for a hundred words.
 */
enum license_reference {
    REFERENCE_CHECK = 0x3ff,
    REFERENCE_OPTIONAL = 1 << 10, /**< may be missing */
    REFERENCE_ALT = 1 << 11,      /**< other words may stand here */
    REFERENCE_GAP = 1 << 12,      /**< words may be inserted before it */
    REFERENCE_CRITICAL = 1 << 13, /**< the license is another one without it: "not", "2", "lesser" */
};

/** An open index: views of the file in memory. Const once open, shared by all threads. */
struct license_index {
    void *mapping; /**< of the file; owned; NULL for a view */
    size_t mapping_size;
    const char *corpus;  /**< "spdx" */
    const char *release; /**< of the source, "3.28.0" */
    const uint8_t *source_sha256;
    uint64_t salt;       /**< of the fingerprints */
    const char *strings; /**< NUL-terminated texts one after the other; the first is "" */
    size_t strings_size;
    const struct license_entry *entries; /**< ordered by id */
    size_t nentries;
    const uint32_t *urls; /**< offsets in strings */
    size_t nurls;
    const struct license_unit *units;
    size_t nunits;
    const uint16_t *tokens; /**< enum license_reference */
    size_t ntokens;
    const uint32_t *buckets;       /**< LICENSE_BUCKETS + 1 positions in grams */
    const uint32_t *grams;         /**< bits 47..16 of a fingerprint, ascending within a bucket */
    const uint32_t *posting_first; /**< ngrams + 1 positions in postings */
    size_t ngrams;
    const uint32_t *postings; /**< unit << 20 | place of the first token in the unit */
    size_t npostings;
    uint16_t *exact;  /**< units by the hash of their rows, 1 + unit, open-addressed; owned */
    uint64_t *filter; /**< a bit for each fingerprint's lower bits: most misses end here; owned */
};

enum { LICENSE_FILTER_BITS = 20, LICENSE_EXACT_SLOTS = 4 * LICENSE_UNITS_MAX };
#define LICENSE_NO_UNIT UINT32_MAX

/**
 * Map an index and check every number in it, so that nobody has to check again.
 *
 * @return PROV_OK; PROV_E_IO, PROV_E_POLICY (not an index, damaged, of another version), PROV_E_MEMORY
 * Thread: any; the result may be shared.
 */
int license_index_open(const char *path, struct license_index *index, struct err *err);

/** The same for an index in memory, which must stay and be aligned to 8 bytes; it is not owned then. */
int license_index_view(struct bytes file, struct license_index *index, struct err *err);
void license_index_close(struct license_index *index); /**< a zeroed index is fine */

/** Where a fingerprint is kept in the filter. */
static inline bool
license_index_may_hold(const struct license_index *index, uint64_t gram)
{
    uint64_t bit = gram >> 16 & ((1u << LICENSE_FILTER_BITS) - 1);
    return index->filter[bit >> 6] >> (bit & 63) & 1;
}

/** The postings of a fingerprint. @return how many, 0 when it is not in the index */
size_t license_index_find(const struct license_index *index, uint64_t gram, const uint32_t **postings);

/** The unit whose row of words has this hash; LICENSE_NO_UNIT when there is none, the first of several. */
uint32_t license_index_exact(const struct license_index *index, uint64_t hash);

/** The entry with this id, compared without case; LICENSE_NONE when there is none. */
uint16_t license_index_entry(const struct license_index *index, struct bytes id);

/** The id of an entry: what to report for it, so that a deprecated one gives its successor if it has one. */
const char *license_index_id(const struct license_index *index, uint16_t entry);

struct license_template;

/**
 * Make the bytes of an index.
 *
 * @param templates  in any order; those without id are a bug
 * @param out        appended to
 * @return PROV_OK, PROV_E_MEMORY, PROV_E_POLICY (two of one id, too many, too long)
 */
struct license_index_source {
    const struct license_template *templates;
    size_t ntemplates;
    const char *corpus;    /**< at most 31 bytes */
    const char *release;   /**< at most 31 bytes */
    const uint8_t *sha256; /**< of the source, 32 bytes */
};
int license_index_write(const struct license_index_source *source, struct buf *out, struct err *err);

/** The stored layout that reader and writer share. */
enum license_section {
    SECTION_STRINGS,
    SECTION_ENTRIES,
    SECTION_URLS,
    SECTION_UNITS,
    SECTION_TOKENS,
    SECTION_BUCKETS,
    SECTION_GRAMS,
    SECTION_POSTING_FIRST,
    SECTION_POSTINGS,
    SECTION_COUNT
};

struct license_index_header {
    char magic[8]; /**< LICENSE_INDEX_MAGIC */
    uint32_t version;
    uint32_t header_size;
    char corpus[32];
    char release[32];
    uint8_t source_sha256[32];
    uint64_t salt;
    uint32_t gram_tokens;
    uint32_t nsections;
    uint64_t body_size; /**< bytes behind the header */
    uint64_t hash;      /**< license_index_hash */
    struct {
        uint64_t offset; /**< in the file, a multiple of 8 */
        uint64_t size;   /**< bytes */
    } sections[SECTION_COUNT];
};

/** What header->hash has to be: of the body, seeded with the hash of the header without this field. */
uint64_t license_index_hash(const struct license_index_header *header, struct bytes body);

#define LICENSE_INDEX_MAGIC "PROVPFI\n"

#endif
