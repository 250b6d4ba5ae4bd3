/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_LE_H
#define INGEST_LE_H

#include <stdint.h>

/** Integers as archives store them, lowest byte first, at any alignment; the caller has checked the size. */
static inline uint16_t
le16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] | bytes[1] << 8);
}

static inline uint32_t
le32(const uint8_t *bytes)
{
    return (uint32_t)le16(bytes) | (uint32_t)le16(bytes + 2) << 16;
}

static inline uint64_t
le64(const uint8_t *bytes)
{
    return (uint64_t)le32(bytes) | (uint64_t)le32(bytes + 4) << 32;
}

#endif
