/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_MANIFEST_H
#define REPORT_MANIFEST_H

#include "report/report.h"

/** out/manifest.json, described by policies/schema/manifest.schema.json. See struct report_format. */
int manifest_render(const struct account *account, const struct report_options *options, struct buf *out,
                    struct err *err);

#endif
