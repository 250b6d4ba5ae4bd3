/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_SUMMARY_H
#define REPORT_SUMMARY_H

#include "report/report.h"

/** The verdict for a person at a terminal: what, why, what next. See struct report_format. */
int summary_render(const struct account *account, const struct report_options *options, struct buf *out,
                   struct err *err);

#endif
