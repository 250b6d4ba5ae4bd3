/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INGEST_FAULTS_H
#define INGEST_FAULTS_H

#include <stddef.h>

#include "ingest/stream.h"

enum { FAULTS_MAX = 24, FAULT_TEXT_BYTES = 200 };

/**
 * Faults of a member. Until the walk has made an item of it they are kept, later ones go to the sink at
 * once; so a reader need not care when it finds one. Zero-initialise for each member.
 */
struct faults {
    struct item *item; /**< NULL until faults_report */
    unsigned nfaults;
    struct {
        enum defect defect;
        uint64_t offset;
        char text[FAULT_TEXT_BYTES];
    } kept[FAULTS_MAX];
};

/** Make ready for the next member. */
void faults_clear(struct faults *faults);

/**
 * Note one fault. One defect is noted once a member: the first words win.
 * @return PROV_OK, or a status of the sink
 */
int faults_add(struct faults *faults, struct reading *reading, enum defect defect, uint64_t offset,
               const char *format, ...) __attribute__((format(printf, 5, 6)));

/** The member has become this item: report what was kept. */
int faults_report(struct faults *faults, struct reading *reading, struct item *item);

/** Make text of a library or an archive fit for a message: printable ASCII, cut to size, terminated. */
void faults_clean(struct bytes text, char *clean, size_t size);

#endif
