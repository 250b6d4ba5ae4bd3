/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key file: 32 bytes of the kernel's randomness in hexadecimal and a line end. It gets its name when it
 * is whole, and before anything is hashed.
 */
#include "engine/scan_key.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { TEXT_SIZE = 2 * VALUE_KEY_SIZE + 1 };

static int
key_path(const char *out_dir, char path[PATH_MAX], struct err *err)
{
    int size = snprintf(path, PATH_MAX, "%s/scan.key", out_dir);
    return size > 0 && size < PATH_MAX ? PROV_OK : err_set(err, PROV_E_USAGE, "%s: path too long", out_dir);
}

static int
digit(char text)
{
    return text >= '0' && text <= '9' ? text - '0' : text >= 'a' && text <= 'f' ? text - 'a' + 10 : -1;
}

static bool
parse(const char text[TEXT_SIZE], struct value_key *key)
{
    for (size_t i = 0; i < VALUE_KEY_SIZE; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        key->bytes[i] = (uint8_t)(high * 16 + low);
    }
    key->known = text[TEXT_SIZE - 1] == '\n';
    return key->known;
}

int
scan_key_read(const char *out_dir, struct value_key *key, struct err *err)
{
    char path[PATH_MAX], text[TEXT_SIZE] = {0};
    TRY(key_path(out_dir, path, err));
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, PROV_E_USAGE, "%s: %s", path, strerror(errno));
    ssize_t size = read(fd, text, sizeof text);
    (void)close(fd);
    bool whole = size == (ssize_t)sizeof text && parse(text, key);
    return whole ? PROV_OK : err_set(err, PROV_E_USAGE, "%s: not the key of a scan", path);
}

static int
make_key(int fd, const char *path, struct err *err)
{
    uint8_t bytes[VALUE_KEY_SIZE];
    char text[TEXT_SIZE + 1];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return err_set(err, PROV_E_IO, "%s: no randomness: %s", path, strerror(errno));
    hex_write(bytes, sizeof bytes, text);
    text[TEXT_SIZE - 1] = '\n';
    if (write(fd, text, TEXT_SIZE) != TEXT_SIZE || fsync(fd) != 0)
        return err_set(err, PROV_E_IO, "%s: %s", path, strerror(errno));
    return PROV_OK;
}

int
scan_key_open(const char *out_dir, struct value_key *key, struct err *err)
{
    char path[PATH_MAX], partial[PATH_MAX + 8];
    TRY(key_path(out_dir, path, err));
    if (access(path, F_OK) == 0)
        return scan_key_read(out_dir, key, err);
    (void)snprintf(partial, sizeof partial, "%s.partial", path);
    int fd = open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, PROV_E_IO, "%s: %s", partial, strerror(errno));
    int status = make_key(fd, partial, err);
    (void)close(fd);
    if (status == PROV_OK && rename(partial, path) != 0)
        status = err_set(err, PROV_E_IO, "%s: %s", path, strerror(errno));
    if (status != PROV_OK) {
        (void)unlink(partial);
        return status;
    }
    return scan_key_read(out_dir, key, err);
}

int
scan_key_mix(const struct value_key *key, const uint8_t plan[SHA256_SIZE], uint8_t mixed[SHA256_SIZE],
             struct err *err)
{
    if (hmac_sha256(key->bytes, sizeof key->bytes, plan, SHA256_SIZE, mixed) != PROV_OK)
        return err_set(err, PROV_E_MEMORY, "out of memory");
    return PROV_OK;
}
