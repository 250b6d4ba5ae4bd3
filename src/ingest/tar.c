/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tar, in all its dialects, by a reader of our own.
 *
 *     header 512 │ data, padded to 512 │ header │ data │ ... │ zero block │ zero block │ zeros
 *        ▲ may be an extension: pax (x, g), long name or link (L, K), sparse map
 *
 * Why not libarchive, which reads tar well: what it leaves out. It stops at the first end mark and is silent
 * about a second archive behind it, about padding that holds data, headers that are damaged (it gives up,
 * while here the next good header is searched), a size that pax and ustar state differently, a sparse
 * member of 8 EiB. To find that out from the outside, every header must be parsed a second time; then it
 * is simpler, and safer in the format that most datasets come in, to parse it once. Every byte of the
 * archive is either part of a header, of a member, or reported.
 *
 * A member that is no file but has a size is where readers disagree about what follows: some skip the
 * size, some do not. We look: when a header (or the end mark) follows, there is no data.
 *
 * Sources: POSIX.1-2017 pax; the GNU tar manual, "Tar Internals"; star.5.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ingest/git_commit.h"
#include "ingest/reader.h"
#include "ingest/tar_content.h"
#include "ingest/tar_header.h"
#include "ingest/tar_sparse.h"

struct tar {
    struct reader reader;
    struct tar_content content; /**< of the present member */
    struct reader_input input;
    uint8_t block[TAR_BLOCK]; /**< the present header */
    uint64_t block_offset;    /**< where it lies in the archive */
    struct tar_extra global;  /**< what g headers say about all members behind them */
    bool has_global;
    struct tar_extra extra; /**< what is said about the present member */
    uint64_t extra_bytes;   /**< of extension headers since the last member */
    struct buf text, name, link;
    struct faults faults; /**< of the present member */
    bool extended;        /**< an extension header said something of a member that has not come yet */
    size_t padding;       /**< bytes between the present member and the next header */
    unsigned nzeros;      /**< zero blocks seen since the last header */
    bool ended;
    uint64_t nmembers;
    uint64_t npadded, first_padded; /**< members with data in their padding, and where the first is */
};

static struct stream *
stream_of(struct tar *tar)
{
    return tar->input.stream;
}

static int
report(struct tar *tar, enum defect defect, uint64_t offset, const char *words)
{
    return tar->input.reading->sink->defect(tar->input.reading->sink, tar->input.item, defect, offset, words);
}

static int
fault(struct tar *tar, enum defect defect, const char *words)
{
    return faults_add(&tar->faults, tar->input.reading, defect, tar->block_offset, "%s", words);
}

/* ---- the borders between members ---- */

static int
skip_padding(struct tar *tar)
{
    static const uint8_t zeros[TAR_BLOCK];
    struct bytes head = {NULL, 0};
    size_t padding = tar->padding;
    tar->padding = 0;
    if (padding == 0)
        return PROV_OK;
    TRY(stream_peek(stream_of(tar), padding, &head));
    size_t size = head.size < padding ? head.size : padding;
    if (size && memcmp(head.data, zeros, size) != 0 && tar->npadded++ == 0)
        tar->first_padded = stream_of(tar)->offset;
    stream_take(stream_of(tar), size);
    return PROV_OK;
}

/* The last word about the archive. @return PROV_E_DATA, or a status of the sink */
static int
end(struct tar *tar)
{
    tar->ended = true;
    if (!tar->faults.item) /* found for a member that never came */
        TRY(faults_report(&tar->faults, tar->input.reading, tar->input.item));
    if (tar->extended && stream_of(tar)->status == PROV_OK)
        TRY(report(tar, DEFECT_ARCHIVE_CORRUPT, tar->block_offset,
                   "an extension header without a member behind it"));
    if (tar->npadded)
        TRY(sink_defect(tar->input.reading->sink, tar->input.item, DEFECT_ARCHIVE_GAP_DATA, tar->first_padded,
                        "data in the padding behind %" PRIu64 " members", tar->npadded));
    return PROV_E_DATA;
}

