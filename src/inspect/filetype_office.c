/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two containers that other formats are made of: ZIP and OLE.
 *
 * A ZIP file is told by the names of its first members, read from the local headers that lie in the head:
 *
 *     PK 03 04 | ... | sizes | name size | extra size | name | extra | data | PK 03 04 ...
 *
 * Writers put the telling member first: "mimetype" (EPUB, OpenDocument; stored, so its text can be read),
 * "[Content_Types].xml" (Office), "META-INF/MANIFEST.MF" (JAR), "archive/data.pkl" (PyTorch). The walk ends
 * where sizes are not known in advance (flag bit 3) and goes on at the next header found by its signature.
 *
 * An OLE file has its directory anywhere; the names of its streams are UTF-16 and are searched in the
 * head. Sources: APPNOTE.TXT, ECMA-376 part 2, ODF 1.2 part 3, [MS-CFB], [MS-OVBA].
 */
#include "inspect/filetype_kind.h"

#include <string.h>

enum { MEMBERS_MAX = 64, LOCAL_HEADER = 30 };

struct member {
    struct bytes name;
    struct bytes data; /**< as far as it lies in the head */
    bool stored;       /**< not compressed */
    size_t next;       /**< where the next header is */
};

static size_t
find_header(struct bytes head, size_t from)
{
    const uint8_t *found = from < head.size ? memmem(head.data + from, head.size - from, "PK\x03\x04", 4) : NULL;
    return found ? (size_t)(found - head.data) : head.size;
}

static bool
member_read(struct bytes head, size_t at, struct member *member)
{
    if (at > head.size || head.size - at < LOCAL_HEADER || !head_is_at(head, at, "PK\x03\x04"))
        return false;
    size_t name_size = head_u16le(head, at + 26), extra_size = head_u16le(head, at + 28);
    size_t left = head.size - at - LOCAL_HEADER;
    if (name_size > left)
        return false;
    member->name = (struct bytes){.data = head.data + at + LOCAL_HEADER, .size = name_size};
    size_t skip = name_size + extra_size < left ? name_size + extra_size : left;
    uint32_t size = head_u32le(head, at + 18);
    size_t start = at + LOCAL_HEADER + skip;
    left -= skip;
    bool size_known = (head_u16le(head, at + 6) & 8) == 0 && size != UINT32_MAX;
    member->stored = head_u16le(head, at + 8) == 0;
    member->data = (struct bytes){.data = head.data + start, .size = size_known && size < left ? size : left};
    member->next = size_known ? start + member->data.size : find_header(head, start);
    return true;
}

static bool
ends_with(struct bytes name, const char *suffix)
{
    size_t size = strlen(suffix);
    return name.size >= size && memcmp(name.data + name.size - size, suffix, size) == 0;
}

/* The kind that the "mimetype" member states. */
static enum filetype_id
stated_kind(const struct member *member, enum filetype_id id)
{
    static const enum filetype_id kinds[] = {FILETYPE_EPUB, FILETYPE_ODT, FILETYPE_ODS, FILETYPE_ODP,
                                             FILETYPE_ODG,  FILETYPE_ODF, FILETYPE_ODB};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && member->stored; i++)
        if (bytes_start_with(member->data, FILETYPE_KINDS[kinds[i]].type))
            return kinds[i];
    return id;
}

/* Office formats by the folder that their parts lie in, when the head shows one. */
static enum filetype_id
office_kind(const struct filetype_probe *probe, struct bytes name, enum filetype_id id)
{
    static const struct {
        const char *folder;
        enum filetype_id id, with_macros;
    } folders[] = {
        {"word/", FILETYPE_DOCX, FILETYPE_DOCM},
        {"xl/", FILETYPE_XLSX, FILETYPE_XLSM},
        {"ppt/", FILETYPE_PPTX, FILETYPE_PPTM},
        {"visio/", FILETYPE_VSDX, FILETYPE_VSDX},
    };
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        if (!bytes_start_with(name, folders[i].folder))
            continue;
        enum filetype_id found = folders[i].id;
        return filetype_has_macros(probe, found) ? folders[i].with_macros : found;
    }
    return id;
}

/* What one member's name says the whole is, or FILETYPE_COUNT. */
static enum filetype_id
member_kind(const struct filetype_probe *probe, const struct member *member, bool first)
{
    if (first && bytes_equal(member->name, bytes_of("mimetype")))
        return stated_kind(member, FILETYPE_COUNT);
    if (bytes_start_with(member->name, "META-INF/"))
        return FILETYPE_JAR;
    if (bytes_equal(member->name, bytes_of("AndroidManifest.xml")) || bytes_equal(member->name, bytes_of("classes.dex")))
        return FILETYPE_APK;
    if (first && ends_with(member->name, ".npy"))
        return FILETYPE_NPZ;
    if (first && (ends_with(member->name, "/data.pkl") || ends_with(member->name, "/constants.pkl")))
        return FILETYPE_PYTORCH;
    if (bytes_equal(member->name, bytes_of("model.weights.h5")))
        return FILETYPE_KERAS;
    if (first && bytes_equal(member->name, bytes_of("doc.kml")))
        return FILETYPE_KMZ;
    return office_kind(probe, member->name, FILETYPE_COUNT);
}

