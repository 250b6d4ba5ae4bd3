/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libarchive, on a short leash: the long tail of formats, one of them enabled at a time and by name,
 * after our own signature test has chosen it. Never `_all`: that would bring mtree, which takes JSONL
 * and CSV for archives and keeps their content to itself, XAR, which can loop for ever, and filters that
 * start programs.
 *
 *     input.stream or input.fd ──read, skip, seek──► libarchive ──data blocks──► content stream
 *
 * libarchive is asked for nothing but names and bytes; it writes nothing, and runs in the sandboxed
 * worker since it can crash, loop and call exit. What it says is checked as far as the outside allows:
 * bytes against declared size, holes between blocks filled with zeros and accounted for, an archive
 * without any member is a broken one. The formats' own headers are checked in archive_check.c.
 *
 * Names: most of these formats store UTF-16, which libarchive turns into the character set of the
 * locale; so the calls that read headers run in a UTF-8 locale of this thread.
 */
#include "ingest/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <inttypes.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ingest/archive_check.h"
#include "ingest/faults.h"

enum { RETRIES_MAX = 16, ZEROS_BYTES = 64 << 10 };

struct archive_reader {
    struct reader reader;
    struct stream content; /**< of the present member; not on the heap */
    struct reader_input input;
    struct archive *archive;
    enum archive_format format;
    locale_t utf8;     /**< 0 when the system has none */
    uint8_t *buffer;   /**< LIMIT_READ_BYTES for pread */
    uint64_t position; /**< of fd */
    int status;        /**< what ended the unit while libarchive was reading; PROV_OK so far */
    bool input_failed; /**< the stream below ended with bad data: its defect is reported */
    bool dead;         /**< libarchive will give no more */
    bool finished;     /**< the last word about the archive was said */
    struct archive_survey survey;
    uint64_t nmembers;
    struct expansion expansion; /**< of the whole archive */
    struct faults faults;       /**< of the present member */
    uint64_t size_declared;     /**< of the present member; UINT64_MAX when not known */
    uint64_t given;             /**< bytes of it handed out */
    uint64_t pending_offset;    /**< where the block that waits behind a hole belongs */
    const uint8_t *pending;     /**< that block, or NULL */
    size_t pending_size;
    struct buf name, link;
};

static struct archive_reader *
reader_of_content(struct stream *content)
{
    return (struct archive_reader *)((char *)content - offsetof(struct archive_reader, content));
}

/* ---- what libarchive reads from ---- */

static la_ssize_t
read_callback(struct archive *archive, void *context, const void **data)
{
    struct archive_reader *self = context;
    (void)archive;
    if (!self->input.stream) {
        ssize_t nread = pread(self->input.fd, self->buffer, LIMIT_READ_BYTES,
                              (off_t)(self->input.start + self->position));
        if (nread > 0) {
            self->position += (uint64_t)nread;
            reading_advance(self->input.reading, (size_t)nread);
        }
        self->input.reading->read_fault |= nread < 0;
        *data = self->buffer;
        return nread;
    }
    struct bytes block = {NULL, 0};
    int status = stream_next(self->input.stream, &block);
    self->position += block.size;
    *data = block.data;
    if (status == PROV_E_DATA)
        self->input_failed = true;
    else if (status != PROV_OK) {
        self->status = status;
        return ARCHIVE_FATAL;
    }
    return (la_ssize_t)block.size;
}

static la_int64_t
skip_callback(struct archive *archive, void *context, la_int64_t wanted)
{
    struct archive_reader *self = context;
    (void)archive;
    uint64_t left = self->input.size > self->position ? self->input.size - self->position : 0;
    uint64_t step = wanted < 0 ? 0 : (uint64_t)wanted < left ? (uint64_t)wanted : left;
    self->position += step;
    return (la_int64_t)step;
}

static la_int64_t
seek_callback(struct archive *archive, void *context, la_int64_t offset, int whence)
{
    struct archive_reader *self = context;
    (void)archive;
    int64_t base = whence == SEEK_CUR   ? (int64_t)self->position
                   : whence == SEEK_END ? (int64_t)self->input.size
                                        : 0;
    int64_t target;
    if (__builtin_add_overflow(base, offset, &target) || target < 0)
        return ARCHIVE_FATAL;
    self->position = (uint64_t)target;
    return target;
}

