/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cpio in its four layouts: what RPM packages and boot images hold.
 *
 *     newc, crc  "070701", "070702": 13 numbers of 8 hexadecimal digits; name and data padded to 4
 *     odc        "070707": octal digits 6 6 6 6 6 6 6 11 6 11; no padding
 *     binary     0x71C7 and 12 more 16 bit words, of either byte order, high half first; padded to 2
 *
 *     header │ name, NUL │ pad │ data │ pad │ header ... │ "TRAILER!!!" │ zeros
 *
 * The archive ends with a member of that name, and boot images go on with another archive behind it, which
 * is read as well. newc stores the data of a file with several names once, with the last of them: the others
 * are links without a target, of size 0.
 *
 * Not libarchive: it says nothing of what lies behind the trailer, of padding, or of a wrong checksum in crc.
 *
 * Sources: cpio(5) of FreeBSD; Linux, Documentation/driver-api/early-userspace/buffer-format.rst.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ingest/reader.h"
#include "ingest/stored.h"

enum cpio_layout { CPIO_NONE, CPIO_NEWC, CPIO_CRC, CPIO_ODC, CPIO_BINARY_LE, CPIO_BINARY_BE };

enum { NEWC_BYTES = 110, ODC_BYTES = 76, BINARY_BYTES = 26, HEADER_BYTES_MAX = NEWC_BYTES };

struct cpio_header {
    enum cpio_layout layout;
    size_t size;      /**< of the header without the name */
    size_t alignment; /**< of data and the next header */
    uint32_t mode, nlinks;
    uint64_t name_size; /**< with its NUL */
    uint64_t data_size;
    uint32_t sum; /**< crc layout: of the data */
    int64_t mtime;
};

struct cpio {
    struct reader reader;
    struct reader_input input;
    struct stored content;
    struct faults faults; /**< of the present member */
    struct cpio_header header;
    uint64_t start; /**< offset of the present archive: padding counts from there */
    bool begun;     /**< the present member's data and padding are still to be left behind */
    bool trailer;   /**< the last member seen was the trailer */
    bool ended;
    struct buf name, link;
};

static struct stream *
stream_of(struct cpio *cpio)
{
    return cpio->input.stream;
}

static int
report(struct cpio *cpio, enum defect defect, const char *words)
{
    return cpio->input.reading->sink->defect(cpio->input.reading->sink, cpio->input.item, defect,
                                             stream_of(cpio)->offset, words);
}

/* ---- headers ---- */

static bool
digits(const uint8_t *text, size_t size, unsigned base, uint64_t *value)
{
    uint64_t number = 0;
    for (size_t i = 0; i < size; i++) {
        unsigned digit = text[i] >= '0' && text[i] <= '9'   ? text[i] - (unsigned)'0'
                         : text[i] >= 'a' && text[i] <= 'f' ? text[i] - 'a' + 10u
                         : text[i] >= 'A' && text[i] <= 'F' ? text[i] - 'A' + 10u
                                                            : 99;
        if (digit >= base)
            return false;
        number = number * base + digit;
    }
    *value = number;
    return true;
}

static bool
parse_newc(const uint8_t *at, struct cpio_header *header)
{
    enum { FIELDS = 13, MODE = 1, LINKS = 4, MTIME = 5, SIZE = 6, NAME = 11, SUM = 12 };
    uint64_t fields[FIELDS];
    for (size_t i = 0; i < FIELDS; i++)
        if (!digits(at + 6 + 8 * i, 8, 16, &fields[i]))
            return false;
    header->size = NEWC_BYTES;
    header->alignment = 4;
    header->mode = (uint32_t)fields[MODE];
    header->nlinks = (uint32_t)fields[LINKS];
    header->mtime = (int64_t)fields[MTIME];
    header->data_size = fields[SIZE];
    header->name_size = fields[NAME];
    header->sum = (uint32_t)fields[SUM];
    return true;
}

