/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Structure of archives, compressed streams and programs, and the one guard that many letter magics
 * need: check_binary, by which a text that happens to begin with "ORC" or "TZif" stays a text.
 *
 * Sources: POSIX pax and cpio, the ar manual, LZMA SDK (the 13-byte header has no magic; a dictionary
 * size of the form 2^n or 2^n + 2^(n-1) and the first byte of the range coder, always 0, make one),
 * Microsoft PE/COFF, the Java class file format, CPython's importlib.
 */
#include "inspect/filetype_kind.h"

#include <string.h>

enum filetype_id
check_binary(const struct filetype_probe *probe, enum filetype_id id)
{
    enum { LOOK = 64 };
    struct bytes head = probe->head;
    for (size_t i = 0; i < head.size && i < LOOK; i++) {
        uint8_t byte = head.data[i];
        if (byte == 0 || byte == 0x7F || (byte < 0x20 && (byte < 0x08 || byte > 0x0D)) || byte >= 0xF5)
            return id;
    }
    /* High bytes may be letters of a text; three in a hundred bytes of data are none of the above. */
    size_t nhigh = 0;
    for (size_t i = 0; i < head.size && i < LOOK; i++)
        nhigh += head.data[i] >= 0x80;
    return nhigh >= LOOK / 4 ? id : FILETYPE_COUNT;
}

/* A frame to be skipped belongs to zstd or to LZ4: the next frame tells. */
enum filetype_id
check_skippable(const struct filetype_probe *probe, enum filetype_id id)
{
    enum { FRAMES_MAX = 64 };
    struct bytes head = probe->head;
    size_t at = 0;
    for (int i = 0; i < FRAMES_MAX && head.size - at >= 8; i++) {
        if (head_is_at(head, at, "\x04\x22\x4D\x18"))
            return FILETYPE_LZ4;
        uint32_t size = head_u32le(head, at + 4);
        if ((head_u32le(head, at) & 0xFFFFFFF0u) != 0x184D2A50u || size > head.size - at - 8)
            break;
        at += 8 + size;
    }
    return id;
}

enum filetype_id
check_bzip2(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 10 || head.data[3] < '1' || head.data[3] > '9')
        return FILETYPE_COUNT;
    return memcmp(head.data + 4, "\x31\x41\x59\x26\x53\x59", 6) == 0 ||
                   memcmp(head.data + 4, "\x17\x72\x45\x38\x50\x90", 6) == 0
               ? id
               : FILETYPE_COUNT;
}

enum filetype_id
check_lzma(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 14 || head.data[13] != 0)
        return FILETYPE_COUNT;
    uint32_t dictionary = head_u32le(head, 1);
    uint64_t size = head_u64le(head, 5);
    uint32_t rest = dictionary & (dictionary - 1); /* without the lowest bit: 0, or the bit above it */
    bool sound = dictionary >= 4096 && (rest == 0 || rest == (dictionary & -dictionary) << 1);
    return sound && (size == UINT64_MAX || size < (uint64_t)1 << 40) ? id : FILETYPE_COUNT;
}

enum filetype_id
check_compress(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    uint8_t bits = head.size > 3 ? head.data[2] & 0x1F : 0;
    return bits >= 9 && bits <= 16 && (head.data[2] & 0x60) == 0 ? id : FILETYPE_COUNT;
}

enum filetype_id
check_ar(const struct filetype_probe *probe, enum filetype_id id)
{
    return head_is_at(probe->head, 8, "debian-binary") ? FILETYPE_DEB : id;
}

static bool
are_digits(struct bytes head, size_t from, size_t to, bool octal)
{
    if (to > head.size)
        return false;
    for (size_t i = from; i < to; i++) {
        uint8_t byte = head.data[i];
        bool hex = (uint8_t)((byte | 0x20) - 'a') < 6;
        if (octal ? byte < '0' || byte > '7' : (byte < '0' || byte > '9') && !hex)
            return false;
    }
    return true;
}

enum filetype_id
check_cpio(const struct filetype_probe *probe, enum filetype_id id)
{
    bool octal = probe->head.data[5] == '7';
    return are_digits(probe->head, 6, octal ? 76 : 110, octal) ? id : FILETYPE_COUNT;
}

enum filetype_id
check_cpio_old(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 28)
        return FILETYPE_COUNT;
    size_t name_size = head_u16le(head, 20);
    return name_size >= 2 && name_size <= 4096 && 26 + name_size <= head.size && head.data[26 + name_size - 1] == 0 &&
                   head.data[26] >= ' '
               ? id
               : FILETYPE_COUNT;
}

