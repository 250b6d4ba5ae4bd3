/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_HTML_H
#define REPORT_HTML_H

#include "report/report.h"

/**
 * report.html: one file, no network (its policy forbids it), readable without scripts, in English and
 * Chinese. See struct report_format.
 */
int html_render(const struct account *account, const struct report_options *options, struct buf *out,
                struct err *err);

#endif
