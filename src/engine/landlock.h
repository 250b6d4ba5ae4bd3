/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ENGINE_LANDLOCK_H
#define ENGINE_LANDLOCK_H

#include <stdbool.h>

/** The version of Landlock that this kernel offers; 0: none. */
unsigned landlock_abi(void);

/**
 * Deny the calling thread, and whatever it starts later, every right that the kernel's Landlock
 * knows: all of the file system, TCP, abstract sockets and signals to others. Descriptors that are
 * open keep working. Needs no_new_privs.
 *
 * @return the ABI in force in all threads; 0 when not supported, or when it could reach this thread only
 *         and other_threads run (it is in force in this one then)
 */
unsigned landlock_deny_all(bool other_threads);

#endif