/* ---- what it says when something is wrong ---- */

static enum defect
defect_of(const struct archive_reader *self, const char *words)
{
    static const struct {
        const char *part;
        enum defect defect;
    } table[] = {
        {"ncrypt", DEFECT_ARCHIVE_ENCRYPTED},          {"assphrase", DEFECT_ARCHIVE_ENCRYPTED},
        {"password", DEFECT_ARCHIVE_ENCRYPTED},        {"ulti-volume", DEFECT_ARCHIVE_MULTIVOLUME},
        {"ultivolume", DEFECT_ARCHIVE_MULTIVOLUME},    {"spanned", DEFECT_ARCHIVE_MULTIVOLUME},
        {"runcated", DEFECT_ARCHIVE_TRUNCATED},        {"nexpected end", DEFECT_ARCHIVE_TRUNCATED},
        {"remature end", DEFECT_ARCHIVE_TRUNCATED},    {"hecksum", DEFECT_ARCHIVE_CHECKSUM_MISMATCH},
        {"CRC", DEFECT_ARCHIVE_CHECKSUM_MISMATCH},     {"nsupported", DEFECT_ARCHIVE_UNSUPPORTED},
        {"not supported", DEFECT_ARCHIVE_UNSUPPORTED}, {"emory", DEFECT_LIMIT_MEMORY},
    };
    if (archive_errno(self->archive) == ENOMEM)
        return DEFECT_LIMIT_MEMORY;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strstr(words, table[i].part))
            return table[i].defect;
    return DEFECT_ARCHIVE_CORRUPT;
}

static int
member_fault(struct archive_reader *self)
{
    char words[FAULT_TEXT_BYTES];
    faults_clean(bytes_of(archive_error_string(self->archive)), words, sizeof words);
    return faults_add(&self->faults, self->input.reading, defect_of(self, words), self->given, "%s", words);
}

/* The archive as a whole cannot be read on. */
static int
archive_fault(struct archive_reader *self)
{
    self->dead = true;
    if (self->status != PROV_OK)
        return self->status;
    if (self->input_failed)
        return PROV_OK;
    char words[FAULT_TEXT_BYTES];
    faults_clean(bytes_of(archive_error_string(self->archive)), words, sizeof words);
    return sink_defect(self->input.reading->sink, self->input.item, defect_of(self, words), self->position,
                       "after %" PRIu64 " members: %s", self->nmembers, words);
}

/* ---- content ---- */

/* A member is at its end: does it have the size that was promised? */
static int
content_end(struct archive_reader *self)
{
    if (self->size_declared == UINT64_MAX || self->given == self->size_declared)
        return PROV_OK;
    return faults_add(&self->faults, self->input.reading, DEFECT_ARCHIVE_SIZE_MISMATCH, self->given,
                      "%" PRIu64 " bytes, declared as %" PRIu64, self->given, self->size_declared);
}

/* Ask libarchive for the next block. *ended is set behind the last one. */
static int
next_block(struct archive_reader *self, bool *ended)
{
    const void *data = NULL;
    size_t size = 0;
    la_int64_t offset = 0;
    int result = ARCHIVE_RETRY;
    for (int i = 0; i < RETRIES_MAX && result == ARCHIVE_RETRY; i++)
        result = archive_read_data_block(self->archive, &data, &size, &offset);
    if (self->status != PROV_OK)
        return self->status;
    if (result == ARCHIVE_EOF) {
        *ended = true;
        return PROV_OK;
    }
    if (result == ARCHIVE_WARN)
        TRY(member_fault(self));
    else if (result != ARCHIVE_OK) {
        TRY(member_fault(self));
        if (result == ARCHIVE_FATAL)
            self->dead = true;
        return PROV_E_DATA;
    }
    if (offset < 0 || (uint64_t)offset < self->given) {
        TRY(faults_add(&self->faults, self->input.reading, DEFECT_ARCHIVE_CORRUPT, self->given,
                       "data goes back from offset %" PRIu64 " to %" PRId64, self->given, (int64_t)offset));
        return PROV_E_DATA;
    }
    self->pending = data;
    self->pending_size = size;
    self->pending_offset = (uint64_t)offset;
    return PROV_OK;
}

