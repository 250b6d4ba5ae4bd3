/* SPDX-License-Identifier: Apache-2.0 */
#include "reader_fuzzing.h"

bool arc_detect(struct bytes head);
reader_open_function arc_open;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_reader(arc_open, arc_detect, false, (struct bytes){data, size});
    return 0;
}
