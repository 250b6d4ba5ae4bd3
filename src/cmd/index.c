/* SPDX-License-Identifier: Apache-2.0 */
/*
 * provscan index: make fingerprint indexes.
 *
 * `index spdx DIR` reads the XML sources of the SPDX license list (the folder holds src/ or the XML files
 * themselves) and writes the index that license inspection matches texts with. The index carries the
 * release of the list and a digest of all files it was made from, taken in order of their names, so that
 * anyone who has the same release can make the same bytes again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/digest.h"
#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/page.h"
#include "inspect/license_index.h"
#include "inspect/license_template.h"

enum { SOURCE_BYTES_MAX = 16 << 20, SOURCES_MAX = 8192, FOLDER_DEPTH_MAX = 4 };

struct source_file {
    const char *path;
    struct bytes content;
};

struct source_set {
    struct arena arena;
    struct source_file *files;
    size_t nfiles;
    char release[32]; /**< of the list, from its release notes; "" when there are none */
    struct err *err;
};

static int
read_file(struct source_set *set, const char *path, struct bytes *content)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        int error = errno;
        if (fd >= 0)
            (void)close(fd);
        return err_set(set->err, PROV_E_IO, "%s: %s", path, strerror(error));
    }
    size_t size = (size_t)status.st_size, have = 0;
    uint8_t *data = status.st_size <= SOURCE_BYTES_MAX ? arena_alloc(&set->arena, size + 1) : NULL;
    while (data && have < size) {
        ssize_t got = read(fd, data + have, size - have);
        if (got <= 0)
            break;
        have += (size_t)got;
    }
    (void)close(fd);
    if (!data || have != size)
        return err_set(set->err, PROV_E_IO, "%s: cannot be read whole", path);
    *content = (struct bytes){.data = data, .size = size};
    return PROV_OK;
}

/* "## version 3.28.0 - 2026-02-20" in the release notes. */
static int
read_release(struct source_set *set, const char *path)
{
    static const char heading[] = "## version ";
    struct bytes notes;
    TRY(read_file(set, path, &notes));
    const char *found = memmem(notes.data, notes.size, heading, sizeof heading - 1);
    if (found)
        (void)sscanf(found + sizeof heading - 1, "%31[0-9A-Za-z.+-]", set->release);
    return PROV_OK;
}

static bool
ends_with(const char *name, const char *end)
{
    size_t size = strlen(name), end_size = strlen(end);
    return size >= end_size && strcmp(name + size - end_size, end) == 0;
}

static int
add_file(struct source_set *set, const char *path)
{
    if (ends_with(path, "/RELEASE-NOTES.md"))
        return read_release(set, path);
    if (!ends_with(path, ".xml"))
        return PROV_OK;
    if (set->nfiles == SOURCES_MAX)
        return err_set(set->err, PROV_E_USAGE, "%s: more than %d files", path, SOURCES_MAX);
    struct source_file *file = &set->files[set->nfiles];
    file->path = arena_text(&set->arena, bytes_of(path));
    TRY(read_file(set, path, &file->content));
    set->nfiles += file->path != NULL;
    return file->path ? PROV_OK : PROV_E_MEMORY;
}

/* Bounded by FOLDER_DEPTH_MAX, which is ours and not the input's. */
static int
add_folder(struct source_set *set, const char *folder, int depth) // NOLINT(misc-no-recursion)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, NULL, alphasort), status = PROV_OK;
    if (count < 0)
        return err_set(set->err, PROV_E_USAGE, "%s: %s", folder, strerror(errno));
    for (int i = 0; i < count; i++) {
        char path[4096];
        struct stat info;
        int size = snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        bool usable = status == PROV_OK && entries[i]->d_name[0] != '.' && size > 0 &&
                      (size_t)size < sizeof path && stat(path, &info) == 0;
        if (usable && S_ISDIR(info.st_mode) && depth < FOLDER_DEPTH_MAX)
            status = add_folder(set, path, depth + 1);
        else if (usable && S_ISREG(info.st_mode))
            status = add_file(set, path);
        free(entries[i]);
    }
    free(entries);
    return status;
}

static const char *
base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

static int
compare_files(const void *a, const void *b)
{
    return strcmp(base_name(((const struct source_file *)a)->path),
                  base_name(((const struct source_file *)b)->path));
}

static int
read_templates(struct source_set *set, struct license_template *templates, uint8_t digest[SHA256_SIZE])
{
    struct sha256 *sha256 = sha256_create();
    if (!sha256)
        return err_set(set->err, PROV_E_MEMORY, "out of memory");
    qsort(set->files, set->nfiles, sizeof *set->files, compare_files);
    int status = PROV_OK;
    for (size_t i = 0; i < set->nfiles && status == PROV_OK; i++) {
        const char *name = base_name(set->files[i].path);
        struct err why = {0};
        sha256_update(sha256, name, strlen(name) + 1);
        sha256_update(sha256, set->files[i].content.data, set->files[i].content.size);
        status = license_template_read(set->files[i].content, &set->arena, &templates[i], &why);
        if (status != PROV_OK)
            (void)err_set(set->err, status, "%s: %s", set->files[i].path, why.text);
    }
    sha256_end(sha256, digest);
    sha256_destroy(sha256);
    return status;
}

