/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vectorscan behind a narrow door: compile, keep, load, scan.
 *
 * Everything is compiled as an expression, literals with each byte written \xHH: the library takes
 * literals out of expressions by itself, and a literal and an expression can so live in one database.
 * UTF-8 mode is never used: its behaviour on malformed text is undefined (hs_compile.h).
 *
 * Compiling a thousand patterns takes seconds, loading them milliseconds; so the compiled form is kept
 * in a file of the user's cache folder:
 *
 *     name     multi-<first 128 bits of the key, hex>.db
 *     key      SHA-256 of: format, library version, processor, and each pattern with its id and flags
 *     content  [ key 32 ][ SHA-256 of the rest 32 ][ serialized database ]
 *
 * A file that is not exactly this is ignored and written anew (temporary name, rename), so a damaged
 * cache costs time, never a wrong answer. The library itself checks its own version, the processor and a
 * checksum when it loads.
 */
#include "inspect/multi_match.h"

#include <assert.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <hs/hs.h>

#include "base/digest.h"

enum {
    CACHE_FORMAT = 1,
    CACHE_HEAD = 2 * SHA256_SIZE,
    CACHE_BYTES_MAX = 256 << 20, /* far above any database of ours (a thousand rules: 4 MiB) */
};

struct multi_match {
    hs_database_t *database; /**< owned */
};

struct multi_scratch {
    hs_scratch_t *space; /**< owned; grown by hs_alloc_scratch to fit every database shown to it */
};

/* Arguments of hs_compile_ext_multi, side by side as it wants them. */
struct expressions {
    const char **texts; /**< each points into joined */
    unsigned *flags, *ids;
    struct buf joined;
};

static void
expressions_finish(struct expressions *expressions)
{
    free((void *)expressions->texts);
    free(expressions->flags);
    free(expressions->ids);
    buf_finish(&expressions->joined);
}

static int
append_expression(struct buf *buf, const struct multi_pattern *pattern)
{
    if (!(pattern->flags & MULTI_LITERAL))
        TRY(buf_append(buf, pattern->text.data, pattern->text.size));
    else
        for (size_t i = 0; i < pattern->text.size; i++)
            TRY(buf_printf(buf, "\\x%02x", pattern->text.data[i]));
    return buf_append_byte(buf, 0);
}

static unsigned
library_flags(uint32_t flags)
{
    return (flags & MULTI_CASELESS ? (unsigned)HS_FLAG_CASELESS : 0) |
           (flags & MULTI_DOTALL ? (unsigned)HS_FLAG_DOTALL : 0);
}

static int
expressions_init(struct expressions *expressions, const struct multi_pattern *patterns, size_t npatterns,
                 struct err *err)
{
    for (size_t i = 0; i < npatterns; i++) {
        if (patterns[i].text.size == 0 || memchr(patterns[i].text.data, 0, patterns[i].text.size))
            if (patterns[i].text.size == 0 || !(patterns[i].flags & MULTI_LITERAL))
                return err_set(err, PROV_E_POLICY, "pattern %u is empty or holds a NUL", patterns[i].id);
        TRY(append_expression(&expressions->joined, &patterns[i]));
    }
    expressions->texts = calloc(npatterns, sizeof *expressions->texts);
    expressions->flags = calloc(npatterns, sizeof *expressions->flags);
    expressions->ids = calloc(npatterns, sizeof *expressions->ids);
    if (!expressions->texts || !expressions->flags || !expressions->ids)
        return err_set(err, PROV_E_MEMORY, "out of memory for %zu patterns", npatterns);
    const char *text = buf_text(&expressions->joined);
    for (size_t i = 0; i < npatterns; i++, text += strlen(text) + 1) {
        expressions->texts[i] = text;
        expressions->flags[i] = library_flags(patterns[i].flags);
        expressions->ids[i] = patterns[i].id;
    }
    return PROV_OK;
}

