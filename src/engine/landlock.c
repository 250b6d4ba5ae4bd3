/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Landlock with an empty list of exceptions: handle every right there is, allow nothing.
 *
 * It is the second lock on the door. seccomp (engine/syscall_filter.c) already refuses the system
 * calls; Landlock refuses the objects, so that a mistake in the one list does not open the file system.
 *
 * The rights grew from kernel to kernel. A ruleset that names a right unknown to the kernel is
 * refused whole, so the mask is cut to the ABI that the kernel reports:
 *
 *     ABI | kernel | what it added
 *     ----+--------+--------------------------------------------------
 *      1  |  5.13  | 13 file system rights (bits 0..12)
 *      2  |  5.19  | linking and renaming across folders (bit 13)
 *      3  |  6.2   | truncation (bit 14)
 *      4  |  6.7   | TCP bind and connect
 *      5  |  6.10  | ioctl on devices (bit 15)
 *      6  |  6.12  | scopes: abstract sockets, signals
 *      7  |  6.15  | (audit records)
 *      8  |  7.0   | one call restricts all threads of the process
 *
 * The numbers are written out because Debian 12's header ends at ABI 2, and the kernel that
 * provscan meets may be newer than the one it was built against. There are no wrappers in glibc.
 * Source: Documentation/userspace-api/landlock.rst of Linux.
 */
#include "engine/landlock.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

/** struct landlock_ruleset_attr as of ABI 6; older kernels take a longer one when the rest is zero. */
struct ruleset {
    uint64_t handled_access_fs;
    uint64_t handled_access_net;
    uint64_t scoped;
};

enum {
    RULESET_VERSION = 1,      /**< flag of landlock_create_ruleset: tell the ABI */
    RESTRICT_ALL_THREADS = 8, /**< flag of landlock_restrict_self since ABI 8 */
    FS_RIGHTS_ABI1 = (1 << 13) - 1,
    FS_REFER = 1 << 13,
    FS_TRUNCATE = 1 << 14,
    FS_IOCTL_DEVICE = 1 << 15,
    NET_TCP = 3,   /**< bind and connect */
    SCOPE_ALL = 3, /**< abstract UNIX sockets and signals */
};

unsigned
landlock_abi(void)
{
    long abi = syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, RULESET_VERSION);
    return abi > 0 ? (unsigned)abi : 0;
}

/** Every right that a kernel with this ABI can take away. */
static struct ruleset
ruleset_for(unsigned abi)
{
    struct ruleset ruleset = {.handled_access_fs = FS_RIGHTS_ABI1};
    if (abi >= 2)
        ruleset.handled_access_fs |= FS_REFER;
    if (abi >= 3)
        ruleset.handled_access_fs |= FS_TRUNCATE;
    if (abi >= 4)
        ruleset.handled_access_net = NET_TCP;
    if (abi >= 5)
        ruleset.handled_access_fs |= FS_IOCTL_DEVICE;
    if (abi >= 6)
        ruleset.scoped = SCOPE_ALL;
    return ruleset;
}

unsigned
landlock_deny_all(bool other_threads)
{
    unsigned abi = landlock_abi();
    if (abi == 0)
        return 0;
    struct ruleset ruleset = ruleset_for(abi);
    int fd = (int)syscall(SYS_landlock_create_ruleset, &ruleset, sizeof ruleset, 0);
    if (fd < 0)
        return 0;
    bool all = other_threads && abi >= 8;
    long status = syscall(SYS_landlock_restrict_self, fd, all ? RESTRICT_ALL_THREADS : 0);
    (void)close(fd);
    return status == 0 && (all || !other_threads) ? abi : 0;
}
