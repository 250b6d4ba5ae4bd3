/* SPDX-License-Identifier: Apache-2.0 */
#include "reader_fuzzing.h"

bool zip_detect(struct bytes head);
reader_open_function zip_open;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reader(zip_open, zip_detect, true, (struct bytes){data, size});
    return 0;
}