/* What a cached database depends on. */
static int
cache_key(const struct multi_pattern *patterns, size_t npatterns, uint8_t key[SHA256_SIZE])
{
    struct sha256 *sha256 = sha256_create();
    if (!sha256)
        return PROV_E_MEMORY;
    hs_platform_info_t platform;
    memset(&platform, 0, sizeof platform);
    (void)hs_populate_platform(&platform);
    uint32_t format = CACHE_FORMAT;
    sha256_update(sha256, &format, sizeof format);
    sha256_update(sha256, hs_version(), strlen(hs_version()));
    sha256_update(sha256, &platform.tune, sizeof platform.tune);
    sha256_update(sha256, &platform.cpu_features, sizeof platform.cpu_features);
    for (size_t i = 0; i < npatterns; i++) {
        uint64_t head[3] = {patterns[i].id, patterns[i].flags, patterns[i].text.size};
        sha256_update(sha256, head, sizeof head);
        sha256_update(sha256, patterns[i].text.data, patterns[i].text.size);
    }
    sha256_end(sha256, key);
    sha256_destroy(sha256);
    return PROV_OK;
}

/* @return false when the name does not fit */
static bool
cache_path(char path[PATH_MAX], const char *cache_dir, const uint8_t key[SHA256_SIZE], const char *suffix)
{
    char name[2 * 16 + 1];
    hex_write(key, 16, name);
    int size = snprintf(path, PATH_MAX, "%s/multi-%s.db%s", cache_dir, name, suffix);
    return size > 0 && size < PATH_MAX;
}

/* Read a whole regular file of a sane size. @return owned bytes, or NULL */
static uint8_t *
read_whole(const char *path, size_t *size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return NULL;
    struct stat status;
    uint8_t *data = NULL;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > CACHE_HEAD &&
        status.st_size <= CACHE_BYTES_MAX)
        data = malloc((size_t)status.st_size);
    size_t got = 0;
    while (data && got < (size_t)status.st_size) {
        ssize_t n = read(fd, data + got, (size_t)status.st_size - got);
        if (n <= 0) {
            free(data);
            data = NULL;
            break;
        }
        got += (size_t)n;
    }
    (void)close(fd);
    *size = got;
    return data;
}

static hs_database_t *
cache_load(const char *cache_dir, const uint8_t key[SHA256_SIZE])
{
    char path[PATH_MAX];
    size_t size = 0;
    uint8_t *data = cache_path(path, cache_dir, key, "") ? read_whole(path, &size) : NULL;
    if (!data)
        return NULL;
    hs_database_t *database = NULL;
    uint8_t digest[SHA256_SIZE];
    if (memcmp(data, key, SHA256_SIZE) == 0 &&
        sha256_block(data + CACHE_HEAD, size - CACHE_HEAD, digest) == PROV_OK &&
        memcmp(data + SHA256_SIZE, digest, SHA256_SIZE) == 0 &&
        hs_deserialize_database((const char *)data + CACHE_HEAD, size - CACHE_HEAD, &database) != HS_SUCCESS)
        database = NULL;
    free(data);
    return database;
}

