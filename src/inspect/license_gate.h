/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_LICENSE_GATE_H
#define INSPECT_LICENSE_GATE_H

#include <stddef.h>

#include "base/bytes.h"
#include "base/status.h"
#include "inspect/license_token.h"

struct license_gate;
struct license_gate_scratch;

enum { GATE_RANGES_MAX = 4096 };

/** @param cache_dir  for the compiled literals; NULL: none @return PROV_OK, PROV_E_MEMORY, PROV_E_POLICY */
int license_gate_open(const char *cache_dir, struct license_gate **gate, struct err *err);
void license_gate_close(struct license_gate *gate);

int license_gate_scratch_create(const struct license_gate *gate, struct license_gate_scratch **scratch);
void license_gate_scratch_destroy(struct license_gate_scratch *scratch);

/**
 * Stretches of a text round words that licenses are made of; none for text without any.
 *
 * @param ranges  ascending, apart; valid until the next call with this scratch
 * @return PROV_OK, PROV_E_INTERNAL
 */
int license_gate_find(const struct license_gate *gate, struct license_gate_scratch *scratch,
                      struct bytes text, const struct license_range **ranges, size_t *nranges);

#endif
