/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bump allocator: chunks of doubling size in a list, the newest in use.
 *
 *     chunk (newest)            chunk               chunk
 *     [next|size|####....]  ->  [next|size|#####] -> [next|size|###] -> NULL
 *                    ^ used
 *
 * What belongs to one item or one plan is allocated here and freed in one step, so that no path of a
 * failure has to free pieces. Under AddressSanitizer each chunk is an ordinary heap block.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_SIZE_MIN = 4096, CHUNK_SIZE_MAX = 1 << 20, ALIGNMENT = 16 };

struct arena_chunk {
    struct arena_chunk *next; /**< the next older chunk */
    size_t size;              /**< bytes of data */
    _Alignas(ALIGNMENT) uint8_t data[];
};

static struct arena_chunk *
chunk_create(const struct arena *arena, size_t size)
{
    size_t wanted = arena->total < CHUNK_SIZE_MIN ? CHUNK_SIZE_MIN : arena->total;
    if (wanted > CHUNK_SIZE_MAX)
        wanted = CHUNK_SIZE_MAX;
    if (wanted < size)
        wanted = size;
    if (wanted > SIZE_MAX - sizeof(struct arena_chunk))
        return NULL;
    struct arena_chunk *chunk = malloc(sizeof *chunk + wanted);
    if (chunk)
        *chunk = (struct arena_chunk){.next = arena->chunk, .size = wanted};
    return chunk;
}

void *
arena_alloc(struct arena *arena, size_t size)
{
    if (size > SIZE_MAX - ALIGNMENT)
        return NULL;
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    if (!arena->chunk || arena->chunk->size - arena->used < size) {
        struct arena_chunk *chunk = chunk_create(arena, size);
        if (!chunk)
            return NULL;
        arena->chunk = chunk;
        arena->used = 0;
        arena->total += chunk->size;
    }
    void *memory = arena->chunk->data + arena->used;
    arena->used += size;
    return memset(memory, 0, size);
}

void *
arena_array(struct arena *arena, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    return arena_alloc(arena, count * size);
}

char *
arena_text(struct arena *arena, struct bytes text)
{
    char *copy = text.size < SIZE_MAX ? arena_alloc(arena, text.size + 1) : NULL;
    if (copy && text.size)
        memcpy(copy, text.data, text.size);
    return copy;
}

struct bytes
arena_bytes(struct arena *arena, struct bytes bytes)
{
    return (struct bytes){.data = (const uint8_t *)arena_text(arena, bytes), .size = bytes.size};
}

void
arena_clear(struct arena *arena)
{
    struct arena_chunk *kept = arena->chunk;
    if (!kept)
        return;
    while (kept->next) {
        struct arena_chunk *older = kept->next;
        kept->next = older->next;
        free(older);
    }
    arena->used = 0;
    arena->total = kept->size;
}

void
arena_finish(struct arena *arena)
{
    while (arena->chunk) {
        struct arena_chunk *older = arena->chunk->next;
        free(arena->chunk);
        arena->chunk = older;
    }
    *arena = (struct arena){0};
}