static bool
parse_odc(const uint8_t *at, struct cpio_header *header)
{
    static const uint8_t widths[] = {6, 6, 6, 6, 6, 6, 6, 11, 6, 11};
    enum { FIELDS = sizeof widths, MODE = 2, LINKS = 5, MTIME = 7, NAME = 8, SIZE = 9 };
    uint64_t fields[FIELDS];
    size_t offset = 6;
    for (size_t i = 0; i < FIELDS; offset += widths[i++])
        if (!digits(at + offset, widths[i], 8, &fields[i]))
            return false;
    header->size = ODC_BYTES;
    header->alignment = 1;
    header->mode = (uint32_t)fields[MODE];
    header->nlinks = (uint32_t)fields[LINKS];
    header->mtime = (int64_t)fields[MTIME];
    header->name_size = fields[NAME];
    header->data_size = fields[SIZE];
    return true;
}

static uint32_t
word(const uint8_t *at, size_t index, bool big)
{
    const uint8_t *bytes = at + 2 * index;
    return big ? (uint32_t)bytes[0] << 8 | bytes[1] : (uint32_t)bytes[1] << 8 | bytes[0];
}

static bool
parse_binary(const uint8_t *at, bool big, struct cpio_header *header)
{
    enum { MODE = 3, LINKS = 6, MTIME = 8, NAME = 10, SIZE = 11 };
    header->size = BINARY_BYTES;
    header->alignment = 2;
    header->mode = word(at, MODE, big);
    header->nlinks = word(at, LINKS, big);
    header->mtime = (int64_t)((uint64_t)word(at, MTIME, big) << 16 | word(at, MTIME + 1, big));
    header->name_size = word(at, NAME, big);
    header->data_size = (uint64_t)word(at, SIZE, big) << 16 | word(at, SIZE + 1, big);
    return true;
}

static enum cpio_layout
layout_of(struct bytes head)
{
    if (head.size >= NEWC_BYTES && memcmp(head.data, "070701", 6) == 0)
        return CPIO_NEWC;
    if (head.size >= NEWC_BYTES && memcmp(head.data, "070702", 6) == 0)
        return CPIO_CRC;
    if (head.size >= ODC_BYTES && memcmp(head.data, "070707", 6) == 0)
        return CPIO_ODC;
    if (head.size >= BINARY_BYTES && head.data[0] == 0xC7 && head.data[1] == 0x71)
        return CPIO_BINARY_LE;
    if (head.size >= BINARY_BYTES && head.data[0] == 0x71 && head.data[1] == 0xC7)
        return CPIO_BINARY_BE;
    return CPIO_NONE;
}

/* @return false when no header begins here */
static bool
parse(struct bytes head, struct cpio_header *header)
{
    *header = (struct cpio_header){.layout = layout_of(head)};
    bool good = false;
    if (header->layout == CPIO_NEWC || header->layout == CPIO_CRC)
        good = parse_newc(head.data, header);
    else if (header->layout == CPIO_ODC)
        good = parse_odc(head.data, header);
    else if (header->layout != CPIO_NONE)
        good = parse_binary(head.data, header->layout == CPIO_BINARY_BE, header);
    return good && header->name_size > 0;
}

/* The layouts in text: is the header one but for a single damaged digit? */
static bool
is_damaged(struct bytes head, enum cpio_layout layout)
{
    size_t size = layout == CPIO_ODC ? ODC_BYTES : NEWC_BYTES, nwrong = 0;
    uint64_t digit;
    if (layout != CPIO_NEWC && layout != CPIO_CRC && layout != CPIO_ODC)
        return false;
    for (size_t i = 6; i < size; i++)
        nwrong += !digits(head.data + i, 1, layout == CPIO_ODC ? 8 : 16, &digit);
    return nwrong == 1;
}

bool cpio_detect(struct bytes head);

/*
 * The magic of odc and newc is text, and that of the binary layouts two bytes: so the name must end where
 * it should as well, and the mode must be that of a file.
 */
bool
cpio_detect(struct bytes head)
{
    enum { NAME_MAX_BYTES = 4096 };
    struct cpio_header header;
    if (!parse(head, &header))
        return is_damaged(head, header.layout);
    if (header.name_size > NAME_MAX_BYTES)
        return false;
    uint32_t type = header.mode & S_IFMT;
    bool known = type == S_IFREG || type == S_IFDIR || type == S_IFLNK || type == S_IFCHR ||
                 type == S_IFBLK || type == S_IFIFO || type == S_IFSOCK;
    size_t end = header.size + (size_t)header.name_size;
    if (head.size < end)
        return known;
    const char *name = (const char *)head.data + header.size;
    if (header.mode == 0 && header.name_size == 11 && memcmp(name, "TRAILER!!!", 11) == 0)
        return true;
    return known && memchr(name, 0, (size_t)header.name_size) == head.data + end - 1;
}

