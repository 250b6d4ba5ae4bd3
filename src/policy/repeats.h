/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_REPEATS_H
#define POLICY_REPEATS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/** Which digests may have come more than once: never wrong when it says no. */
struct repeats;

/** @return NULL when memory ran out */
struct repeats *repeats_create(void);
void repeats_destroy(struct repeats *repeats); /**< NULL is fine */

/** A digest came. */
void repeats_note(struct repeats *repeats, struct bytes digest);

/** Did it, or one that looks like it, come twice? @param context  a struct repeats */
bool repeats_may_be(void *context, struct bytes digest);

#endif