/* The stream is at its end, or has less than a block. */
static int
end_short(struct tar *tar, struct bytes rest)
{
    uint64_t offset = stream_of(tar)->offset;
    bool is_zero = true;
    for (size_t i = 0; i < rest.size; i++)
        is_zero = is_zero && rest.data[i] == 0;
    bool below_failed = stream_of(tar)->status != PROV_OK;
    stream_take(stream_of(tar), rest.size);
    if (tar->nzeros == 0 && !below_failed)
        TRY(report(tar, DEFECT_ARCHIVE_TRUNCATED, offset,
                   rest.size ? "the archive ends within a header" : "the archive ends without its end mark"));
    else if (tar->nzeros && !is_zero)
        TRY(report(tar, DEFECT_ARCHIVE_TRAILING_DATA, offset, "data behind the end of the archive"));
    return end(tar);
}

/* A header beyond doubt: its checksum holds, and so do its fields. */
static bool
is_header(struct bytes head)
{
    return head.size >= TAR_BLOCK && tar_block_kind(head.data) == TAR_BLOCK_HEADER &&
           tar_detect((struct bytes){head.data, TAR_BLOCK});
}

/* Take blocks, at least one, until one is a header, or the archive ends. */
static int
skip_to_header(struct tar *tar, uint64_t *nskipped)
{
    struct bytes head = {NULL, 0};
    *nskipped = 0;
    TRY(stream_peek(stream_of(tar), TAR_BLOCK, &head));
    do {
        size_t size = head.size < TAR_BLOCK ? head.size : TAR_BLOCK;
        stream_take(stream_of(tar), size);
        *nskipped += size;
        TRY(stream_peek(stream_of(tar), TAR_BLOCK, &head));
    } while (head.size && !is_header(head));
    return PROV_OK;
}

/* A block that is neither header nor zeros: a damaged header, or something behind the end mark. */
static int
pass_bad_blocks(struct tar *tar)
{
    uint64_t offset = stream_of(tar)->offset, nskipped;
    int status = skip_to_header(tar, &nskipped);
    if (status != PROV_OK && status != PROV_E_DATA)
        return status;
    enum defect defect = tar->nzeros ? DEFECT_ARCHIVE_TRAILING_DATA : DEFECT_ARCHIVE_CORRUPT;
    return sink_defect(
        tar->input.reading->sink, tar->input.item, defect, offset, "%s, %" PRIu64 " bytes were skipped",
        tar->nzeros ? "data behind the end of the archive" : "a header whose checksum does not hold",
        nskipped);
}

static int
accept_header(struct tar *tar, const uint8_t *block)
{
    tar->block_offset = stream_of(tar)->offset;
    memcpy(tar->block, block, TAR_BLOCK);
    stream_take(stream_of(tar), TAR_BLOCK);
    if (tar->nzeros)
        TRY(report(tar, DEFECT_ARCHIVE_MULTIPLE, tar->block_offset,
                   "another archive behind the end of the first"));
    tar->nzeros = 0;
    return PROV_OK;
}

/* Advance to the next header. @return PROV_E_DATA when there is none */
static int
next_header(struct tar *tar)
{
    while (!tar->ended) {
        struct bytes head = {NULL, 0};
        int status = stream_peek(stream_of(tar), TAR_BLOCK, &head);
        if (status == PROV_E_DATA)
            return end(tar);
        TRY(status);
        if (head.size < TAR_BLOCK)
            return end_short(tar, head);
        switch (tar_block_kind(head.data)) {
        case TAR_BLOCK_HEADER:
            return accept_header(tar, head.data);
        case TAR_BLOCK_ZERO:
            tar->nzeros++;
            stream_take(stream_of(tar), TAR_BLOCK);
            break;
        case TAR_BLOCK_BAD:
            TRY(pass_bad_blocks(tar));
            break;
        }
    }
    return PROV_E_DATA;
}