enum filetype_id
check_lha(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    bool method = head.size >= 22 && head.data[6] == '-' &&
                  ((head.data[5] >= '0' && head.data[5] <= '9') || head.data[5] == 'd' || head.data[5] == 'x');
    return method && head.data[20] <= 3 ? id : FILETYPE_COUNT;
}

enum filetype_id
check_arj(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 40)
        return FILETYPE_COUNT;
    uint16_t size = head_u16le(head, 2);
    return size >= 30 && size <= 2600 && head.data[4] >= 30 && head.data[4] <= size && head.data[10] == 2
               ? id
               : FILETYPE_COUNT;
}

/* Whether the header's checksum is right, as signed or unsigned bytes: both were written once. */
static bool
tar_checksum_is_right(struct bytes head)
{
    enum { BLOCK = 512, FIELD = 148, FIELD_SIZE = 8 };
    if (head.size < BLOCK)
        return false;
    uint32_t stored = 0;
    size_t ndigits = 0;
    for (size_t i = FIELD; i < FIELD + FIELD_SIZE; i++) {
        uint8_t byte = head.data[i];
        if (byte >= '0' && byte <= '7') {
            stored = stored << 3 | (uint32_t)(byte - '0');
            ndigits++;
        } else if (byte != ' ' && byte != 0) {
            return false;
        }
    }
    uint32_t sum = FIELD_SIZE * ' ', nhigh = 0;
    for (size_t i = 0; i < BLOCK; i++)
        if (i < FIELD || i >= FIELD + FIELD_SIZE) {
            sum += head.data[i];
            nhigh += head.data[i] >> 7;
        }
    return ndigits > 0 && (stored == sum || stored == sum - 256 * nhigh);
}

/* A damaged checksum does not make another thing of what says "ustar"; but then it must not be text. */
enum filetype_id
check_tar(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (tar_checksum_is_right(head))
        return id;
    return head.size >= 512 && memchr(head.data, 0, 257) && are_digits(head, 124, 134, true) ? id : FILETYPE_COUNT;
}

/* Tar from before "ustar" has nothing but its checksum, and a name. */
enum filetype_id
check_tar_v7(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 512 || head.data[0] < ' ' || (head.data[107] & 0xDF) || (head.data[154] & 0xDF))
        return FILETYPE_COUNT;
    return tar_checksum_is_right(head) ? id : FILETYPE_COUNT;
}

enum filetype_id
check_ext(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 0x800)
        return FILETYPE_COUNT;
    bool sound = head_u32le(head, 0x418) <= 6 && head_u32le(head, 0x44C) <= 1 && head_u32le(head, 0x400) > 0 &&
                 head_u32le(head, 0x414) <= 1;
    return sound ? id : FILETYPE_COUNT;
}

enum filetype_id
check_mz(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 64 || head_u16le(head, 2) > 512)
        return FILETYPE_COUNT;
    uint32_t at = head_u32le(head, 60);
    if (at >= 4 && at < head.size && head_is_at(head, at, "PE")) {
        bool portable = head.size - at >= 4 && head.data[at + 2] == 0 && head.data[at + 3] == 0;
        return portable ? id : FILETYPE_DOS_EXE;
    }
    uint16_t paragraphs = head_u16le(head, 8);
    return paragraphs >= 2 && paragraphs <= 4096 ? check_binary(probe, FILETYPE_DOS_EXE) : FILETYPE_COUNT;
}

/* Java classes and fat Mach-O share a magic: a class has a version of 45 or more there, a fat file few parts. */
enum filetype_id
check_cafebabe(const struct filetype_probe *probe, enum filetype_id id)
{
    if (probe->head.size < 8)
        return FILETYPE_COUNT;
    return head_u32be(probe->head, 4) < 45 ? FILETYPE_MACH_O : id;
}

/* Version, "\r\n", then flags, time, size as the version has it, then a marshalled code object. */
enum filetype_id
check_pyc(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    if (head.size < 20)
        return FILETYPE_COUNT;
    uint16_t version = head_u16le(head, 0);
    if ((version < 3000 || version > 3999) && (version < 20121 || version > 62300))
        return FILETYPE_COUNT;
    for (size_t at = 8; at <= 16; at += 4)
        if ((head.data[at] & 0x7F) == 'c')
            return id;
    return FILETYPE_COUNT;
}
