/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker may send: the supervisor's decoder must believe nothing. */
#include <stddef.h>
#include <stdint.h>

#include "engine/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena arena = {0};
    struct wire_message message;
    struct wire_unit unit;
    struct bytes frame, left = {.data = data, .size = size};
    size_t taken;
    (void)wire_decode(left, &arena, &message);
    (void)wire_decode_unit(left, &unit);
    while (wire_next_frame(left, &frame, &taken) == PROV_OK && taken) {
        arena_clear(&arena);
        (void)wire_decode(frame, &arena, &message);
        left = (struct bytes){.data = left.data + taken, .size = left.size - taken};
    }
    arena_finish(&arena);
    return 0;
}
