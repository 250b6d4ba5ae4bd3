/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { SHA256_SIZE = 32, XXH3_SIZE = 16 };

/** Both fingerprints of one content: SHA-256 is evidence, XXH3-128 finds duplicates and is a cache key. */
struct fingerprint {
    uint8_t sha256[SHA256_SIZE];
    uint8_t xxh3[XXH3_SIZE]; /**< canonical (big-endian) form, as xxhsum prints it */
};

/** A running digest: opaque, reusable, one thread at a time. */
struct digest;

struct digest *digest_create(void); /**< NULL when out of memory; starts as if digest_begin was called */
void digest_destroy(struct digest *digest);
void digest_begin(struct digest *digest);
void digest_update(struct digest *digest, const void *data, size_t size);
void digest_end(struct digest *digest, struct fingerprint *fingerprint);

/** Both fingerprints of a whole block; leaves the digest ready for digest_begin. */
void digest_block(struct digest *digest, const void *data, size_t size, struct fingerprint *fingerprint);

/** SHA-256 alone, for policies and manifests. @return PROV_OK, PROV_E_MEMORY */
int sha256_block(const void *data, size_t size, uint8_t sha256[SHA256_SIZE]);

/** A running SHA-256 alone. */
struct sha256;
struct sha256 *sha256_create(void); /**< NULL when out of memory */
void sha256_destroy(struct sha256 *sha256);
void sha256_update(struct sha256 *sha256, const void *data, size_t size);
void sha256_end(struct sha256 *sha256, uint8_t digest[SHA256_SIZE]);

/** A running SHA-1: the checksum in web archives; never evidence. */
enum { SHA1_SIZE = 20 };
struct sha1;
struct sha1 *sha1_create(void); /**< NULL when out of memory; starts as if sha1_begin was called */
void sha1_destroy(struct sha1 *sha1);
void sha1_begin(struct sha1 *sha1);
void sha1_update(struct sha1 *sha1, const void *data, size_t size);
void sha1_end(struct sha1 *sha1, uint8_t digest[SHA1_SIZE]);

/** XXH3 of 64 bits with a seed, for hash tables; never evidence. */
uint64_t hash64(const void *data, size_t size, uint64_t seed);

/** XXH3 of 128 bits, for keys where two different inputs must not meet by chance; never evidence. */
void hash128(const void *data, size_t size, uint64_t hash[2]);

/** A running XXH32 with seed 0: the checksum in lz4 frames; never evidence. */
struct xxh32;
struct xxh32 *xxh32_create(void); /**< NULL when out of memory; xxh32_begin comes first */
void xxh32_destroy(struct xxh32 *xxh32);
void xxh32_begin(struct xxh32 *xxh32);
void xxh32_update(struct xxh32 *xxh32, const void *data, size_t size);
uint32_t xxh32_end(struct xxh32 *xxh32);
uint32_t xxh32_block(const void *data, size_t size);

/** HMAC-SHA-256. @return PROV_OK, PROV_E_MEMORY */
int hmac_sha256(const void *key, size_t key_size, const void *data, size_t size, uint8_t mac[SHA256_SIZE]);

/** Versions of the libraries behind, for `--version --json`; static. */
const char *digest_crypto_version(void);
const char *digest_xxhash_version(void);

#endif
