/* SPDX-License-Identifier: Apache-2.0 */
#ifndef UNIT_SAME_READING_H
#define UNIT_SAME_READING_H

#include "tool_output.h"
#include "unit_reading.h"

/*
 * Compares our reading of an archive with that of an independent tool, by lines "SHA256  NAME", sorted.
 */

/** What a tool makes of the archive on standard input when it unpacks it: regular files alone. */
#define UNPACKED_WITH(command)                                                                               \
    "d=$(mktemp -d) && cat >$d.in && mkdir $d/x && cd $d/x && " command                                      \
    " >/dev/null && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum -b | "                 \
    "sed 's/^\\(\\\\\\?[0-9a-f]*\\) [* ]\\.\\//\\1  /'; e=$?; chmod -R u+rwX $d; rm -rf $d $d.in; exit $e"

/** The lines of our reading: plain files that lie directly in the container with this ordinal. */
static inline struct buf
reading_lines(const struct recording_sink *recording, uint32_t parent)
{
    char **lines = calloc(recording->nitems + 1, sizeof *lines);
    size_t nlines = 0;
    for (size_t i = 0; i < recording->nitems; i++) {
        const struct recorded_item *record = recording->items[i];
        if (record->item.head.parent != parent || record->item.head.kind != ITEM_FILE)
            continue;
        const char *name = record->path + record->item.head.name_offset;
        if (strncmp(name, "./", 2) == 0)
            name += 2;
        if (asprintf(&lines[nlines++], "%s  %s\n", record->sha256, name) < 0)
            abort();
    }
    /* sort by name: all digests have one length */
    for (size_t i = 1; i < nlines; i++)
        for (size_t j = i; j > 0 && strcmp(lines[j - 1] + 66, lines[j] + 66) > 0; j--) {
            char *line = lines[j];
            lines[j] = lines[j - 1];
            lines[j - 1] = line;
        }
    struct buf text = {0};
    for (size_t i = 0; i < nlines; i++) {
        if (buf_append_text(&text, lines[i]) != PROV_OK)
            abort();
        free(lines[i]);
    }
    free(lines);
    return text;
}

#endif
