/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that a declaration rests on: are they there, and are they those that were declared?
 *
 * A contract counts for what its bytes say, so its SHA-256 is declared beside its path, and found again here.
 * The declaration may come from strangers with the dataset: only regular files below its own folder are
 * opened, no symlink is followed, and all that leaves this file is a digest.
 *
 * A store is judged again when the folder is gone; then digests found earlier are recalled, from notes of
 * lines
 * "<sha256> <path>".
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/beneath.h"
#include "policy/sources.h"

enum { CHUNK_BYTES = 1 << 16 };

static const char *const type_names[EVIDENCE_TYPE_COUNT] = {
    "license", "contract", "collection-record", "consent", "authorisation", "robots", "pia", "ethics"};
static const char *const state_names[] = {"unchecked", "absent", "differs", "undigested", "matches"};

const char *
evidence_type_name(enum evidence_type type)
{
    assert(type < EVIDENCE_TYPE_COUNT);
    return type_names[type];
}

const char *
evidence_state_name(enum evidence_state state)
{
    assert(state <= EVIDENCE_MATCHES);
    return state_names[state];
}

/* Digest an open regular file. @return PROV_OK, PROV_E_IO, PROV_E_MEMORY */
static int
digest_file(int fd, char hex[2 * SHA256_SIZE + 1])
{
    uint8_t chunk[CHUNK_BYTES], digest[SHA256_SIZE];
    struct stat info;
    if (fstat(fd, &info) != 0 || !S_ISREG(info.st_mode))
        return PROV_E_IO;
    struct sha256 *sha256 = sha256_create();
    if (!sha256)
        return PROV_E_MEMORY;
    ssize_t got = 0;
    do {
        got = read(fd, chunk, sizeof chunk);
        if (got > 0)
            sha256_update(sha256, chunk, (size_t)got);
    } while (got > 0 || (got < 0 && errno == EINTR));
    sha256_end(sha256, digest);
    sha256_destroy(sha256);
    if (got < 0)
        return PROV_E_IO;
    hex_write(digest, sizeof digest, hex);
    return PROV_OK;
}

/* What the digest found says of the one declared, and the counts of the source. */
static void
settle(struct source *source, struct source_evidence *evidence, bool is_there)
{
    source->evidence_unchecked--;
    if (!is_there)
        evidence->state = EVIDENCE_ABSENT;
    else if (!evidence->sha256)
        evidence->state = EVIDENCE_UNDIGESTED;
    else
        evidence->state =
            strcmp(evidence->sha256, evidence->sha256_found) == 0 ? EVIDENCE_MATCHES : EVIDENCE_DIFFERS;
    source->evidence_absent += evidence->state == EVIDENCE_ABSENT;
    source->evidence_undigested += evidence->state == EVIDENCE_UNDIGESTED;
    source->evidence_differs += evidence->state == EVIDENCE_DIFFERS;
}

static int
check_one(int folder, struct source *source, struct source_evidence *evidence)
{
    int fd = beneath_open(folder, bytes_of(evidence->path), O_RDONLY);
    int status = fd < 0 ? PROV_E_IO : digest_file(fd, evidence->sha256_found);
    if (fd >= 0)
        (void)close(fd);
    if (status == PROV_E_MEMORY)
        return status;
    settle(source, evidence, status == PROV_OK);
    return PROV_OK;
}

int
sources_check_evidence(struct sources *sources, const char *path, struct err *err)
{
    char name[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int size = slash ? snprintf(name, sizeof name, "%.*s", (int)(slash - path + 1), path)
                     : snprintf(name, sizeof name, ".");
    if (size < 0 || (size_t)size >= sizeof name)
        return err_set(err, PROV_E_IO, "%s: the path is too long", path);
    int folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return err_set(err, PROV_E_IO, "%s: the folder cannot be opened", name);
    int status = PROV_OK;
    for (size_t i = 0; i < sources->nsources && status == PROV_OK; i++)
        for (size_t j = 0; j < sources->sources[i].nevidence && status == PROV_OK; j++)
            status = check_one(folder, &sources->sources[i], &sources->sources[i].evidence[j]);
    (void)close(folder);
    return status == PROV_OK ? PROV_OK : err_set(err, status, "out of memory");
}

int
sources_note_evidence(const struct sources *sources, struct buf *notes)
{
    for (size_t i = 0; i < sources->nsources; i++)
        for (size_t j = 0; j < sources->sources[i].nevidence; j++) {
            const struct source_evidence *evidence = &sources->sources[i].evidence[j];
            if (evidence->state != EVIDENCE_UNCHECKED && !strchr(evidence->path, '\n'))
                TRY(buf_printf(notes, "%s %s\n",
                               evidence->state == EVIDENCE_ABSENT ? "-" : evidence->sha256_found,
                               evidence->path));
        }
    return PROV_OK;
}

/* The note of a path: "-" or a digest. @return false when there is none */
static bool
find_note(struct bytes notes, const char *path, struct bytes *found)
{
    const char *at = (const char *)notes.data, *end = at ? at + notes.size : at;
    size_t size = strlen(path);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline ? newline : end;
        const char *blank = memchr(at, ' ', (size_t)(stop - at));
        if (blank && (size_t)(stop - blank - 1) == size && memcmp(blank + 1, path, size) == 0) {
            *found = (struct bytes){(const uint8_t *)at, (size_t)(blank - at)};
            return true;
        }
        at = newline ? newline + 1 : end;
    }
    return false;
}

void
sources_recall_evidence(struct sources *sources, struct bytes notes)
{
    for (size_t i = 0; i < sources->nsources; i++)
        for (size_t j = 0; j < sources->sources[i].nevidence; j++) {
            struct source_evidence *evidence = &sources->sources[i].evidence[j];
            struct bytes found = {0};
            if (!find_note(notes, evidence->path, &found))
                continue;
            bool is_there = found.size == sizeof evidence->sha256_found - 1;
            if (is_there)
                memcpy(evidence->sha256_found, found.data, found.size);
            settle(&sources->sources[i], evidence, is_there);
        }
}
