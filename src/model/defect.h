/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_DEFECT_H
#define MODEL_DEFECT_H

#include <stdbool.h>

/**
 * What can be wrong with data, in our vocabulary. Each defect makes the verdict at least `review`;
 * those marked UNREAD say that bytes exist which nobody has looked at: the scan is incomplete.
 *
 * The order is the order of the codes and is not stored: the code is.
 */
#define DEFECT_MAP(X)                                                                                        \
    X(ARCHIVE_CHECKSUM_MISMATCH, "archive.checksum_mismatch", DAMAGED)                                       \
    X(ARCHIVE_COMMENT, "archive.comment", NOTED)                                                             \
    X(ARCHIVE_CORRUPT, "archive.corrupt", UNREAD)                                                            \
    X(ARCHIVE_DANGLING_LINK, "archive.dangling_link", NOTED)                                                 \
    X(ARCHIVE_DUPLICATE_NAME, "archive.duplicate_name", NOTED)                                               \
    X(ARCHIVE_ENCRYPTED, "archive.encrypted", UNREAD)                                                        \
    X(ARCHIVE_GAP_DATA, "archive.gap_data", DAMAGED)                                                         \
    X(ARCHIVE_HEADER_DISAGREE, "archive.header_disagree", DAMAGED)                                           \
    X(ARCHIVE_HIDDEN_MEMBER, "archive.hidden_member", DAMAGED)                                               \
    X(ARCHIVE_LINK, "archive.link", NOTED)                                                                   \
    X(ARCHIVE_MULTIPLE, "archive.multiple", NOTED)                                                           \
    X(ARCHIVE_MULTIVOLUME, "archive.multivolume", UNREAD)                                                    \
    X(ARCHIVE_OVERLAP, "archive.overlap", UNREAD)                                                            \
    X(ARCHIVE_PREFIX_DATA, "archive.prefix_data", DAMAGED)                                                   \
    X(ARCHIVE_SIZE_MISMATCH, "archive.size_mismatch", DAMAGED)                                               \
    X(ARCHIVE_SPARSE, "archive.sparse", NOTED)                                                               \
    X(ARCHIVE_SPECIAL_MEMBER, "archive.special_member", NOTED)                                               \
    X(ARCHIVE_TRAILING_DATA, "archive.trailing_data", DAMAGED)                                               \
    X(ARCHIVE_TRUNCATED, "archive.truncated", UNREAD)                                                        \
    X(ARCHIVE_UNSUPPORTED, "archive.unsupported", UNREAD)                                                    \
    X(FILE_CORRUPT, "file.corrupt", DAMAGED)                                                                 \
    X(FILE_LFS_POINTER, "file.lfs_pointer", UNREAD)                                                          \
    X(FS_CHANGED_DURING_SCAN, "fs.changed_during_scan", UNREAD)                                              \
    X(FS_IO_ERROR, "fs.io_error", UNREAD)                                                                    \
    X(FS_PERMISSION, "fs.permission", UNREAD)                                                                \
    X(FS_SPECIAL_FILE, "fs.special_file", NOTED)                                                             \
    X(FS_SYMLINK, "fs.symlink", NOTED)                                                                       \
    X(FS_SYMLINK_LOOP, "fs.symlink_loop", NOTED)                                                             \
    X(FS_TIMEOUT, "fs.timeout", UNREAD)                                                                      \
    X(FS_VANISHED, "fs.vanished", UNREAD)                                                                    \
    X(JSON_DEPTH, "json.depth", DAMAGED)                                                                     \
    X(JSON_DUPLICATE_KEY, "json.duplicate_key", DAMAGED)                                                     \
    X(JSON_INVALID, "json.invalid", DAMAGED)                                                                 \
    X(LIMIT_DEPTH, "limit.depth", UNREAD)                                                                    \
    X(LIMIT_EXPANDED_BYTES, "limit.expanded_bytes", UNREAD)                                                  \
    X(LIMIT_FILE_BYTES, "limit.file_bytes", UNREAD)                                                          \
    X(LIMIT_HEADER_BYTES, "limit.header_bytes", UNREAD)                                                      \
    X(LIMIT_MEMBERS, "limit.members", UNREAD)                                                                \
    X(LIMIT_MEMORY, "limit.memory", UNREAD)                                                                  \
    X(LIMIT_RATIO, "limit.ratio", UNREAD)                                                                    \
    X(LIMIT_TIME, "limit.time", UNREAD)                                                                      \
    X(LIMIT_WINDOW, "limit.window", UNREAD)                                                                  \
    X(PARSER_CRASH, "parser.crash", UNREAD)                                                                  \
    X(PARSER_OOM, "parser.oom", UNREAD)                                                                      \
    X(PARSER_TIMEOUT, "parser.timeout", UNREAD)                                                              \
    X(PATH_ABSOLUTE, "path.absolute", NOTED)                                                                 \
    X(PATH_BIDI, "path.bidi", NOTED)                                                                         \
    X(PATH_CONTROL_CHARS, "path.control_chars", NOTED)                                                       \
    X(PATH_EMPTY, "path.empty", NOTED)                                                                       \
    X(PATH_HARDLINK_ESCAPE, "path.hardlink_escape", NOTED)                                                   \
    X(PATH_LONG, "path.long", NOTED)                                                                         \
    X(PATH_NON_UTF8, "path.non_utf8", NOTED)                                                                 \
    X(PATH_NUL, "path.nul", NOTED)                                                                           \
    X(PATH_SYMLINK_ESCAPE, "path.symlink_escape", NOTED)                                                     \
    X(PATH_TRAVERSAL, "path.traversal", NOTED)                                                               \
    X(SCAN_EMPTY, "scan.empty", UNREAD)                                                                      \
    X(TEXT_INVALID_ENCODING, "text.invalid_encoding", DAMAGED)                                               \
    X(TEXT_LONG_LINE, "text.long_line", NOTED)                                                               \
    X(TEXT_NUL_BYTES, "text.nul_bytes", DAMAGED)                                                             \
    X(TEXT_OBFUSCATED, "text.obfuscated", NOTED)                                                             \
    X(TYPE_ACTIVE_CONTENT, "type.active_content", NOTED)                                                     \
    X(TYPE_MISMATCH, "type.mismatch", NOTED)                                                                 \
    X(TYPE_POLYGLOT, "type.polyglot", NOTED)                                                                 \
    X(TYPE_UNKNOWN, "type.unknown", NOTED)

enum defect {
#define DEFECT_ENUMERATOR(name, code, effect) DEFECT_##name,
    DEFECT_MAP(DEFECT_ENUMERATOR)
#undef DEFECT_ENUMERATOR
        DEFECT_COUNT
};

/** How much a defect takes away from the answer, from least to most. */
enum defect_effect {
    DEFECT_NOTED,   /**< worth a look; everything was read */
    DEFECT_DAMAGED, /**< read, but the bytes are not what they say they are */
    DEFECT_UNREAD,  /**< some bytes were not read */
};

/** The code, e.g. "archive.truncated"; static. */
const char *defect_code(enum defect defect);
enum defect_effect defect_effect(enum defect defect);

/** The defect with this code, or DEFECT_COUNT. */
enum defect defect_find(const char *code);

#endif