/* Names that tell when members do not. */
static enum filetype_id
kind_by_extension(const struct filetype_probe *probe, bool office, enum filetype_id id)
{
    static const enum filetype_id office_kinds[] = {FILETYPE_DOCX, FILETYPE_XLSX, FILETYPE_PPTX, FILETYPE_VSDX,
                                                    FILETYPE_DOCM, FILETYPE_XLSM, FILETYPE_PPTM};
    static const enum filetype_id plain_kinds[] = {FILETYPE_WHEEL, FILETYPE_JAR, FILETYPE_APK, FILETYPE_NPZ,
                                                   FILETYPE_KERAS, FILETYPE_KMZ};
    const enum filetype_id *kinds = office ? office_kinds : plain_kinds;
    size_t nkinds = office ? sizeof office_kinds / sizeof *office_kinds : sizeof plain_kinds / sizeof *plain_kinds;
    for (size_t i = 0; i < nkinds && probe->extension[0]; i++) {
        size_t size = strlen(probe->extension);
        const char *extensions = FILETYPE_KINDS[kinds[i]].extensions;
        for (const char *at = extensions; (at = strstr(at, probe->extension)); at += size)
            if ((at == extensions || at[-1] == ' ') && (at[size] == 0 || at[size] == ' '))
                return kinds[i];
    }
    return id;
}

enum filetype_id
check_zip(const struct filetype_probe *probe, enum filetype_id id)
{
    struct bytes head = probe->head;
    struct member member;
    bool office = false;
    size_t at = 0;
    for (int i = 0; i < MEMBERS_MAX && member_read(head, at, &member); i++, at = member.next) {
        enum filetype_id kind = member_kind(probe, &member, i == 0);
        /* Some documents carry META-INF too, and so do wheels of Java tools: the first members decide. */
        if (kind != FILETYPE_COUNT && (kind != FILETYPE_JAR || i < 2))
            return kind;
        office |= bytes_equal(member.name, bytes_of("[Content_Types].xml")) || bytes_start_with(member.name, "_rels/");
    }
    return kind_by_extension(probe, office, id);
}

/* Whether an ASCII name is in the head as UTF-16LE. */
static bool
has_wide(struct bytes head, const char *name)
{
    uint8_t wide[64];
    size_t size = strlen(name) * 2;
    for (size_t i = 0; i < size; i += 2) {
        wide[i] = (uint8_t)name[i / 2];
        wide[i + 1] = 0;
    }
    return head.size >= size && memmem(head.data, head.size, wide, size);
}

enum filetype_id
check_ole(const struct filetype_probe *probe, enum filetype_id id)
{
    static const struct {
        const char *stream;
        enum filetype_id id;
    } streams[] = {
        {"WordDocument", FILETYPE_DOC},          {"Workbook", FILETYPE_XLS},
        {"PowerPoint Document", FILETYPE_PPT},   {"VisioDocument", FILETYPE_VISIO},
        {"__properties_version", FILETYPE_MSG},  {"HwpSummaryInformation", FILETYPE_HWP},
    };
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        if (has_wide(probe->head, streams[i].stream))
            return streams[i].id;
    /* Installers pack their table names into private characters: U+4840 begins each. */
    bool installer = strcmp(probe->extension, "msi") == 0 || strcmp(probe->extension, "msp") == 0 ||
                     head_has(probe->head, probe->head.size, "\x40\x48\x3F\x3F");
    if (installer)
        return FILETYPE_MSI;
    static const enum filetype_id kinds[] = {FILETYPE_DOC, FILETYPE_XLS, FILETYPE_PPT, FILETYPE_MSG,
                                             FILETYPE_VISIO, FILETYPE_HWP, FILETYPE_WPS};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds && probe->extension[0]; i++)
        if (strncmp(FILETYPE_KINDS[kinds[i]].extensions, probe->extension, strlen(probe->extension)) == 0)
            return kinds[i];
    return id;
}

bool
filetype_has_macros(const struct filetype_probe *probe, enum filetype_id id)
{
    switch (id) {
    case FILETYPE_DOCM:
    case FILETYPE_XLSM:
    case FILETYPE_PPTM:
        return true;
    case FILETYPE_DOCX:
    case FILETYPE_XLSX:
    case FILETYPE_PPTX:
    case FILETYPE_VSDX:
        return head_has(probe->head, probe->head.size, "vbaProject.bin");
    case FILETYPE_OLE:
    case FILETYPE_DOC:
    case FILETYPE_XLS:
    case FILETYPE_PPT:
    case FILETYPE_VISIO:
        return has_wide(probe->head, "_VBA_PROJECT");
    default:
        return false;
    }
}
