/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Progress on a terminal. What is left is known only when the crawl is through; until then the line
 * says how much was found. The rate is what lanes read, decode and inspect, so it moves inside one
 * huge file too; the time left is judged by files' bytes, which is what has a total.
 */
#include "cmd/progress_line.h"

#include <stdio.h>
#include <time.h>

enum { DRAW_MS = 200 };

static uint64_t
now_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* "12.3 MB": powers of 1000, as disks and networks count. */
static void
amount(double bytes, char *text, size_t size)
{
    static const char *const units[] = {"B", "kB", "MB", "GB", "TB", "PB"};
    unsigned unit = 0;
    while (bytes >= 999.5 && unit < 5) {
        bytes /= 1000;
        unit++;
    }
    (void)snprintf(text, size, unit && bytes < 99.5 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

static void
time_left(const struct progress_line *line, const struct scan_progress *progress, uint64_t now, char *text,
          size_t size)
{
    text[0] = 0;
    double done = (double)progress->bytes_done, all = (double)progress->bytes;
    double seconds = (double)(now - line->begun_ms) / 1000;
    if (!progress->crawled || done < all / 100 || seconds < 2)
        return;
    uint64_t left = (uint64_t)(seconds * (all - done) / done + 0.5);
    if (left >= 3600)
        (void)snprintf(text, size, ", %lu h %02lu min left", (unsigned long)(left / 3600),
                       (unsigned long)(left / 60 % 60));
    else
        (void)snprintf(text, size, ", %lu:%02lu left", (unsigned long)(left / 60), (unsigned long)(left % 60));
}

void
progress_line_show(void *context, const struct scan_progress *progress)
{
    struct progress_line *line = context;
    uint64_t now = now_ms();
    if (line->begun_ms == 0) {
        *line = (struct progress_line){.begun_ms = now, .drawn_ms = now, .bytes_worked = progress->bytes_worked};
        return;
    }
    uint64_t elapsed = now - line->drawn_ms;
    if (elapsed < DRAW_MS)
        return;
    double rate = (double)(progress->bytes_worked - line->bytes_worked) * 1000 / (double)elapsed;
    line->rate = line->rate > 0 ? 0.8 * line->rate + 0.2 * rate : rate;
    line->drawn_ms = now;
    line->bytes_worked = progress->bytes_worked;
    char done[32], all[32], speed[32], left[64];
    amount((double)progress->bytes_done, done, sizeof done);
    amount((double)progress->bytes, all, sizeof all);
    amount(line->rate, speed, sizeof speed);
    time_left(line, progress, now, left, sizeof left);
    fprintf(stderr, "\r\033[K%s of %s%s in %llu files, %llu items, %s/s%s", done, all,
            progress->crawled ? "" : " found so far", (unsigned long long)progress->nunits,
            (unsigned long long)progress->nitems, speed, left);
    (void)fflush(stderr);
}

void
progress_line_clear(const struct progress_line *line)
{
    if (line->begun_ms)
        fputs("\r\033[K", stderr);
}
