/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ZIP_GAPS_H
#define INGEST_ZIP_GAPS_H

#include "ingest/zip_state.h"

/**
 * Go from the present place to target, searching what lies between for members that nothing lists.
 *
 * @param found  true when one was described: its data begins at the present place then
 * @return PROV_OK; PROV_E_DATA when the file ends before target; a status that ends the unit
 */
int zip_gaps_pass(struct zip *zip, uint64_t target, struct member *member, bool *found);

/** Report what was passed that belongs to no member. @return PROV_OK, or a status of the sink */
int zip_gaps_report(struct zip *zip);

#endif
