/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_ARCHIVE_H
#define INGEST_ARCHIVE_H

#include "ingest/reader.h"

/** The formats that are left to libarchive. */
enum archive_format { ARCHIVE_7Z, ARCHIVE_RAR, ARCHIVE_RAR5, ARCHIVE_CAB, ARCHIVE_ISO };

/**
 * Open a container with libarchive, with this format enabled and no other, and no filter.
 *
 * @return PROV_OK; PROV_E_DATA, reported; PROV_E_MEMORY
 */
int archive_reader_open(enum archive_format format, const struct reader_input *input, struct reader **reader);

/** The beginning of an archive beyond doubt: of the first header the checksum holds. */
bool sevenzip_detect_strictly(struct bytes bytes);
bool rar_detect_strictly(struct bytes bytes);
bool rar5_detect_strictly(struct bytes bytes);

/** Version of libarchive, for `--version --json`; static. */
const char *archive_library_version(void);

#endif
