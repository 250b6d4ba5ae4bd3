/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is it text, and in which encoding: by the first bytes.
 *
 *   byte order mark? ------------------------------------> UTF-8, UTF-16, UTF-32
 *   well-formed UTF-8? -- seven bits, escape sequences? --> ISO-2022, HZ, UTF-7      (text_detect_7bit.c)
 *          |          \-- else --------------------------> US-ASCII, UTF-8
 *   zeros, or units that are characters? ----------------> UTF-32, UTF-16            (text_detect_wide.c)
 *   UTF-8 with a few faults? ----------------------------> UTF-8
 *   structure and statistics agree? ---------------------> GB18030 ... windows-1252  (text_detect_legacy.c)
 *   else ------------------------------------------------> not text
 *
 * Two mistakes are possible and they are not alike. Text taken for binary is not searched: a place to
 * hide in, so a few NULs, control bytes or malformed sequences do not turn text into binary (they are
 * defects of the text). Binary taken for text costs time and false findings, so what is called text must
 * look like it throughout: random bytes hold 10 % control bytes, executables and images more.
 */
#include "inspect/text.h"

#include <string.h>

#include "base/limits.h"
#include "inspect/text_detect.h"
#include "inspect/text_encoding.h"
#include "inspect/text_scan.h"

/* Of so many bytes one may be a NUL or a control byte, in text that is well formed otherwise. */
enum { BYTES_PER_FLAW = 32 };

/* Of so many sequences one may be malformed, in text that otherwise has well-formed ones. */
enum { SEQUENCES_PER_FLAW = 16 };

/* What is plainly not UTF-8 after the first bytes is judged by fewer: reading malformed text is slow (0.1 GB/s). */
enum { FIRST_LOOK = 4 << 10, SHORT_LOOK = 16 << 10, MALFORMED_MANY = 32 };

/* In text without any, of so many bytes one may be malformed. */
enum { ASCII_PER_FLAW = 32 };

static const char *
name_of(enum text_encoding_id id)
{
    return TEXT_ENCODINGS[id].name;
}

static bool
is_plainly_not_utf8(struct bytes head)
{
    struct text_scan scan;
    head.size = FIRST_LOOK;
    text_scan(head, &scan);
    return scan.nmalformed >= MALFORMED_MANY && scan.nmalformed > scan.nmultibyte;
}

static const char *
detect_mark(struct bytes head)
{
    static const struct {
        const char *mark;
        size_t size;
        enum text_encoding_id id;
    } marks[] = {
        {"\xEF\xBB\xBF", 3, TEXT_ENCODING_UTF8},
        {"\xFF\xFE\0\0", 4, TEXT_ENCODING_UTF32LE},
        {"\0\0\xFE\xFF", 4, TEXT_ENCODING_UTF32BE},
        {"\xFF\xFE", 2, TEXT_ENCODING_UTF16LE},
        {"\xFE\xFF", 2, TEXT_ENCODING_UTF16BE},
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (head.size < marks[i].size || memcmp(head.data, marks[i].mark, marks[i].size) != 0)
            continue;
        /* FF FE also begins MPEG audio, and a mark alone makes no text of what follows. */
        bool utf8 = marks[i].id == TEXT_ENCODING_UTF8;
        if (utf8 || text_is_wide(marks[i].id, head, true))
            return name_of(marks[i].id);
    }
    return NULL;
}

/* NULs as runs: what was padded with a thousand of them is flawed once. */
static size_t
count_nul_runs(struct bytes head)
{
    size_t nruns = 0;
    uint8_t before = 1;
    for (size_t i = 0; i < head.size; i++) {
        nruns += head.data[i] == 0 && before != 0;
        before = head.data[i];
    }
    return nruns;
}

static bool
has_few_flaws(size_t flaws, size_t size)
{
    return flaws * BYTES_PER_FLAW <= size || (flaws == 1 && size >= 8);
}

/* UTF-8 in which something is broken, as opposed to another encoding that looks like broken UTF-8. */
static bool
is_broken_utf8(const struct text_scan *scan)
{
    return scan->nmultibyte >= 2 && scan->nmalformed * SEQUENCES_PER_FLAW <= scan->nmultibyte + SEQUENCES_PER_FLAW / 2;
}

/* The shifts of ISO-2022-KR and -CN are control bytes that are no flaws. */
static void
forgive_shifts(struct bytes head, struct text_scan *scan)
{
    if (scan->ncontrols == 0 || scan->nmultibyte || scan->nmalformed)
        return;
    enum text_encoding_id id = text_detect_7bit(head);
    if (id != TEXT_ENCODING_ISO_2022_KR && id != TEXT_ENCODING_ISO_2022_CN)
        return;
    for (size_t i = 0; i < head.size; i++)
        scan->ncontrols -= head.data[i] == 0x0E || head.data[i] == 0x0F;
}

const char *
text_detect(struct bytes head, bool whole)
{
    if (head.size > LIMIT_HEAD_BYTES) {
        head.size = LIMIT_HEAD_BYTES;
        whole = false;
    }
    if (head.size == 0)
        return NULL;
    if (head.size > SHORT_LOOK && is_plainly_not_utf8(head)) {
        head.size = SHORT_LOOK;
        whole = false;
    }
    const char *marked = detect_mark(head);
    struct text_scan scan;
    text_scan(head, &scan);
    if (scan.ntail && whole)
        scan.nmalformed++;
    forgive_shifts(head, &scan);
    size_t nflaws = scan.ncontrols + (scan.nnuls ? count_nul_runs(head) : 0);
    bool few_flaws = has_few_flaws(nflaws, head.size - scan.nnuls);
    if (marked && (strcmp(marked, "UTF-8") != 0 || few_flaws))
        return marked;
    if (few_flaws && scan.nmalformed == 0) {
        if (scan.nmultibyte || scan.ntail)
            return name_of(TEXT_ENCODING_UTF8);
        return name_of(text_detect_7bit(head));
    }
    if (scan.nnuls + scan.ncontrols) {
        enum text_encoding_id wide = text_detect_wide(head);
        if (wide != TEXT_ENCODING_COUNT)
            return name_of(wide);
    }
    if (few_flaws && is_broken_utf8(&scan))
        return name_of(TEXT_ENCODING_UTF8);
    enum text_encoding_id legacy = text_detect_legacy(head, nflaws);
    if (legacy != TEXT_ENCODING_COUNT)
        return name_of(legacy);
    if (few_flaws && scan.nmalformed * ASCII_PER_FLAW <= head.size)
        return name_of(TEXT_ENCODING_UTF8);
    /* Han characters in UTF-16 without a single ASCII one among them have no zeros, but many high bytes. */
    enum text_encoding_id wide =
        scan.nmalformed * 6 >= head.size ? text_detect_wide(head) : TEXT_ENCODING_COUNT;
    return wide == TEXT_ENCODING_COUNT ? NULL : name_of(wide);
}
