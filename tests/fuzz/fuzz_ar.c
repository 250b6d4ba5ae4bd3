/* SPDX-License-Identifier: Apache-2.0 */
#include "reader_fuzzing.h"

bool ar_detect(struct bytes head);
reader_open_function ar_open;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reader(ar_open, ar_detect, false, (struct bytes){data, size});
    return 0;
}
