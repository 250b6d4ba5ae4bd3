/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ZIP_MEMBER_H
#define INGEST_ZIP_MEMBER_H

#include "ingest/zip_state.h"

/**
 * The whole local header at the present place.
 * @param data  borrowed until something is taken; size 0 when there is none
 * @return PROV_OK, or what the file's stream says
 */
int zip_member_peek_local(struct zip *zip, struct bytes *data);

/** Describe the next member of the directory, whose local header should be at the present place. */
int zip_member_describe_listed(struct zip *zip, struct member *member);

/**
 * Describe a member that only its local header speaks of.
 *
 * @param bound  it ends before this place
 * @param data   its local header, as zip_member_peek_local gave it
 */
int zip_member_describe_hidden(struct zip *zip, uint64_t bound, struct bytes data, struct member *member);

/** Leave the present member behind, with what follows its data. @return PROV_OK, or what the file's stream
 * says */
int zip_member_finish(struct zip *zip);

#endif
