/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#include <stdint.h>

/**
 * Every bound that a user may set (`--limit NAME=VALUE`), in one list: field, name, default, what
 * happens when it is hit. The values in force are written into the manifest, and are part of the plan
 * digest: a scan under other limits is another scan.
 */
#define LIMIT_MAP(X)                                                                                         \
    /* Layers of archives and filters counted together; deeper content is kept as an opaque item. */        \
    X(depth, "depth", 16, "limit.depth")                                                                     \
    /* Bytes that may come out of one unit in all, at any depth. */                                          \
    X(expanded_bytes_unit, "expanded-bytes", (uint64_t)1 << 40, "limit.expanded_bytes")                      \
    /* Bytes out for each byte in, checked once a gibibyte came out of a stream: a bomb, not a text. */      \
    X(ratio, "ratio", 200, "limit.ratio")                                                                    \
    X(ratio_floor_bytes, "ratio-floor-bytes", (uint64_t)1 << 30, "limit.ratio")                              \
    X(members, "members", 10000000, "limit.members")                                                         \
    /* Size of one archive header (PAX records, extra fields, names with it). */                             \
    X(header_bytes, "header-bytes", (uint64_t)1 << 20, "limit.header_bytes")                                 \
    X(name_bytes, "name-bytes", (uint64_t)64 << 10, "path.long")                                             \
    /* History a zstd frame may ask for; 128 MiB is what `zstd --long=27` makes and every zstd opens. */     \
    X(zstd_window_bytes, "zstd-window-bytes", (uint64_t)128 << 20, "limit.window")                           \
    /* Memory an xz or lzma decoder may take; `xz -9` needs 65 MiB. */                                       \
    X(lzma_memory_bytes, "lzma-memory-bytes", (uint64_t)128 << 20, "limit.memory")                           \
    /* A member of an archive that can only be opened by seeking is held in memory up to this size. */       \
    X(spool_bytes, "spool-bytes", (uint64_t)256 << 20, "limit.memory")                                       \
    /* Address space of the worker, on top of what its threads take by being there: what parsers together  */ \
    /* may take before they are out of memory. */                                                            \
    X(worker_memory_bytes, "worker-memory-bytes", (uint64_t)2 << 30, "parser.oom")                           \
    /* Without any progress for so long a worker is ended. Bytes read are progress; a 1 TB tar is legal. */  \
    X(stall_ms, "stall-ms", 30000, "parser.timeout")                                                         \
    /* Processor time that inspecting one item may take, for each gibibyte of it begun: 10 minutes for a */ \
    /* text is a fault of ours or an attack; a 1 TB text is legal. What is left is digested only. */         \
    X(item_cpu_ms, "item-cpu-ms", 600000, "limit.time")                                                      \
    /* Findings of one kind kept with their place in one item; all are counted. */                           \
    X(samples_item, "samples-item", 100, "counted, not kept")                                                \
    /* Findings of one kind shown in the manifest; all are counted. */                                       \
    X(samples_manifest, "samples-manifest", 1000, "counted, not shown")

struct limits {
#define LIMIT_FIELD(field, name, value, effect) uint64_t field;
    LIMIT_MAP(LIMIT_FIELD)
#undef LIMIT_FIELD
};

/** The defaults above. */
extern const struct limits LIMITS_DEFAULT;

/** Set one limit by its name. @return PROV_OK, or PROV_E_USAGE when no limit has that name */
int limits_set(struct limits *limits, const char *name, uint64_t value);

/** Name and value of the limit at index; NULL past the last one. */
const char *limits_get(const struct limits *limits, unsigned index, uint64_t *value);

/** Bounds that are not the user's to move: they size buffers and messages. */
enum {
    LIMIT_SEGMENT_BYTES = 1 << 20,      /**< the page of a segment: the grain of parallel work */
    LIMIT_SEGMENT_MARGIN = 4096,        /**< a finding starts in the page and may run this far beyond */
    LIMIT_SEGMENT_CONTEXT = 512,        /**< bytes before the page that context words may lie in */
    LIMIT_HEAD_BYTES = 64 << 10,        /**< what type and encoding are judged by */
    LIMIT_READ_BYTES = 256 << 10,       /**< one read of a file, one step of a decoder */
    LIMIT_DEPTH_HARD = 64,              /**< the most that `depth` may be set to */
    LIMIT_EVIDENCE_BYTES = 256,         /**< one masked piece of evidence */
    LIMIT_CODE_BYTES = 1024,            /**< a code of a fact: a defect code, detector id, SPDX expression */
    LIMIT_DETAIL_BYTES = 512,           /**< the words of a defect */
    LIMIT_FACT_KINDS_ITEM = 4096,       /**< different (kind, code) pairs in one item; later ones are counted as one */
    LIMIT_SAMPLES_ITEM_ALL = 20000,     /**< samples of all kinds in one item: keeps a message of an item bounded */
    LIMIT_JSON_DEPTH = 512,             /**< open arrays and objects of a record; deeper ones are searched as plain text */
    LIMIT_VALUES_ITEM = 1 << 20,        /**< findings of one item that can be looked up by their value; later ones are counted */
    LIMIT_COLUMNS_ITEM = 512,           /**< columns of one item that are told apart; later ones have no name */
    LIMIT_MESSAGE_BYTES = 64 << 20,     /**< one message of a worker; larger ones are a protocol error */
    LIMIT_POLICY_FILE_BYTES = 16 << 20, /**< one policy file */
    LIMIT_POLICY_DEPTH = 64,            /**< nesting of a policy file */
    LIMIT_POLICY_VALUES = 1000000,      /**< JSON values in a policy file: bounds the memory of its tree to 150 MB */
    LIMIT_RULE_STEPS = 2000,            /**< of SQLite, that one test of a rule may be made of; ours have under 200 */
    LIMIT_POISON_ITEMS_UNIT = 16,       /**< items of one unit that may each crash a worker before the unit is given up */
    LIMIT_TREE_PATH_BYTES = 64 << 10,   /**< a path below a root; a folder whose entries could pass it is not entered */
    LIMIT_TREE_FDS = 64,                /**< folders held open while walking; more would run into RLIMIT_NOFILE */
    LIMIT_FOLDER_NAMES_BYTES = 16 << 20, /**< names of one folder in memory; a larger folder is listed in parts */
    LIMIT_TREE_NAMES_BYTES = 48 << 20,  /**< names of all folders on the path; beyond, upper ones are listed again */
    LIMIT_INODES_BYTES = 48 << 20,      /**< files with more names, remembered; beyond, each name is read */
    LIMIT_IGNORE_BYTES = 64 << 10,      /**< rules of .provscanignore in force at a time; beyond, they are not applied */
    LIMIT_IGNORE_RULES = 1024,          /**< the same, in rules */
    LIMIT_IGNORE_STATES = 1 << 21,      /**< rules times depth; a folder beyond is not entered */
};

#endif
