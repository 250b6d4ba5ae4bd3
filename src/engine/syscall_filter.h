/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_SYSCALL_FILTER_H
#define ENGINE_SYSCALL_FILTER_H

#include <stdbool.h>

/**
 * Allow all threads of this process, for ever, only the system calls of a list; see syscall_filter.c
 * for the list and its reasons. Needs no_new_privs or privilege.
 *
 * @param starts_threads  pthread_create goes on working
 * @return 0; a positive errno when the kernel refused: ENOMEM when memory ran out, EINVAL/ENOSYS when there
 * is no seccomp, ESRCH when a thread has a filter of its own that stands in the way
 */
int syscall_filter_install(bool starts_threads);

/** Version of libseccomp, e.g. "2.5.4", in text of at least 24 chars. */
void syscall_filter_version(char *text, unsigned size);

#endif