/* ---- extensions ---- */

/* The data of an extension header, into tar->text; *fits is false when it is larger than the limit. */
static int
read_extension(struct tar *tar, uint64_t size, bool *fits)
{
    buf_clear(&tar->text);
    tar->padding = (size_t)(-size & (TAR_BLOCK - 1));
    *fits = size <= tar->input.reading->limits->header_bytes &&
            tar->extra_bytes + size <= tar->input.reading->limits->header_bytes;
    tar->extra_bytes += *fits ? size : 0;
    while (size) {
        struct bytes head;
        TRY(stream_peek(stream_of(tar), 1, &head));
        if (head.size == 0)
            return PROV_E_DATA;
        size_t step = head.size < size ? head.size : (size_t)size;
        if (*fits)
            TRY(buf_append(&tar->text, head.data, step));
        stream_take(stream_of(tar), step);
        size -= step;
    }
    return skip_padding(tar);
}

/* The commit that `git archive` made a tar from. */
static int
report_commit(struct tar *tar)
{
    struct bytes comment = buf_bytes(&tar->extra.comment);
    if (!git_commit_is(comment))
        return PROV_OK;
    struct fact fact = {.kind = FACT_ATTRIBUTE, .code = "git.commit", .evidence = comment};
    return tar->input.reading->sink->fact(tar->input.reading->sink, tar->input.item, &fact);
}

static int
apply_pax(struct tar *tar, bool global)
{
    const char *wrong = NULL;
    TRY(tar_pax_parse(buf_bytes(&tar->text), &tar->extra, &wrong));
    if (wrong)
        TRY(fault(tar, DEFECT_ARCHIVE_CORRUPT, wrong));
    if (!global)
        return PROV_OK;
    TRY(report_commit(tar));
    const char *ignored = NULL;
    tar->has_global = true;
    return tar_pax_parse(buf_bytes(&tar->text), &tar->global, &ignored);
}

static int
apply_long(struct tar *tar, struct buf *text, bool *has)
{
    while (tar->text.size && tar->text.data[tar->text.size - 1] == 0)
        tar->text.size--;
    if (*has)
        return PROV_OK; /* pax has spoken */
    *has = true;
    buf_clear(text);
    return buf_append(text, tar->text.data, tar->text.size);
}

static int
apply_extension(struct tar *tar, const struct tar_header *header)
{
    bool fits;
    tar->extended |= header->type != 'g';
    if (!header->size_valid || header->size_negative)
        return fault(tar, DEFECT_ARCHIVE_CORRUPT, "an extension header whose size is no number");
    int status = read_extension(tar, header->size, &fits);
    if (status == PROV_E_DATA && stream_of(tar)->status == PROV_OK)
        TRY(report(tar, DEFECT_ARCHIVE_TRUNCATED, tar->block_offset,
                   "the archive ends within an extension header"));
    if (status == PROV_E_DATA)
        return end(tar);
    TRY(status);
    if (!fits)
        return fault(tar, DEFECT_LIMIT_HEADER_BYTES,
                     "an extension header larger than the limit was not read");
    if (header->type == 'L')
        return apply_long(tar, &tar->extra.path, &tar->extra.has_path);
    if (header->type == 'K')
        return apply_long(tar, &tar->extra.link, &tar->extra.has_link);
    return apply_pax(tar, header->type == 'g');
}

static bool
is_extension(const struct tar_header *header)
{
    return header->type == 'x' || header->type == 'X' || header->type == 'g' || header->type == 'L' ||
           header->type == 'K';
}

/* ---- members ---- */

