/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SANDBOX_H
#define ENGINE_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"

/** What a worker process gives up, and how far. A bound of 0 leaves that bound as inherited. */
struct sandbox_options {
    uint64_t memory_bytes; /**< address space of the process; ignored in builds with a sanitizer */
    uint64_t file_bytes;   /**< largest file (memfd) it may make; a write beyond fails with EFBIG */
    uint64_t nfiles;       /**< open descriptors */
    int parent_pid;        /**< the process to die with; must be the parent now; 0: none */
    bool starts_threads;   /**< threads will be started inside; processes never can */
    bool required;         /**< fail unless both seccomp and Landlock are in force */
};

/** What is in force afterwards; goes into the manifest. */
struct sandbox_report {
    bool rlimits;          /**< all bounds asked for are set (memory not, in a sanitizer build) */
    bool dies_with_parent; /**< SIGKILL when the parent's thread that made this process ends */
    bool no_new_privs;
    bool seccomp;          /**< system calls are filtered in every thread */
    unsigned landlock_abi; /**< of the rules in force in every thread; 0: none */
    char reason[160];      /**< why something is missing; "" when nothing is */
};

/**
 * Close this process off for good: from here on it can read, write and receive on the descriptors it holds,
 * and make anonymous memory and memfds. It can open no file, make no socket, start no program or
 * process, signal nobody else. What it tries beyond is fatal (SIGSYS), except opening and
 * looking up files, which libraries try in passing: that fails with EACCES.
 *
 * Call it when everything is loaded: libmagic's database, iconv converters (they are shared objects), the
 * pattern database, /proc and /sys files. Best with one thread running and the others started
 * inside afterwards (starts_threads): seccomp reaches threads that run already, Landlock does not on
 * kernels before its ABI 8, and the report then says so.
 *
 * What the kernel does not support is not a failure unless options->required: the report says
 * what is missing. After a failure the process is half closed and should exit.
 *
 * Signals: SIGXFSZ is ignored from here on.
 *
 * @return PROV_OK; PROV_E_USAGE (required, and not to be had); PROV_E_INTERRUPTED (the parent is gone);
 *         PROV_E_MEMORY
 */
int sandbox_enter(const struct sandbox_options *options, struct sandbox_report *report, struct err *err);

/** What is in force, in one word: "seccomp+landlock", "seccomp", "landlock" or "none"; static. */
const char *sandbox_name(const struct sandbox_report *report);

/**
 * Close every open descriptor except those in keep. To be called before sandbox_enter, and before
 * any library holds a descriptor of its own.
 *
 * @param keep  in any order; may hold -1 and the same number twice
 * @return PROV_OK; PROV_E_IO
 */
int sandbox_close_fds(const int *keep, size_t nkeep, struct err *err);

#endif
