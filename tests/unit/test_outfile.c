/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/infile.h"
#include "base/outfile.h"

Test(outfile, appears_whole_and_replaces)
{
    char folder[] = "/tmp/provscan-outfile-XXXXXX", path[64];
    struct err err = {0};
    struct buf content = {0};
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/m.json", folder);
    cr_assert_eq(outfile_write_whole(path, bytes_of("one"), &err), PROV_OK, "%s", err.text);
    struct outfile *file = NULL;
    cr_assert_eq(outfile_open(path, &file, &err), PROV_OK);
    cr_assert_eq(outfile_write(file, "two", 3, &err), PROV_OK);
    outfile_abandon(file);
    cr_assert_eq(infile_read(path, 100, &content, &err), PROV_OK);
    cr_assert_str_eq(buf_text(&content), "one");
    cr_assert_eq(infile_read(path, 2, &content, &err), PROV_E_IO);
    buf_finish(&content);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(rmdir(folder), 0, "something was left behind");
}

Test(outfile, keeps_the_old_file_when_the_disk_is_full)
{
    char folder[] = "/tmp/provscan-outfile-XXXXXX", path[64], block[4096];
    struct err err = {0};
    struct buf content = {0};
    struct rlimit small = {.rlim_cur = 64 << 10, .rlim_max = RLIM_INFINITY};
    cr_assert_not_null(mkdtemp(folder));
    (void)snprintf(path, sizeof path, "%s/m.json", folder);
    cr_assert_eq(outfile_write_whole(path, bytes_of("old"), &err), PROV_OK);
    (void)signal(SIGXFSZ, SIG_IGN);
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    struct outfile *file = NULL;
    memset(block, 'x', sizeof block);
    cr_assert_eq(outfile_open(path, &file, &err), PROV_OK);
    int status = PROV_OK;
    for (int i = 0; i < 200 && status == PROV_OK; i++)
        status = outfile_write(file, block, sizeof block, &err);
    cr_assert_eq(status, PROV_E_IO);
    cr_assert(strstr(err.text, path));
    outfile_abandon(file);
    cr_assert_eq(infile_read(path, 100, &content, &err), PROV_OK);
    cr_assert_str_eq(buf_text(&content), "old");
    buf_finish(&content);
    cr_assert_eq(unlink(path), 0);
    cr_assert_eq(rmdir(folder), 0, "something was left behind");
}

Test(outfile, names_the_path_that_cannot_be_written)
{
    struct err err = {0};
    struct outfile *file = NULL;
    cr_assert_eq(outfile_open("/nonexistent/m.json", &file, &err), PROV_E_IO);
    cr_assert(strstr(err.text, "/nonexistent/m.json"));
    cr_assert_null(file);
}
