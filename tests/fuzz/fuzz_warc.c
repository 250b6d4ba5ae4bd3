/* SPDX-License-Identifier: Apache-2.0 */
#include "reader_fuzzing.h"

bool warc_detect(struct bytes head);
reader_open_function warc_open;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reader(warc_open, warc_detect, false, (struct bytes){data, size});
    return 0;
}
