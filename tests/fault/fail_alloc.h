/* SPDX-License-Identifier: Apache-2.0 */
#ifndef FAULT_FAIL_ALLOC_H
#define FAULT_FAIL_ALLOC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/status.h"

/**
 * Memory that runs out when a test wants it to.
 *
 * A test in tests/fault/ is a program with a main of its own. It gives fail_alloc_sweep a function that does
 * something from beginning to end; the sweep runs it again and again, with the first, the second, the third
 * ... allocation failing, until one run needs no more allocations than were let through. Everything is done
 * twice: with one allocation failing, and with all from there on.
 *
 *     static int
 *     load_and_check(struct err *err)
 *     {
 *         struct json_file *file = NULL;
 *         TRY(json_open_text("x", bytes_of("[1]"), &file, err));
 *         FAULT_CHECK(json_count(json_root(file)) == 1);       what comes out of a run that says OK is right
 *         json_close(file);
 *         return PROV_OK;
 *     }
 *
 *     int main(void) { fail_alloc_sweep("json", load_and_check); return 0; }
 *
 * The sweep ends the program with status 1 when a run fails with another status than PROV_E_MEMORY, without
 * words, or when the run without any failure is not PROV_OK. Leaks are found by AddressSanitizer (preset
 * asan), and crashes by themselves. Inside the function print nothing: stdio allocates.
 *
 * How: in an ordinary build malloc, calloc, realloc and their aligned kin are defined here in front of
 * libc's, so that the allocations of libraries fail too (SQLite, zstd, libc itself). The sanitizers own these
 * names; there the linker's --wrap serves, which reaches the allocations of our own code only.
 * tests/CMakeLists.txt chooses.
 */

/** One thing done from beginning to end. @return its status; err has the words when it is none of PROV_OK */
typedef int fail_alloc_run(struct err *err);

void fail_alloc_sweep(const char *name, fail_alloc_run *run);

/** Like fail_alloc_sweep, for runs of thousands of allocations: only each step-th is made to fail. */
void fail_alloc_sweep_by(const char *name, fail_alloc_run *run, uint64_t step);

/** The parts of it: let nth - 1 allocations through, then fail one, or all that follow. */
void fail_alloc_arm(uint64_t nth, bool lasting);

/** Back to normal. @return whether an allocation was made to fail */
bool fail_alloc_disarm(void);

/** Suspend and resume, around what a run does to check itself. */
void fail_alloc_pause(void);
void fail_alloc_resume(void);

/** End the program when condition does not hold. */
#define FAULT_CHECK(condition)                                                                               \
    do {                                                                                                     \
        if (!(condition))                                                                                    \
            fail_alloc_give_up(__FILE__, __LINE__, #condition);                                              \
    } while (0)
_Noreturn void fail_alloc_give_up(const char *file, int line, const char *words);

#endif