static int
set_name(struct tar *tar, const struct tar_header *header)
{
    buf_clear(&tar->name);
    buf_clear(&tar->link);
    struct bytes link = tar->extra.has_link ? buf_bytes(&tar->extra.link) : header->link;
    TRY(buf_append(&tar->link, link.data, link.size));
    if (tar->extra.has_sparse_name)
        return buf_append(&tar->name, tar->extra.sparse_name.data, tar->extra.sparse_name.size);
    if (tar->extra.has_path)
        return buf_append(&tar->name, tar->extra.path.data, tar->extra.path.size);
    if (header->prefix.size) {
        TRY(buf_append(&tar->name, header->prefix.data, header->prefix.size));
        TRY(buf_append_byte(&tar->name, '/'));
    }
    return buf_append(&tar->name, header->name.data, header->name.size);
}

static enum item_kind
kind_of(const struct tar *tar, const struct tar_header *header)
{
    switch (header->type) {
    case '1':
        return ITEM_HARDLINK;
    case '2':
        return ITEM_SYMLINK;
    case '3':
    case '4':
    case '6':
        return ITEM_SPECIAL;
    case '5':
    case 'D':
        return ITEM_DIRECTORY;
    default:
        break;
    }
    /* v7 had no type for folders but the slash. */
    bool slash = tar->name.size && tar->name.data[tar->name.size - 1] == '/';
    return header->type == '0' && slash && header->size == 0 ? ITEM_DIRECTORY : ITEM_FILE;
}

/* The size of the stored bytes. Sources may disagree. */
static int
stored_size(struct tar *tar, const struct tar_header *header, uint64_t *size)
{
    static const uint64_t octal_end = (uint64_t)1 << 33; /* eleven octal digits */
    *size = header->size;
    if (tar->extra.has_size) {
        *size = tar->extra.size;
        if (*size < octal_end && header->size_valid && header->size != *size)
            TRY(fault(tar, DEFECT_ARCHIVE_HEADER_DISAGREE, "pax and ustar header state different sizes"));
    } else if (header->size_negative)
        TRY(fault(tar, DEFECT_ARCHIVE_CORRUPT, "its size is negative"));
    else if (!header->size_valid)
        TRY(fault(tar, DEFECT_ARCHIVE_CORRUPT, "its size is no number"));
    return PROV_OK;
}

/* Does a header or the end mark follow where the data of this member would be? */
static int
header_follows(struct tar *tar, bool *follows)
{
    static const size_t two = 2 * (size_t)TAR_BLOCK;
    struct bytes head = {NULL, 0};
    int status = stream_peek(stream_of(tar), two, &head);
    *follows = false;
    if (status != PROV_OK)
        return status == PROV_E_DATA ? PROV_OK : status;
    if (head.size < TAR_BLOCK)
        *follows = head.size == 0;
    else if (tar_block_kind(head.data) == TAR_BLOCK_ZERO)
        *follows = head.size < two || tar_block_kind(head.data + TAR_BLOCK) == TAR_BLOCK_ZERO;
    else
        *follows = is_header(head);
    return PROV_OK;
}

/* Sparse members: find the map, and let the content follow it. */
static int
begin_sparse(struct tar *tar, const struct tar_header *header, struct member *member)
{
    if (header->type != 'S' && tar->extra.sparse == TAR_NOT_SPARSE)
        return PROV_OK;
    const char *wrong = NULL;
    if (header->type == 'S')
        TRY(tar_sparse_read_gnu(stream_of(tar), tar->block, tar->input.reading->limits, &tar->extra, &wrong));
    else if (tar->extra.sparse == TAR_SPARSE_IN_DATA)
        TRY(tar_sparse_read_map(stream_of(tar), &tar->content.stored.left, tar->input.reading->limits,
                                &tar->extra, &wrong));
    if (!wrong && !tar_content_make_sparse(&tar->content, &tar->extra))
        wrong = "its map of data makes no sense: the bytes are given as stored";
    member->flags |= ITEM_SPARSE;
    if (wrong)
        return fault(tar, DEFECT_ARCHIVE_CORRUPT, wrong);
    member->size_declared = tar->extra.real_size;
    return faults_add(&tar->faults, tar->input.reading, DEFECT_ARCHIVE_SPARSE, tar->block_offset,
                      "sparse: %" PRIu64 " bytes of which %" PRIu64 " are stored", tar->extra.real_size,
                      tar->content.stored.left);
}

