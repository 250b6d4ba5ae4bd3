/* SPDX-License-Identifier: Apache-2.0 */
/*
 * uchardet behind one function: letter and character statistics of languages, which tell the single-byte
 * encodings apart and weigh the multi-byte ones. Its answer is a guess to be confirmed by text_detect.c,
 * never taken as it is: it calls any bytes something.
 *
 * A handle costs about 10 us to make and a kilobyte of sample 20 to 40 us (2 x AMD EPYC, 2026-11), so
 * callers send a few kilobytes chosen well and not the head of the file.
 */
#include "inspect/text_encoding.h"

#include <uchardet/uchardet.h>

enum text_encoding_id
text_guess(struct bytes sample)
{
    uchardet_t detector = uchardet_new();
    if (!detector)
        return TEXT_ENCODING_COUNT;
    enum text_encoding_id id = TEXT_ENCODING_COUNT;
    if (uchardet_handle_data(detector, (const char *)sample.data, sample.size) == 0) {
        uchardet_data_end(detector);
        id = text_encoding_of_detector(uchardet_get_charset(detector));
    }
    uchardet_delete(detector);
    return id;
}