/* Write under a temporary name beside the wanted one, then rename: nothing half-made is ever seen. */
static int
write_file(const char *path, struct bytes content, struct err *err)
{
    char temporary[4096];
    int size = snprintf(temporary, sizeof temporary, "%s.tmp-%ld", path, (long)getpid());
    if (size < 0 || (size_t)size >= sizeof temporary)
        return err_set(err, PROV_E_USAGE, "%s: the name is too long", path);
    FILE *file = fopen(temporary, "wbe");
    if (!file)
        return err_set(err, PROV_E_IO, "%s: %s", temporary, strerror(errno));
    bool written = fwrite(content.data, 1, content.size, file) == content.size && fflush(file) == 0 &&
                   fsync(fileno(file)) == 0;
    int error = errno;
    written = fclose(file) == 0 && written;
    if (!written || rename(temporary, path) != 0) {
        error = written ? errno : error;
        (void)unlink(temporary);
        return err_set(err, PROV_E_IO, "%s: %s", path, strerror(error));
    }
    return PROV_OK;
}

static int
index_spdx(const char *folder, const char *output, struct err *err)
{
    uint8_t digest[SHA256_SIZE];
    struct source_set set = {.err = err};
    struct buf index = {0};
    set.files = arena_array(&set.arena, SOURCES_MAX, sizeof *set.files);
    struct license_template *templates = arena_array(&set.arena, SOURCES_MAX, sizeof *templates);
    int status = set.files && templates ? add_folder(&set, folder, 0) : PROV_E_MEMORY;
    if (status == PROV_OK && set.nfiles == 0)
        status = err_set(err, PROV_E_USAGE, "%s: no XML files of the SPDX license list here", folder);
    if (status == PROV_OK)
        status = read_templates(&set, templates, digest);
    if (status == PROV_OK) {
        const struct license_index_source source = {.templates = templates,
                                                    .ntemplates = set.nfiles,
                                                    .corpus = "spdx",
                                                    .release = set.release,
                                                    .sha256 = digest};
        status = license_index_write(&source, &index, err);
    }
    if (status == PROV_OK)
        status = write_file(output, buf_bytes(&index), err);
    if (status == PROV_OK)
        printf("%s: %zu licenses and exceptions of SPDX %s, %zu bytes\n", output, set.nfiles, set.release,
               index.size);
    if (status == PROV_E_MEMORY)
        (void)err_set(err, status, "out of memory");
    buf_finish(&index);
    arena_finish(&set.arena);
    return status;
}

static const char usage[] =
    "usage: provscan index spdx DIR -o FILE.pfi\n\n"
    "Make a one-way fingerprint index of the SPDX license list. DIR holds the XML sources of the\n"
    "list (src/*.xml, src/exceptions/*.xml, RELEASE-NOTES.md). The index holds hashes, ids, names and\n"
    "URLs, no license text; policies/licenses/spdx.pfi is made this way.\n\n"
    "exit codes: 0 made, 4 usage error, 5 internal error\n";

static const struct option option_table[] = {{"output", required_argument, NULL, 'o'}, {NULL, 0, NULL, 0}};

static int
take_option(void *context, int option, char *value, struct err *err)
{
    (void)option;
    (void)err;
    *(const char **)context = value;
    return PROV_OK;
}

static int
run(int argc, char **argv)
{
    struct err err = {0};
    const char *output = NULL;
    const struct option_set set = {
        .command = "index", .letters = ":o:", .table = option_table, .take = take_option, .context = &output};
    int nwords = 0, status = options_read(&set, argc, argv, &nwords, &err);
    if (status == PROV_OK && (nwords != 2 || strcmp(argv[1], "spdx") != 0))
        status = err_set(&err, PROV_E_USAGE,
                         "index: expected 'spdx' and a folder; `provscan index --help` tells more");
    else if (status == PROV_OK && !output)
        status = err_set(&err, PROV_E_USAGE, "index: -o FILE.pfi is missing");
    if (status == PROV_OK && output)
        status = index_spdx(argv[2], output, &err);
    if (status == PROV_OK)
        status = page_end(&err);
    return status == PROV_OK ? EXIT_ALLOW : command_fail(&err);
}

const struct command COMMAND_index = {
    .name = "index",
    .summary = "make a fingerprint index of license texts",
    .usage = usage,
    .run = run,
};
