/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "model/reservation.h"

Test(reservation, reads_each_carrier)
{
    static const struct {
        const char *carrier, *value;
        enum reservation said;
    } cases[] = {
        {"TDM-Reservation", "1", RESERVATION_RESERVED},
        {"tdm-reservation", " 0 ", RESERVATION_ALLOWED},
        {"tdm-reservation", "yes", RESERVATION_UNKNOWN},
        {"tdm-reservation", "", RESERVATION_UNKNOWN},
        {"Content-Usage", "train-ai=n", RESERVATION_RESERVED},
        {"Content-Usage", "search=y, train-ai=n;x=1", RESERVATION_RESERVED},
        {"Content-Usage", "train-ai=n, train-ai=y", RESERVATION_ALLOWED},
        {"Content-Usage", "train-ai=N", RESERVATION_UNKNOWN},
        {"Content-Usage", "train-ai", RESERVATION_UNKNOWN},
        {"Content-Usage", "Train-AI=n", RESERVATION_NONE},
        {"Content-Usage", "search=n", RESERVATION_NONE},
        {"Content-Usage", "/private/ train-ai=n", RESERVATION_CONSTRAINED},
        {"Content-Usage", "/private/", RESERVATION_NONE},
        {"X-Robots-Tag", "noindex, NoAI", RESERVATION_RESERVED},
        {"X-Robots-Tag", "noimageai", RESERVATION_RESERVED},
        {"X-Robots-Tag", "noindex, nofollow", RESERVATION_NONE},
        {"X-Robots-Tag", "otherbot: noai, noindex", RESERVATION_CONSTRAINED},
        {"X-Robots-Tag", "otherbot: noindex, noai", RESERVATION_CONSTRAINED},
        {"X-Robots-Tag", "unavailable_after: 25 Jun 2030 15:00:00 PST, noai", RESERVATION_RESERVED},
        {"robots", "noairships", RESERVATION_NONE},
        {"Content-Signal", "search=yes,ai-train=no", RESERVATION_RESERVED},
        {"Content-Signal", "ai-train=yes", RESERVATION_ALLOWED},
        {"Content-Signal", "ai-train=perhaps", RESERVATION_UNKNOWN},
        {"Content-Signal", "ai-input=no", RESERVATION_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct reservation_carrier *carrier = reservation_carrier(bytes_of(cases[i].carrier));
        cr_assert_not_null(carrier, "%s", cases[i].carrier);
        enum reservation said = carrier->read(bytes_of(cases[i].value));
        cr_expect_eq(said, cases[i].said, "%s: %s: %s", cases[i].carrier, cases[i].value,
                     reservation_name(said));
    }
    cr_expect_null(reservation_carrier(bytes_of("tdm-policy")));
    cr_expect_null(reservation_carrier((struct bytes){NULL, 0}));
}

Test(reservation, survives_every_value)
{
    unsigned seed = 1;
    char value[24];
    for (int round = 0; round < 20000; round++) {
        static const char letters[] = "train-ai=n,y;:/ noai\0\xff";
        for (size_t i = 0; i < sizeof value; i++)
            value[i] = letters[(seed = seed * 1103515245 + 12345) >> 16 & 15];
        for (const struct reservation_carrier *carrier = RESERVATION_CARRIERS; carrier->name; carrier++)
            (void)carrier->read((struct bytes){(const uint8_t *)value, seed % sizeof value});
    }
}
