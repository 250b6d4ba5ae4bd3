/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_GIT_COMMIT_H
#define INGEST_GIT_COMMIT_H

#include "base/bytes.h"

/**
 * Is this comment of an archive the name of a commit, as `git archive` writes it: SHA-1 or SHA-256 in lower
 * case digits? Any other comment may hold anything, and is not repeated.
 */
static inline bool
git_commit_is(struct bytes comment)
{
    bool is = comment.size == 40 || comment.size == 64;
    for (size_t i = 0; is && i < comment.size; i++)
        is = (comment.data[i] >= '0' && comment.data[i] <= '9') ||
             (comment.data[i] >= 'a' && comment.data[i] <= 'f');
    return is;
}

#endif
