/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sieve of repeated digests: what came twice always passes, and of what came once little does.
 */
#include <criterion/criterion.h>

#include "base/digest.h"
#include "base/status.h"
#include "policy/repeats.h"

static struct bytes
digest_of(uint32_t number, uint8_t digest[SHA256_SIZE])
{
    cr_assert_eq(sha256_block((const uint8_t *)&number, sizeof number, digest), PROV_OK);
    return (struct bytes){digest, SHA256_SIZE};
}

Test(repeats, lets_pass_all_that_came_twice_and_little_else)
{
    enum { NDIGESTS = 100000, NREPEATED = 1000 };
    struct repeats *repeats = repeats_create();
    uint8_t digest[SHA256_SIZE];
    uint32_t npassed = 0;
    cr_assert_not_null(repeats);
    for (uint32_t i = 0; i < NDIGESTS; i++)
        repeats_note(repeats, digest_of(i, digest));
    for (uint32_t i = 0; i < NREPEATED; i++)
        repeats_note(repeats, digest_of(i * 7, digest));
    for (uint32_t i = 0; i < NDIGESTS; i++) {
        bool passes = repeats_may_be(repeats, digest_of(i, digest));
        cr_assert(passes || i % 7 || i / 7 >= NREPEATED);
        npassed += passes;
    }
    cr_assert_leq(npassed, NREPEATED + NDIGESTS / 50);
    repeats_destroy(repeats);
}

Test(repeats, takes_digests_of_any_size)
{
    struct repeats *repeats = repeats_create();
    const struct bytes none = {0}, one = {(const uint8_t *)"x", 1};
    repeats_note(repeats, none);
    cr_assert(repeats_may_be(repeats, none));
    repeats_note(repeats, one);
    cr_assert_not(repeats_may_be(repeats, one));
    repeats_note(repeats, one);
    cr_assert(repeats_may_be(repeats, one));
    repeats_destroy(repeats);
    repeats_destroy(NULL);
}
