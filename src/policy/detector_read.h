/* SPDX-License-Identifier: Apache-2.0 */
#ifndef POLICY_DETECTOR_READ_H
#define POLICY_DETECTOR_READ_H

#include "base/json.h"
#include "model/detector.h"

/** What reading one detector needs beside its own text. */
struct detector_reading {
    struct arena *arena;     /**< receives everything */
    const char *file;        /**< in the arena */
    struct json_view lists;  /**< "lists" of the file: named word lists; may be no value */
    struct err *err;
};

/** Read one element of "detectors". @return PROV_OK, PROV_E_POLICY, PROV_E_MEMORY */
int detector_read(struct detector_reading *reading, struct json_view view, struct detector *detector);

/** Read "checks". */
int detector_read_checks(struct detector_reading *reading, struct json_view checks, struct detector *detector);

/** Copies of the strings of an array into the arena. @param view  an array of text, or no value */
int detector_read_strings(struct detector_reading *reading, struct json_view view, const char *const **strings,
                          size_t *nstrings);

#endif
