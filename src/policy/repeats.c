/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sieve for repeated content.
 *
 * Sorting the digests of all items finds what is there twice, and costs more than reading all items three
 * times over, while most datasets repeat little. So the first pass over the items notes each digest in two
 * rows of bits,
 *
 *     place = first bits of the digest          seen  [..1....1..1.]
 *                                               again [.......1....]    it was seen when it came
 *
 * and only digests whose place came again are sorted: the repeated ones, and here and there a stranger that
 * shares a place. Those the sort tells apart, so the answer is exact. Memory is fixed: in a dataset of many
 * million items the bits fill up, more strangers pass, and the sort becomes what it would be without the
 * sieve.
 */
#include "policy/repeats.h"

#include <stdlib.h>
#include <string.h>

enum {
    PLACE_BITS = 24, /* two rows of 2 MiB: of a million different digests 6 in a hundred pass */
    NWORDS = 1 << (PLACE_BITS - 6),
};

struct repeats {
    uint64_t seen[NWORDS], again[NWORDS];
};

struct repeats *
repeats_create(void)
{
    return calloc(1, sizeof(struct repeats));
}

void
repeats_destroy(struct repeats *repeats)
{
    free(repeats);
}

/* Digests of a store of a stranger may have any size. */
static uint32_t
place_of(struct bytes digest)
{
    uint32_t head = 0;
    memcpy(&head, digest.data, digest.size < sizeof head ? digest.size : sizeof head);
    return head >> (32 - PLACE_BITS);
}

void
repeats_note(struct repeats *repeats, struct bytes digest)
{
    if (!digest.size)
        return;
    uint32_t place = place_of(digest);
    uint64_t bit = UINT64_C(1) << place % 64;
    if (repeats->seen[place / 64] & bit)
        repeats->again[place / 64] |= bit;
    else
        repeats->seen[place / 64] |= bit;
}

bool
repeats_may_be(void *context, struct bytes digest)
{
    const struct repeats *repeats = context;
    if (!digest.size)
        return true;
    uint32_t place = place_of(digest);
    return repeats->again[place / 64] >> place % 64 & 1;
}