static int
content_fill(struct stream *stream, const uint8_t **data, size_t *size)
{
    static const uint8_t zeros[ZEROS_BYTES];
    struct archive_reader *self = reader_of_content(stream);
    bool ended = false;
    while (!self->pending_size && !ended)
        TRY(next_block(self, &ended));
    if (ended) {
        *size = 0;
        return content_end(self);
    }
    if (self->pending_offset > self->given) {
        uint64_t hole = self->pending_offset - self->given;
        *data = zeros;
        *size = hole < ZEROS_BYTES ? (size_t)hole : ZEROS_BYTES;
    } else {
        *data = self->pending;
        *size = self->pending_size;
        self->pending_size = 0;
    }
    self->expansion.in = self->position;
    int status = reading_expand(self->input.reading, self->faults.item ? self->faults.item : self->input.item,
                                &self->expansion, size);
    self->given += *size;
    if (status == PROV_E_DATA)
        self->dead = true;
    return status;
}

static void
content_close(struct stream *stream)
{
    (void)stream; /* a field of the reader */
}

static void
drop_content(struct archive_reader *self)
{
    if (self->content.close)
        stream_close(&self->content);
    self->content = (struct stream){0};
    self->given = self->pending_size = 0;
}

/* ---- members ---- */

static int
set_text(struct buf *buf, const char *utf8, const char *raw)
{
    buf_clear(buf);
    const char *text = utf8 ? utf8 : raw;
    return text ? buf_append_text(buf, text) : PROV_OK;
}

static enum item_kind
kind_of(struct archive_entry *entry)
{
    if (archive_entry_hardlink(entry) || archive_entry_hardlink_utf8(entry))
        return ITEM_HARDLINK;
    switch (archive_entry_filetype(entry)) {
    case AE_IFDIR:
        return ITEM_DIRECTORY;
    case AE_IFLNK:
        return ITEM_SYMLINK;
    case AE_IFCHR:
    case AE_IFBLK:
    case AE_IFIFO:
    case AE_IFSOCK:
        return ITEM_SPECIAL;
    default:
        return ITEM_FILE;
    }
}

static int
describe(struct archive_reader *self, struct archive_entry *entry, struct member *member)
{
    TRY(set_text(&self->name, archive_entry_pathname_utf8(entry), archive_entry_pathname(entry)));
    member->kind = kind_of(entry);
    if (member->kind == ITEM_HARDLINK)
        TRY(set_text(&self->link, archive_entry_hardlink_utf8(entry), archive_entry_hardlink(entry)));
    else if (member->kind == ITEM_SYMLINK)
        TRY(set_text(&self->link, archive_entry_symlink_utf8(entry), archive_entry_symlink(entry)));
    else
        buf_clear(&self->link);
    member->name = buf_bytes(&self->name);
    member->link = buf_bytes(&self->link);
    if (archive_entry_size_is_set(entry) && archive_entry_size(entry) >= 0)
        member->size_declared = (uint64_t)archive_entry_size(entry);
    if (archive_entry_mtime_is_set(entry))
        member->mtime = archive_entry_mtime(entry);
    if (archive_entry_is_data_encrypted(entry) || archive_entry_is_metadata_encrypted(entry)) {
        member->flags |= ITEM_ENCRYPTED;
        return faults_add(&self->faults, self->input.reading, DEFECT_ARCHIVE_ENCRYPTED, 0,
                          "content is encrypted");
    }
    bool has_data =
        member->kind == ITEM_FILE || (member->size_declared != UINT64_MAX && member->size_declared > 0);
    if (has_data && member->kind != ITEM_DIRECTORY && member->kind != ITEM_SYMLINK) {
        self->content = (struct stream){.fill = content_fill, .close = content_close};
        member->content = &self->content;
    }
    self->size_declared = member->size_declared;
    return PROV_OK;
}

static int
next_header(struct archive_reader *self, struct archive_entry **entry)
{
    locale_t before = self->utf8 ? uselocale(self->utf8) : (locale_t)0;
    int result = ARCHIVE_RETRY;
    for (int i = 0; i < RETRIES_MAX && result == ARCHIVE_RETRY; i++)
        result = archive_read_next_header(self->archive, entry);
    if (before)
        (void)uselocale(before);
    return result;
}

