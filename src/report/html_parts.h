/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_HTML_PARTS_H
#define REPORT_HTML_PARTS_H

#include "report/markup.h"

/** Parts of the page, in the order in which it shows them. */
void html_failed_rules(struct markup *page); /**< with reasons, remedies and evidence */
void html_all_rules(struct markup *page);
void html_sources(struct markup *page);
void html_licenses(struct markup *page);
void html_groups(struct markup *page, int kind); /**< FACT_FINDING or FACT_DEFECT */
void html_duplicates(struct markup *page);

#endif
