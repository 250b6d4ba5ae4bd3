/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a place in decoded text back to the place in the file: a binary search for the run, then a
 * division, since all characters of a run have the same two widths.
 */
#include "model/segment.h"

uint64_t
segment_offset(const struct segment *segment, size_t position)
{
    if (segment->nruns == 0)
        return segment->offset + position;
    size_t low = 0, high = segment->nruns;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (segment->runs[middle].decoded <= position)
            low = middle;
        else
            high = middle;
    }
    const struct offset_run *run = &segment->runs[low];
    size_t inside = position > run->decoded ? position - run->decoded : 0;
    size_t characters = run->decoded_step ? inside / run->decoded_step : 0;
    return segment->offset + run->stored + (uint64_t)characters * run->stored_step;
}