/* libarchive gave up. @return PROV_E_DATA, or a status that ends the unit */
static int
finish(struct archive_reader *self)
{
    if (self->finished)
        return PROV_E_DATA;
    self->finished = true;
    TRY(archive_check_end(&self->input, &self->survey, self->nmembers, true));
    return PROV_E_DATA;
}

static int
archive_next(struct reader *reader, struct member *member)
{
    struct archive_reader *self = (struct archive_reader *)reader;
    drop_content(self);
    faults_clear(&self->faults);
    if (self->dead)
        return finish(self);
    struct archive_entry *entry = NULL;
    int result = next_header(self, &entry);
    if (self->status != PROV_OK)
        return self->status;
    if (result == ARCHIVE_EOF) {
        self->dead = self->finished = true;
        TRY(archive_check_end(&self->input, &self->survey, self->nmembers, false));
        return PROV_E_DATA;
    }
    if (result != ARCHIVE_OK && result != ARCHIVE_WARN) {
        TRY(archive_fault(self));
        return finish(self);
    }
    self->nmembers++;
    if (result == ARCHIVE_WARN)
        TRY(member_fault(self));
    locale_t before = self->utf8 ? uselocale(self->utf8) : (locale_t)0;
    int status = describe(self, entry, member);
    if (before)
        (void)uselocale(before);
    return status;
}

static int
archive_begun(struct reader *reader, struct item *item)
{
    struct archive_reader *self = (struct archive_reader *)reader;
    return faults_report(&self->faults, self->input.reading, item);
}

static void
archive_close(struct reader *reader)
{
    struct archive_reader *self = (struct archive_reader *)reader;
    drop_content(self);
    (void)archive_read_free(self->archive);
    if (self->utf8)
        freelocale(self->utf8);
    free(self->buffer);
    buf_finish(&self->name);
    buf_finish(&self->link);
    free(self);
}

static int
support(struct archive *archive, enum archive_format format)
{
    switch (format) {
    case ARCHIVE_7Z:
        return archive_read_support_format_7zip(archive);
    case ARCHIVE_RAR:
        return archive_read_support_format_rar(archive);
    case ARCHIVE_RAR5:
        return archive_read_support_format_rar5(archive);
    case ARCHIVE_CAB:
        return archive_read_support_format_cab(archive);
    case ARCHIVE_ISO:
        return archive_read_support_format_iso9660(archive);
    }
    return ARCHIVE_FATAL;
}

static int
open_archive(struct archive_reader *self)
{
    struct archive *archive = self->archive;
    if (support(archive, self->format) < ARCHIVE_WARN)
        return err_set(self->input.reading->err, PROV_E_INTERNAL, "libarchive lacks a format it should have");
    int result = archive_read_set_callback_data(archive, self);
    if (result == ARCHIVE_OK)
        result = archive_read_set_read_callback(archive, read_callback);
    if (result == ARCHIVE_OK && !self->input.stream)
        result = archive_read_set_skip_callback(archive, skip_callback);
    if (result == ARCHIVE_OK && !self->input.stream)
        result = archive_read_set_seek_callback(archive, seek_callback);
    if (result != ARCHIVE_OK)
        return PROV_E_MEMORY;
    result = archive_read_open1(archive);
    if (result != ARCHIVE_OK) {
        TRY(archive_fault(self));
        return PROV_E_DATA;
    }
    return PROV_OK;
}

int
archive_reader_open(enum archive_format format, const struct reader_input *input, struct reader **reader)
{
    struct archive_survey survey;
    TRY(archive_check_start(format, input, &survey));
    struct archive_reader *self = calloc(1, sizeof *self);
    if (!self)
        return PROV_E_MEMORY;
    self->reader = (struct reader){archive_next, archive_begun, archive_close};
    self->input = *input;
    self->format = format;
    self->survey = survey;
    self->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    self->archive = archive_read_new();
    self->buffer = input->stream ? NULL : malloc(LIMIT_READ_BYTES);
    int status = self->archive && (self->buffer || input->stream) ? open_archive(self) : PROV_E_MEMORY;
    if (status != PROV_OK) {
        archive_close(&self->reader);
        return status;
    }
    *reader = &self->reader;
    return PROV_OK;
}

const char *
archive_library_version(void)
{
    return archive_version_string();
}
