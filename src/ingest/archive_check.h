/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ARCHIVE_CHECK_H
#define INGEST_ARCHIVE_CHECK_H

#include "ingest/archive.h"

/**
 * What libarchive does not tell about a container, from its first bytes: that it is a part of many, that
 * even its directory is encrypted, that its directory is damaged.
 *
 * @return PROV_OK; PROV_E_DATA when opening it makes no sense (reported); or a status that ends the unit
 */
int archive_check_start(enum archive_format format, const struct reader_input *input);

/**
 * After the last member: what was left over, and whether there can have been no member at all. Takes the
 * rest of input.stream.
 *
 * @param consumed  bytes of the container that libarchive has read
 */
int archive_check_end(enum archive_format format, const struct reader_input *input, uint64_t consumed,
                      uint64_t nmembers);

#endif
