/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_BENEATH_H
#define BASE_BENEATH_H

#include <sys/stat.h>

#include "base/bytes.h"

/**
 * Open what lies at path below an open folder. No symlink is followed, neither at the end nor on the way,
 * and `..` leads nowhere; the path may be longer than PATH_MAX. Never blocks on a FIFO.
 *
 * @param folder  an open folder
 * @param path    relative; empty: the folder itself
 * @param flags   O_RDONLY or O_PATH, and O_DIRECTORY; O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_CLOEXEC are added
 * @return a descriptor, the caller's to close; or a negative errno: -ELOOP, -ENOTDIR for a symlink
 */
int beneath_open(int folder, struct bytes path, int flags);

/**
 * Where a symlink at path below folder leads, if that is below folder too.
 *
 * @param st  what it leads to
 * @return 0; or a negative errno: -ENOENT (nothing there), -ELOOP (runs in a circle), -EXDEV (out of
 *         folder), others when it cannot be told
 */
int beneath_follow(int folder, struct bytes path, struct stat *st);

#endif