/* ---- members ---- */

static int
skip_padding(struct cpio *cpio, bool *clean)
{
    uint64_t offset = stream_of(cpio)->offset - cpio->start;
    size_t alignment = cpio->header.alignment;
    size_t padding = (size_t)(-offset & (alignment - 1));
    struct bytes head = {NULL, 0};
    *clean = true;
    if (padding == 0)
        return PROV_OK;
    TRY(stream_peek(stream_of(cpio), padding, &head));
    size_t size = head.size < padding ? head.size : padding;
    for (size_t i = 0; i < size; i++)
        *clean = *clean && head.data[i] == 0;
    stream_take(stream_of(cpio), size);
    return PROV_OK;
}

static int
leave_member(struct cpio *cpio)
{
    bool clean;
    if (!cpio->begun)
        return PROV_OK;
    cpio->begun = false;
    TRY(stored_finish(&cpio->content));
    TRY(skip_padding(cpio, &clean));
    return clean ? PROV_OK : report(cpio, DEFECT_ARCHIVE_GAP_DATA, "data in the padding behind a member");
}

/* Nothing that could be read follows: say what there is, and take it. */
static int
end(struct cpio *cpio, enum defect defect, const char *words)
{
    cpio->ended = true;
    if (words && stream_of(cpio)->status == PROV_OK)
        TRY(report(cpio, defect, words));
    int status = stream_drain(stream_of(cpio));
    return status == PROV_OK ? PROV_E_DATA : status;
}

/* Advance to the next header. @return PROV_E_DATA when there is none */
static int
next_header(struct cpio *cpio)
{
    struct bytes head = {NULL, 0};
    if (cpio->trailer) {
        int status = stored_skip_zeros(stream_of(cpio));
        if (status == PROV_E_DATA)
            return end(cpio, DEFECT_ARCHIVE_TRAILING_DATA, NULL);
        TRY(status);
        cpio->start = stream_of(cpio)->offset;
    }
    int status = stream_peek(stream_of(cpio), HEADER_BYTES_MAX, &head);
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    if (!parse(head, &cpio->header)) {
        if (cpio->trailer)
            return end(cpio, DEFECT_ARCHIVE_TRAILING_DATA, "data behind the end of the archive");
        return end(cpio, head.size < HEADER_BYTES_MAX ? DEFECT_ARCHIVE_TRUNCATED : DEFECT_ARCHIVE_CORRUPT,
                   head.size < HEADER_BYTES_MAX ? "the archive ends without its trailer"
                                                : "no header where one should be");
    }
    if (cpio->trailer)
        TRY(report(cpio, DEFECT_ARCHIVE_MULTIPLE, "another archive behind the end of the first"));
    cpio->trailer = false;
    stream_take(stream_of(cpio), cpio->header.size);
    return PROV_OK;
}

static int
read_name(struct cpio *cpio)
{
    uint64_t size = cpio->header.name_size, limit = cpio->input.reading->limits->header_bytes;
    bool clean;
    buf_clear(&cpio->name);
    if (size > limit)
        return end(cpio, DEFECT_LIMIT_HEADER_BYTES, "a name larger than the limit for headers");
    while (cpio->name.size < size) {
        struct bytes head = {NULL, 0};
        int status = stream_peek(stream_of(cpio), 1, &head);
        if (status == PROV_E_DATA || (status == PROV_OK && head.size == 0))
            return end(cpio, DEFECT_ARCHIVE_TRUNCATED, "the archive ends within a header");
        TRY(status);
        size_t left = (size_t)size - cpio->name.size;
        size_t step = head.size < left ? head.size : left;
        TRY(buf_append(&cpio->name, head.data, step));
        stream_take(stream_of(cpio), step);
    }
    if (cpio->name.size && cpio->name.data[cpio->name.size - 1] == 0)
        cpio->name.size--;
    TRY(skip_padding(cpio, &clean));
    return clean ? PROV_OK : report(cpio, DEFECT_ARCHIVE_GAP_DATA, "data in the padding behind a name");
}