static bool
write_whole(int fd, const void *data, size_t size)
{
    const uint8_t *at = data;
    while (size > 0) {
        ssize_t n = write(fd, at, size);
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

/* Best effort: the cache saves time and nothing else. */
static void
cache_store(const char *cache_dir, const uint8_t key[SHA256_SIZE], const hs_database_t *database)
{
    char path[PATH_MAX], temporary[PATH_MAX], suffix[32], *bytes = NULL;
    size_t size = 0;
    (void)snprintf(suffix, sizeof suffix, ".%ld", (long)getpid());
    if (!cache_path(path, cache_dir, key, "") || !cache_path(temporary, cache_dir, key, suffix) ||
        hs_serialize_database(database, &bytes, &size) != HS_SUCCESS)
        return;
    uint8_t digest[SHA256_SIZE];
    int fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0) {
        bool written = sha256_block(bytes, size, digest) == PROV_OK &&
                       write_whole(fd, key, SHA256_SIZE) && write_whole(fd, digest, SHA256_SIZE) &&
                       write_whole(fd, bytes, size);
        written = close(fd) == 0 && written;
        if (!written || rename(temporary, path) != 0)
            (void)unlink(temporary);
    }
    free(bytes);
}

static int
compile(const struct multi_pattern *patterns, size_t npatterns, hs_database_t **database, struct err *err)
{
    struct expressions expressions = {0};
    hs_compile_error_t *fault = NULL;
    int status = expressions_init(&expressions, patterns, npatterns, err);
    if (status == PROV_OK) {
        hs_error_t error = hs_compile_multi(expressions.texts, expressions.flags, expressions.ids,
                                            (unsigned)npatterns, HS_MODE_BLOCK, NULL, database, &fault);
        if (error == HS_NOMEM)
            status = err_set(err, PROV_E_MEMORY, "out of memory while compiling %zu patterns", npatterns);
        else if (error != HS_SUCCESS && fault && fault->expression >= 0)
            status = err_set(err, PROV_E_POLICY, "pattern %u '%s': %s", expressions.ids[fault->expression],
                             expressions.texts[fault->expression], fault->message);
        else if (error != HS_SUCCESS)
            status = err_set(err, PROV_E_POLICY, "patterns cannot be compiled: %s",
                             fault ? fault->message : "no reason given");
        (void)hs_free_compile_error(fault);
    }
    expressions_finish(&expressions);
    return status;
}

int
multi_match_create(const struct multi_pattern *patterns, size_t npatterns, const char *cache_dir,
                   struct multi_match **match, struct err *err)
{
    assert(npatterns > 0);
    if (hs_valid_platform() != HS_SUCCESS)
        return err_set(err, PROV_E_INTERNAL, "this processor lacks SSE4.2, which pattern matching needs");
    struct multi_match *made = calloc(1, sizeof *made);
    uint8_t key[SHA256_SIZE];
    int status = made && cache_key(patterns, npatterns, key) == PROV_OK ? PROV_OK : PROV_E_MEMORY;
    if (status == PROV_OK && cache_dir)
        made->database = cache_load(cache_dir, key);
    if (status == PROV_OK && !made->database) {
        status = compile(patterns, npatterns, &made->database, err);
        if (status == PROV_OK && cache_dir)
            cache_store(cache_dir, key, made->database);
    }
    if (status != PROV_OK) {
        multi_match_destroy(made);
        return err_set(err, status, "out of memory for patterns");
    }
    *match = made;
    return PROV_OK;
}

void
multi_match_destroy(struct multi_match *match)
{
    if (!match)
        return;
    (void)hs_free_database(match->database);
    free(match);
}

int
multi_scratch_create(const struct multi_match *match, struct multi_scratch **scratch)
{
    struct multi_scratch *made = calloc(1, sizeof *made);
    if (!made || multi_scratch_widen(made, match) != PROV_OK) {
        multi_scratch_destroy(made);
        return PROV_E_MEMORY;
    }
    *scratch = made;
    return PROV_OK;
}

int
multi_scratch_widen(struct multi_scratch *scratch, const struct multi_match *match)
{
    return hs_alloc_scratch(match->database, &scratch->space) == HS_SUCCESS ? PROV_OK : PROV_E_MEMORY;
}

void
multi_scratch_destroy(struct multi_scratch *scratch)
{
    if (!scratch)
        return;
    (void)hs_free_scratch(scratch->space);
    free(scratch);
}

/* The caller's function and context, behind the library's signature. */
struct relay {
    multi_found *found;
    void *context;
};

static int
relay_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    (void)from;
    (void)flags;
    const struct relay *relay = context;
    return relay->found(id, (size_t)to, relay->context);
}

int
multi_match_scan(const struct multi_match *match, struct multi_scratch *scratch, struct bytes text,
                 multi_found *found, void *context)
{
    if (text.size == 0)
        return PROV_OK;
    if (text.size > UINT32_MAX)
        return PROV_E_INTERNAL;
    struct relay relay = {.found = found, .context = context};
    hs_error_t error = hs_scan(match->database, (const char *)text.data, (unsigned)text.size, 0,
                               scratch->space, relay_match, &relay);
    return error == HS_SUCCESS || error == HS_SCAN_TERMINATED ? PROV_OK : PROV_E_INTERNAL;
}

size_t
multi_match_size(const struct multi_match *match)
{
    size_t size = 0;
    (void)hs_database_size(match->database, &size);
    return size;
}

const char *
multi_match_version(void)
{
    return hs_version();
}
