/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CMD_PROGRESS_LINE_H
#define CMD_PROGRESS_LINE_H

#include <stdint.h>

#include "engine/scan.h"

/** One line on stderr that is drawn over again: what was read of what was found, rate and time left. */
struct progress_line {
    uint64_t begun_ms;     /**< 0 before the first line */
    uint64_t drawn_ms;
    uint64_t bytes_worked; /**< when drawn last */
    double rate;           /**< bytes worked a second, smoothed */
};

/** Draws, if enough time has passed. For scan_options.progress. @param context  struct progress_line */
void progress_line_show(void *context, const struct scan_progress *progress);

/** Wipe the line. */
void progress_line_clear(const struct progress_line *line);

#endif
