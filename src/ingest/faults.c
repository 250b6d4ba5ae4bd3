/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A reader sees what is wrong with a member while it reads the header, and the walk sees what kind of
 * item the member is only after it has looked at the content: so faults come before there is an item
 * to put them on. They wait here. A member can have each defect once, which also bounds the list.
 */
#include "ingest/faults.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

void
faults_clear(struct faults *faults)
{
    faults->item = NULL;
    faults->nfaults = 0; /* the texts, 5 KB, are not touched: there are millions of members */
}

int
faults_add(struct faults *faults, struct reading *reading, enum defect defect, uint64_t offset,
           const char *format, ...)
{
    for (unsigned i = 0; i < faults->nfaults; i++)
        if (faults->kept[i].defect == defect)
            return PROV_OK;
    assert(faults->nfaults < FAULTS_MAX);
    unsigned at = faults->nfaults++;
    faults->kept[at].defect = defect;
    faults->kept[at].offset = offset;
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(faults->kept[at].text, FAULT_TEXT_BYTES, format, arguments);
    va_end(arguments);
    if (!faults->item)
        return PROV_OK;
    return reading->sink->defect(reading->sink, faults->item, defect, offset, faults->kept[at].text);
}

int
faults_report(struct faults *faults, struct reading *reading, struct item *item)
{
    faults->item = item;
    for (unsigned i = 0; i < faults->nfaults; i++)
        TRY(reading->sink->defect(reading->sink, item, faults->kept[i].defect, faults->kept[i].offset,
                                  faults->kept[i].text));
    return PROV_OK;
}

void
faults_clean(struct bytes text, char *clean, size_t size)
{
    size_t i = 0;
    for (; i < text.size && i + 1 < size; i++)
        clean[i] = text.data[i] >= ' ' && text.data[i] <= '~' ? (char)text.data[i] : '?';
    clean[i] = 0;
}