static enum item_kind
kind_of(const struct cpio_header *header)
{
    bool modern = header->layout == CPIO_NEWC || header->layout == CPIO_CRC;
    switch (header->mode & S_IFMT) {
    case S_IFDIR:
        return ITEM_DIRECTORY;
    case S_IFLNK:
        return ITEM_SYMLINK;
    case S_IFCHR:
    case S_IFBLK:
    case S_IFIFO:
    case S_IFSOCK:
        return ITEM_SPECIAL;
    default:
        return modern && header->nlinks > 1 && header->data_size == 0 ? ITEM_HARDLINK : ITEM_FILE;
    }
}

/* A symlink's target is its data, which is bounded like a header. */
static int
read_link(struct cpio *cpio, struct member *member)
{
    struct bytes head = {NULL, 0};
    size_t size = (size_t)cpio->header.data_size;
    int status = stream_peek(&cpio->content.stream, size, &head);
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    buf_clear(&cpio->link);
    TRY(buf_append(&cpio->link, head.data, head.size));
    member->link = buf_bytes(&cpio->link);
    member->content = NULL;
    return PROV_OK;
}

static int
describe(struct cpio *cpio, struct member *member)
{
    const struct cpio_header *header = &cpio->header;
    member->kind = kind_of(header);
    member->name = buf_bytes(&cpio->name);
    member->size_declared = header->data_size;
    member->mtime = header->mtime;
    stored_begin(&cpio->content, header->data_size);
    cpio->content.summed = header->layout == CPIO_CRC;
    if (member->kind == ITEM_FILE || header->data_size)
        member->content = &cpio->content.stream;
    if (member->kind == ITEM_SYMLINK && header->data_size <= cpio->input.reading->limits->header_bytes)
        return read_link(cpio, member);
    return PROV_OK;
}

/* The content's own end: the walk has its last byte, and the item is still there. */
static int
content_fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    struct cpio *cpio = (struct cpio *)((char *)stream - offsetof(struct cpio, content));
    *size = 0;
    if (cpio->content.left)
        return stored_block(&cpio->content, cpio->content.left, data, size);
    if (cpio->content.summed && cpio->content.sum != cpio->header.sum)
        return faults_add(&cpio->faults, cpio->input.reading, DEFECT_ARCHIVE_CHECKSUM_MISMATCH, 0,
                          "the sum of its bytes is %08" PRIx32 ", it says %08" PRIx32, cpio->content.sum,
                          cpio->header.sum);
    return PROV_OK;
}

static int
cpio_next(struct reader *reader, struct member *member)
{
    struct cpio *cpio = (struct cpio *)reader;
    if (cpio->ended)
        return PROV_E_DATA;
    int status = leave_member(cpio);
    faults_clear(&cpio->faults);
    if (status == PROV_E_DATA)
        return end(cpio, DEFECT_ARCHIVE_TRUNCATED, "the archive ends within a member");
    TRY(status);
    do {
        TRY(next_header(cpio));
        TRY(read_name(cpio));
        cpio->begun = true;
        cpio->trailer =
            bytes_equal(buf_bytes(&cpio->name), bytes_of("TRAILER!!!")) && cpio->header.data_size == 0;
    } while (cpio->trailer);
    TRY(describe(cpio, member));
    if (member->content)
        cpio->content.stream.fill = content_fill;
    return PROV_OK;
}

static int
cpio_begun(struct reader *reader, struct item *item)
{
    struct cpio *cpio = (struct cpio *)reader;
    return faults_report(&cpio->faults, cpio->input.reading, item);
}

static void
cpio_close(struct reader *reader)
{
    struct cpio *cpio = (struct cpio *)reader;
    stored_release(&cpio->content);
    buf_finish(&cpio->name);
    buf_finish(&cpio->link);
    free(cpio);
}

reader_open_function cpio_open;

int
cpio_open(const struct reader_input *input, struct reader **reader)
{
    struct cpio *cpio = calloc(1, sizeof *cpio);
    if (!cpio)
        return PROV_E_MEMORY;
    cpio->reader = (struct reader){cpio_next, cpio_begun, cpio_close};
    cpio->input = *input;
    cpio->start = input->stream->offset;
    cpio->content =
        (struct stored){.below = input->stream, .reading = input->reading, .faults = &cpio->faults};
    *reader = &cpio->reader;
    return PROV_OK;
}
