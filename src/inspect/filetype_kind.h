/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INSPECT_FILETYPE_KIND_H
#define INSPECT_FILETYPE_KIND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/status.h"

/** What a file may pass for: bits. A name promises some, content has some; none in common is a mismatch. */
enum filetype_group {
    GROUP_TEXT = 1 << 0,
    GROUP_IMAGE = 1 << 1,
    GROUP_MEDIA = 1 << 2, /**< sound and film: their containers are shared */
    GROUP_DOCUMENT = 1 << 3,
    GROUP_ARCHIVE = 1 << 4, /**< also compressed streams and disk images */
    GROUP_EXECUTABLE = 1 << 5,
    GROUP_FONT = 1 << 6,
    GROUP_DATABASE = 1 << 7,
    GROUP_DATA = 1 << 8, /**< models, tensors, tables, records */
};

enum filetype_id {
#define FILETYPE_KIND(id, type, groups, extensions) FILETYPE_##id,
#include "inspect/signatures.def"
    FILETYPE_COUNT, /**< none of them */
};

/** A row of FILETYPE_KIND. */
struct filetype_kind {
    const char *type;
    unsigned groups; /**< bits of enum filetype_group */
    const char *extensions;
};

extern const struct filetype_kind FILETYPE_KINDS[FILETYPE_COUNT];

/** A row of FILETYPE_EXTENSION. */
struct filetype_promise {
    const char *extensions;
    unsigned groups;
};

/** Ends with a row whose extensions are NULL. */
extern const struct filetype_promise FILETYPE_PROMISES[];

/** What there is to judge by. */
struct filetype_probe {
    struct bytes head;
    bool whole;         /**< head is all there is */
    struct bytes name;  /**< the item's own name, raw bytes */
    char extension[16]; /**< of the name, lower case; "" when there is none or it is longer */
};

/**
 * Kind of the content by its signature, FILETYPE_COUNT when none fits.
 *
 * @param other  set to a second kind whose signature also fits, further into the head, or FILETYPE_COUNT
 */
enum filetype_id filetype_signature(const struct filetype_probe *probe, enum filetype_id *other);

/**
 * Structure behind a magic number: one function for each name in FILETYPE_SIGNATURE's check column.
 *
 * @param id  the kind of the row
 * @return id, a kind that says more, or FILETYPE_COUNT when the structure is not there
 */
typedef enum filetype_id filetype_check(const struct filetype_probe *probe, enum filetype_id id);

/* filetype_check_data.c */
filetype_check check_parquet, check_arrow_stream, check_npy, check_hdf5_block, check_gguf, check_tflite,
    check_safetensors, check_tfrecord, check_mds, check_onnx, check_matlab, check_grib, check_warc, check_arc,
    check_berkeley, check_terminfo;

/* filetype_check_media.c */
filetype_check check_bmp, check_jxl, check_ico, check_pnm, check_id3, check_mpeg_audio, check_ogg, check_ac3,
    check_ftyp, check_atom, check_matroska, check_swf, check_mpeg_ts, check_sfnt, check_pfb, check_eot;

/* filetype_check_archive.c */
filetype_check check_binary, check_skippable, check_bzip2, check_lzma, check_compress, check_ar, check_cpio,
    check_cpio_old, check_lha, check_arj, check_tar, check_tar_v7, check_ext, check_mz, check_cafebabe, check_pyc;

/* filetype_office.c */
filetype_check check_zip, check_ole;

/* filetype_pickle.c */
filetype_check check_pickle;

/** Whether an OLE or ZIP document's head names macros. */
bool filetype_has_macros(const struct filetype_probe *probe, enum filetype_id id);

/**
 * Look for a call that should not be in data: an import of a module that runs code or programs.
 *
 * @param import  receives "module.name", printable ASCII, when found
 * @return whether one was found in the head
 */
bool filetype_pickle_danger(struct bytes head, char *import, size_t import_size);

/** Whether these bytes, no longer or shorter, are a pickle of protocol 0 or 1, which have no signature. */
bool filetype_is_old_pickle(struct bytes head, bool whole);

/** What extensions promise: sorted, made once a judge. */
struct filetype_names;

struct filetype_names *filetype_names_create(void); /**< NULL when out of memory */
void filetype_names_destroy(struct filetype_names *names);

/** Bits of enum filetype_group that the extension promises; 0 when it promises nothing that we know. */
unsigned filetype_names_groups(const struct filetype_names *names, const char *extension);

/** The kind of text that has this extension, or FILETYPE_COUNT. */
enum filetype_id filetype_names_text(const struct filetype_names *names, const char *extension);

/** The extension of a name, lower case, into extension; "" when there is none or it is too long. */
void filetype_extension(struct bytes name, char extension[16]);

/** Kind of a text in a superset of ASCII, by its content, then by its name. */
enum filetype_id filetype_text(const struct filetype_probe *probe, const struct filetype_names *names);

/** Why a file of this kind is active content: words for the defect, static or in text; NULL when it is not. */
const char *filetype_active(const struct filetype_probe *probe, enum filetype_id id, char *text,
                            size_t text_size);

/** Why it is a polyglot: words for the defect, static or in text; NULL when it is none. */
const char *filetype_polyglot(const struct filetype_probe *probe, enum filetype_id id, enum filetype_id other,
                              char *text, size_t text_size);

/** A Git LFS pointer. */
struct filetype_lfs {
    struct bytes oid;  /**< "sha256:..." in the head */
    struct bytes size; /**< decimal digits in the head */
};

/** Whether the whole file is a Git LFS pointer, read strictly. */
bool filetype_lfs_read(const struct filetype_probe *probe, struct filetype_lfs *lfs);

/** libmagic's database, loaded. */
struct filetype_magic;

/** @return NULL when the database cannot be loaded, err worded */
struct filetype_magic *filetype_magic_create(struct err *err);
void filetype_magic_destroy(struct filetype_magic *magic);

/** libmagic's MIME type, valid until the next call; NULL when it does not know or had an error. */
const char *filetype_magic_type(struct filetype_magic *magic, struct bytes head);

/** Numbers in the head; the caller has checked that they are there. */
uint16_t head_u16le(struct bytes head, size_t at);
uint32_t head_u32le(struct bytes head, size_t at);
uint64_t head_u64le(struct bytes head, size_t at);
uint16_t head_u16be(struct bytes head, size_t at);
uint32_t head_u32be(struct bytes head, size_t at);

/** Whether text is found in the first limit bytes of head. */
bool head_has(struct bytes head, size_t limit, const char *text);
bool head_is_at(struct bytes head, size_t at, const char *text);

#endif
