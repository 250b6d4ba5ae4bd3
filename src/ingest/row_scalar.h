/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ROW_SCALAR_H
#define INGEST_ROW_SCALAR_H

#include <stdbool.h>

#include "base/bytes.h"

bool scalar_is_number(struct bytes text);
bool scalar_begins_number(uint8_t byte);

/** true, false or null. */
bool scalar_is_literal(struct bytes text);

/** Can this byte not be part of a number or a literal, or of what is meant to be one? */
bool scalar_ends(uint8_t byte);

#endif
