/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

#define INTERN_NONE UINT32_MAX

/** A set of names, numbered from 0 in the order in which they came. Zero-initialise. */
struct intern {
    struct bytes *names; /**< in the arena; NUL-terminated */
    size_t nnames;
    size_t capacity;
    uint32_t *index; /**< open addressing; number + 1, 0: free; owned */
    size_t index_size;
    struct arena arena;
};

/** The number of a name, new or known. @return PROV_OK, PROV_E_MEMORY */
int intern_add(struct intern *intern, struct bytes name, uint32_t *number);

/** The number of a name, or INTERN_NONE. */
uint32_t intern_find(const struct intern *intern, struct bytes name);

/** The name with this number, NUL-terminated; valid until intern_finish. */
const char *intern_text(const struct intern *intern, uint32_t number);
void intern_finish(struct intern *intern); /**< zeroed afterwards */

#endif
