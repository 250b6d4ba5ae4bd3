/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plain driver for fuzz targets: runs LLVMFuzzerTestOneInput over files and folders, so that the
 * corpus of every target is replayed by ctest in any build, with any compiler. Options of libFuzzer
 * (words that begin with '-') are accepted and ignored.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
replay_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    /* An exact heap block, so that AddressSanitizer sees the first byte read past the input. */
    uint8_t *data = malloc(size ? size : 1);
    if (!file || !data || fread(data, 1, size, file) != size) {
        fprintf(stderr, "%s: cannot read\n", path);
        return 1;
    }
    (void)fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static int
replay(const char *path, size_t *ninputs)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        fprintf(stderr, "%s: not found\n", path);
        return 1;
    }
    if (!S_ISDIR(status.st_mode)) {
        (*ninputs)++;
        return replay_file(path, (size_t)status.st_size);
    }
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, NULL, alphasort);
    int failed = count < 0;
    for (int i = 0; i < count; i++) {
        char child[4096];
        if (entries[i]->d_name[0] != '.') {
            (void)snprintf(child, sizeof child, "%s/%s", path, entries[i]->d_name);
            failed |= replay(child, ninputs);
        }
        free(entries[i]);
    }
    free(entries);
    return failed;
}

int
main(int argc, char **argv)
{
    size_t ninputs = 0;
    int failed = 0;
    (void)LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    for (int i = 1; i < argc; i++)
        if (argv[i][0] != '-')
            failed |= replay(argv[i], &ninputs);
    printf("%zu inputs replayed\n", ninputs);
    return failed || ninputs == 0;
}
