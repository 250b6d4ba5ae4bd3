/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The map from places in decoded text to places in the stored bytes: a run for each stretch of characters
 * that have the same two widths.
 *
 *     stored   C4 E3 BA C3 | 61 62 | CA C0        GB18030: "..", "ab", "."
 *     decoded  E4 BD A0 E5 A5 BD | 61 62 | E4 B8 96
 *     runs     {0,0, 3,2}  {6,4, 1,1}  {8,6, 3,2}
 *
 * At worst each character is a run: twelve bytes for each, for a segment of one mebibyte twelve
 * mebibytes, and never more.
 */
#include "inspect/text_writer.h"

#include <stdlib.h>

enum { RUNS_FIRST = 1024 };

void
text_writer_run(struct text_writer *writer, size_t stored, uint8_t decoded_step, uint8_t stored_step)
{
    if (writer->nruns == writer->runs_capacity) {
        size_t capacity = writer->runs_capacity ? writer->runs_capacity * 2 : RUNS_FIRST;
        struct offset_run *runs = writer->failed ? NULL : realloc(writer->runs, capacity * sizeof *runs);
        if (!runs) {
            writer->failed = true;
            writer->nruns = 0; /* the rest is thrown away */
            if (!writer->runs)
                return;
        } else {
            writer->runs = runs;
            writer->runs_capacity = capacity;
        }
    }
    writer->runs[writer->nruns++] = (struct offset_run){.decoded = (uint32_t)writer->size,
                                                        .stored = (uint32_t)stored,
                                                        .decoded_step = decoded_step,
                                                        .stored_step = stored_step};
}
