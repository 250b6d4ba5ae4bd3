/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA-256 by libcrypto (which uses the SHA instructions where the CPU has them) and XXH3-128 by
 * xxHash, fed side by side.
 *
 * SHA256_Init and its kin are deprecated since OpenSSL 3.0 in favour of EVP, and taken on purpose. EVP in
 * Debian's 3.0 allocates at every EVP_DigestInit, so beginning a digest could fail, ten million times in a
 * scan, where nothing sensible can be done about it; a failure that goes unnoticed would be a wrong digest in
 * a manifest. Here nothing allocates once a digest is made. It is also quicker for small items: EVP fetches
 * an algorithm under a lock.
 *
 * XXH_INLINE_ALL with the target attribute is not needed:
 * XXH3 is about 3 % of the cost of SHA-256 even in its SSE2 form; the dispatching entry points are
 * taken because they are there.
 */
#include "base/digest.h"

#include <stdlib.h>

/* Without warnings for what is deprecated since 3.0. */
#define OPENSSL_API_COMPAT 0x10101000L

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <xxhash.h>

#include "base/status.h"

struct sha256 {
    SHA256_CTX context;
};

struct sha1 {
    SHA_CTX context;
};

struct digest {
    struct sha256 *sha256; /**< owned */
    XXH3_state_t *xxh3;    /**< owned; XXH3_createState aligns it to 64 bytes */
};

static void
sha256_begin(struct sha256 *sha256)
{
    (void)SHA256_Init(&sha256->context); /* has no way to fail, nor have the next two */
}

struct sha256 *
sha256_create(void)
{
    struct sha256 *sha256 = malloc(sizeof *sha256);
    if (sha256)
        sha256_begin(sha256);
    return sha256;
}

void
sha256_destroy(struct sha256 *sha256)
{
    free(sha256);
}

void
sha256_update(struct sha256 *sha256, const void *data, size_t size)
{
    (void)SHA256_Update(&sha256->context, data, size);
}

void
sha256_end(struct sha256 *sha256, uint8_t digest[SHA256_SIZE])
{
    (void)SHA256_Final(digest, &sha256->context);
    sha256_begin(sha256);
}

void
sha1_begin(struct sha1 *sha1)
{
    (void)SHA1_Init(&sha1->context); /* has no way to fail, nor have the next two */
}

struct sha1 *
sha1_create(void)
{
    struct sha1 *sha1 = malloc(sizeof *sha1);
    if (sha1)
        sha1_begin(sha1);
    return sha1;
}

void
sha1_destroy(struct sha1 *sha1)
{
    free(sha1);
}

void
sha1_update(struct sha1 *sha1, const void *data, size_t size)
{
    (void)SHA1_Update(&sha1->context, data, size);
}

void
sha1_end(struct sha1 *sha1, uint8_t digest[SHA1_SIZE])
{
    (void)SHA1_Final(digest, &sha1->context);
    sha1_begin(sha1);
}

struct digest *
digest_create(void)
{
    struct digest *digest = calloc(1, sizeof *digest);
    if (!digest)
        return NULL;
    digest->sha256 = sha256_create();
    digest->xxh3 = XXH3_createState();
    if (!digest->sha256 || !digest->xxh3) {
        digest_destroy(digest);
        return NULL;
    }
    digest_begin(digest);
    return digest;
}

void
digest_destroy(struct digest *digest)
{
    if (!digest)
        return;
    sha256_destroy(digest->sha256);
    XXH3_freeState(digest->xxh3);
    free(digest);
}

void
digest_begin(struct digest *digest)
{
    sha256_begin(digest->sha256);
    XXH3_128bits_reset(digest->xxh3);
}

void
digest_update(struct digest *digest, const void *data, size_t size)
{
    sha256_update(digest->sha256, data, size);
    XXH3_128bits_update(digest->xxh3, data, size);
}

static void
xxh3_store(XXH128_hash_t hash, uint8_t out[XXH3_SIZE])
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, hash);
    for (size_t i = 0; i < XXH3_SIZE; i++)
        out[i] = canonical.digest[i];
}

void
digest_end(struct digest *digest, struct fingerprint *fingerprint)
{
    sha256_end(digest->sha256, fingerprint->sha256);
    xxh3_store(XXH3_128bits_digest(digest->xxh3), fingerprint->xxh3);
}

void
digest_block(struct digest *digest, const void *data, size_t size, struct fingerprint *fingerprint)
{
    sha256_begin(digest->sha256);
    sha256_update(digest->sha256, data, size);
    sha256_end(digest->sha256, fingerprint->sha256);
    xxh3_store(XXH3_128bits(data, size), fingerprint->xxh3);
}

int
sha256_block(const void *data, size_t size, uint8_t sha256[SHA256_SIZE])
{
    struct sha256 running;
    sha256_begin(&running);
    sha256_update(&running, data, size);
    sha256_end(&running, sha256);
    return PROV_OK;
}

/* One and the same object for us; xxHash keeps the type to itself. */
struct xxh32 *
xxh32_create(void)
{
    return (struct xxh32 *)XXH32_createState();
}

void
xxh32_destroy(struct xxh32 *xxh32)
{
    (void)XXH32_freeState((XXH32_state_t *)xxh32);
}

void
xxh32_begin(struct xxh32 *xxh32)
{
    (void)XXH32_reset((XXH32_state_t *)xxh32, 0);
}

void
xxh32_update(struct xxh32 *xxh32, const void *data, size_t size)
{
    (void)XXH32_update((XXH32_state_t *)xxh32, data, size);
}

uint32_t
xxh32_end(struct xxh32 *xxh32)
{
    return XXH32_digest((const XXH32_state_t *)xxh32);
}

uint32_t
xxh32_block(const void *data, size_t size)
{
    return XXH32(data, size, 0);
}

uint64_t
hash64(const void *data, size_t size, uint64_t seed)
{
    return XXH3_64bits_withSeed(data, size, seed);
}

void
hash128(const void *data, size_t size, uint64_t hash[2])
{
    XXH128_hash_t value = XXH3_128bits(data, size);
    hash[0] = value.low64;
    hash[1] = value.high64;
}

int
hmac_sha256(const void *key, size_t key_size, const void *data, size_t size, uint8_t mac[SHA256_SIZE])
{
    unsigned mac_size = 0;
    if (key_size > INT32_MAX || !HMAC(EVP_sha256(), key, (int)key_size, data, size, mac, &mac_size))
        return PROV_E_MEMORY;
    return PROV_OK;
}

const char *
digest_crypto_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION_STRING);
}

#define TEXT_OF(number) #number
#define VERSION_TEXT(major, minor, release) TEXT_OF(major) "." TEXT_OF(minor) "." TEXT_OF(release)

const char *
digest_xxhash_version(void)
{
    return VERSION_TEXT(XXH_VERSION_MAJOR, XXH_VERSION_MINOR, XXH_VERSION_RELEASE);
}
