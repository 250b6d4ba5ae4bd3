/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_WORDING_H
#define REPORT_WORDING_H

#include <stdint.h>

#include "base/bytes.h"

/** Figures as people read them. Each appends; @return PROV_OK, PROV_E_MEMORY */

/** "1,234,567" */
int wording_count(struct buf *out, uint64_t count);

/** "0 B", "999 B", "1.2 kB", "34.5 MB", "1.00 GB": powers of ten, three digits. */
int wording_size(struct buf *out, uint64_t nbytes);

/** Columns that UTF-8 text takes in a terminal: East Asian wide characters take two, combining ones none. */
unsigned wording_width(struct bytes text);

#endif
