/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_FILTER_H
#define INGEST_FILTER_H

#include "ingest/reader.h"

/**
 * A compressed file as a container with one member: what is inside.
 *
 * @param decoder  the decoded bytes; borrowed until the reader is closed
 * @param name     of that member; copied
 * @return PROV_OK, PROV_E_MEMORY
 */
int filter_open(struct stream *decoder, struct bytes name, struct reader **reader);

#endif