static int
describe(struct tar *tar, const struct tar_header *header, struct member *member)
{
    uint64_t size;
    TRY(set_name(tar, header));
    TRY(stored_size(tar, header, &size));
    member->kind = kind_of(tar, header);
    member->name = buf_bytes(&tar->name);
    if (member->kind == ITEM_HARDLINK || member->kind == ITEM_SYMLINK)
        member->link = buf_bytes(&tar->link);
    member->mtime = tar->extra.has_mtime ? tar->extra.mtime : header->mtime;
    if (size && header->type >= '1' && header->type <= '6') {
        bool follows;
        TRY(header_follows(tar, &follows));
        size = follows ? 0 : size;
    }
    if (header->type == 'M' || tar->extra.multivolume)
        TRY(fault(tar, DEFECT_ARCHIVE_MULTIVOLUME,
                  "a piece of a member that is spread over several archives"));
    tar->padding = (size_t)(-size & (TAR_BLOCK - 1));
    stored_begin(&tar->content.stored, size);
    member->size_declared = size;
    if (member->kind == ITEM_FILE || size)
        member->content = &tar->content.stored.stream;
    return member->kind == ITEM_FILE ? begin_sparse(tar, header, member) : PROV_OK;
}

/* Leave the present member behind, and forget what was said about it. */
static int
begin_next(struct tar *tar)
{
    TRY(stored_finish(&tar->content.stored));
    TRY(skip_padding(tar));
    faults_clear(&tar->faults);
    tar->extended = false;
    tar->extra_bytes = 0;
    if (tar->has_global)
        return tar_extra_copy(&tar->global, &tar->extra);
    tar_extra_clear(&tar->extra);
    return PROV_OK;
}

/* A volume label names the archive, and has no data unless somebody hides some there. */
static bool
is_label(const struct tar_header *header)
{
    return header->type == 'V' && header->size == 0;
}

static int
tar_next(struct reader *reader, struct member *member)
{
    struct tar *tar = (struct tar *)reader;
    if (tar->ended)
        return PROV_E_DATA;
    int status = begin_next(tar);
    if (status == PROV_E_DATA)
        return end(tar);
    TRY(status);
    for (;;) {
        struct tar_header header;
        TRY(next_header(tar));
        tar_header_parse(tar->block, &header);
        if (is_extension(&header))
            TRY(apply_extension(tar, &header));
        else if (is_label(&header) && header.size_negative)
            TRY(report(tar, DEFECT_ARCHIVE_CORRUPT, tar->block_offset, "a volume label of negative size"));
        else if (!is_label(&header)) {
            tar->nmembers++;
            return describe(tar, &header, member);
        }
    }
}

static int
tar_begun(struct reader *reader, struct item *item)
{
    struct tar *tar = (struct tar *)reader;
    return faults_report(&tar->faults, tar->input.reading, item);
}

static void
tar_close(struct reader *reader)
{
    struct tar *tar = (struct tar *)reader;
    stored_release(&tar->content.stored);
    tar_extra_finish(&tar->global);
    tar_extra_finish(&tar->extra);
    buf_finish(&tar->text);
    buf_finish(&tar->name);
    buf_finish(&tar->link);
    free(tar);
}

reader_open_function tar_open;

int
tar_open(const struct reader_input *input, struct reader **reader)
{
    struct tar *tar = calloc(1, sizeof *tar);
    if (!tar)
        return PROV_E_MEMORY;
    tar->reader = (struct reader){tar_next, tar_begun, tar_close};
    tar->input = *input;
    tar->content.container = input->item;
    tar->content.stored =
        (struct stored){.below = input->stream, .reading = input->reading, .faults = &tar->faults};
    *reader = &tar->reader;
    return PROV_OK;
}
