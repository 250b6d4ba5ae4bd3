/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Licenses as the judge needs them: a number for each expression, and what one item's statements come to.
 *
 * An item may state several licenses. All that are applied to it count together, joined by AND: that is the
 * careful reading, since nothing says that one may choose. Words that resemble a license but match no known
 * text are "unclear" and speak only when nothing clear is there; a bare "all rights reserved" speaks only
 * when nothing else does.
 */
#include "policy/license_book.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/status.h"
#include "model/fact.h"
#include "model/spdx_expression.h"

enum { CODES_MAX = 8 };

static const char clarity_marks[] = {
    [LICENSE_CLEAR] = ' ', [LICENSE_UNCLEAR] = '?', [LICENSE_RESERVED] = '!'};

int
license_book_add(struct license_book *book, const char *expression, enum license_clarity clarity,
                 uint32_t *number)
{
    buf_clear(&book->key);
    TRY(buf_append_byte(&book->key, (uint8_t)clarity_marks[clarity]));
    /* One form for one meaning; what is no expression stays as it is. */
    bool known = false;
    int status = spdx_expression_canonical(bytes_of(expression), NULL, &book->key, &known);
    if (status == PROV_E_DATA) {
        book->key.size = 1;
        status = buf_append_text(&book->key, expression);
    }
    TRY(status);
    size_t before = book->names.nnames;
    if (before == book->capacity) {
        size_t capacity = book->capacity ? book->capacity * 2 : 64;
        struct license_entry *larger = realloc(book->entries, capacity * sizeof *larger);
        if (!larger)
            return PROV_E_MEMORY;
        book->entries = larger;
        book->capacity = capacity;
    }
    TRY(intern_add(&book->names, buf_bytes(&book->key), number));
    if (*number == before)
        book->entries[*number] =
            (struct license_entry){.clarity = clarity,
                                   .terms = clarity == LICENSE_CLEAR      ? terms_of(book->terms, expression)
                                            : clarity == LICENSE_RESERVED ? TERMS_RESERVED
                                                                          : TERMS_UNKNOWN};
    ++*number;
    return PROV_OK;
}

const struct license_entry *
license_book_entry(const struct license_book *book, uint32_t number)
{
    return &book->entries[number - 1];
}

const char *
license_book_expression(const struct license_book *book, uint32_t number)
{
    return intern_text(&book->names, number - 1) + 1;
}

static void
bind_term(struct db_statement *insert, int index, enum term term)
{
    if (term == TERM_UNKNOWN)
        db_bind_null(insert, index);
    else
        db_bind_int(insert, index, term);
}

int
license_book_store(const struct license_book *book, struct db *db, struct err *err)
{
    struct db_statement *insert = NULL;
    TRY(db_prepare(db, "INSERT INTO license VALUES (?,?,?,?,?,?,?,?)", &insert, err));
    int status = PROV_OK;
    for (uint32_t number = 1; number <= book->names.nnames && status == PROV_OK; number++) {
        const struct license_entry *entry = license_book_entry(book, number);
        db_bind_int(insert, 1, number);
        db_bind_text(insert, 2, license_book_expression(book, number));
        db_bind_int(insert, 3, entry->clarity != LICENSE_UNCLEAR);
        bind_term(insert, 4, entry->terms.commercial);
        bind_term(insert, 5, entry->terms.derivatives);
        bind_term(insert, 6, entry->terms.training);
        bind_term(insert, 7, entry->terms.attribution);
        bind_term(insert, 8, entry->terms.share_alike);
        status = db_execute(insert, err);
    }
    db_finish(insert);
    return status;
}

void
license_book_finish(struct license_book *book)
{
    intern_finish(&book->names);
    free(book->entries);
    buf_finish(&book->key);
    *book = (struct license_book){0};
}

void
license_statement_begin(struct license_statement *statement)
{
    buf_clear(&statement->applied);
    buf_clear(&statement->unclear);
    buf_clear(&statement->reserved);
    statement->ncodes = 0;
    statement->nunclear = statement->nnoncommercial = 0;
}

/* Join a code to others; one that offers a choice keeps it within parentheses. */
static int
join(struct buf *joined, const char *code)
{
    bool choice = strcasestr(code, " OR ") != NULL;
    return buf_printf(joined, "%s%s%s%s", joined->size ? " AND " : "", choice ? "(" : "", code,
                      choice ? ")" : "");
}

/* Is the code one of those joined already? They are few. */
static bool
has_code(const struct buf *joined, const char *code)
{
    size_t size = strlen(code);
    for (const char *at = buf_text(joined); (at = strstr(at, code)) != NULL; at++) {
        bool begins = at == buf_text(joined) || at[-1] == ' ' || at[-1] == '(';
        if (begins && (at[size] == 0 || at[size] == ')' || strncmp(at + size, " AND ", 5) == 0))
            return true;
    }
    return false;
}

/* A field that says no more than that something else applies. */
static bool
says_nothing(const char *code)
{
    static const char *const codes[] = {"LicenseRef-unknown", "LicenseRef-unknown-license",
                                        "LicenseRef-other", "NOASSERTION", "NONE"};
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (strcasecmp(code, codes[i]) == 0)
            return true;
    return false;
}

int
license_statement_add(struct license_statement *statement, struct license_book *book, const char *code,
                      int level, uint64_t count, bool tags_only)
{
    if (level == LICENSE_MENTION || (tags_only && level != LICENSE_TAG))
        return PROV_OK;
    struct buf *to = level == LICENSE_RESERVATION ? &statement->reserved : &statement->unclear;
    if (level >= LICENSE_REFERENCE && !says_nothing(code))
        to = &statement->applied;
    if (to == &statement->unclear)
        statement->nunclear += count;
    if (level >= LICENSE_MODIFIED && terms_of(book->terms, code).commercial == TERM_NO)
        statement->nnoncommercial += count;
    if (has_code(to, code))
        return PROV_OK;
    if (++statement->ncodes > CODES_MAX)
        code = "LicenseRef-more-than-8-licenses";
    if (has_code(to, code))
        return PROV_OK;
    return join(to, code);
}

int
license_statement_end(struct license_statement *statement, struct license_book *book, bool with_reservation,
                      uint32_t *number)
{
    *number = 0;
    if (statement->applied.size)
        return license_book_add(book, buf_text(&statement->applied), LICENSE_CLEAR, number);
    if (statement->unclear.size)
        return license_book_add(book, buf_text(&statement->unclear), LICENSE_UNCLEAR, number);
    if (statement->reserved.size && with_reservation)
        return license_book_add(book, buf_text(&statement->reserved), LICENSE_RESERVED, number);
    return PROV_OK;
}

void
license_statement_finish(struct license_statement *statement)
{
    buf_finish(&statement->applied);
    buf_finish(&statement->unclear);
    buf_finish(&statement->reserved);
}

/* Does the name begin with the word, and go on with nothing, a mark or a digit? LICENSE.txt, not licenses.py.
 */
static bool
begins_with_word(struct bytes name, const char *word)
{
    size_t size = strlen(word);
    if (name.size < size || strncasecmp((const char *)name.data, word, size) != 0)
        return false;
    return name.size == size || strchr(".-_ 0123456789", name.data[size]) != NULL;
}

/* Endings of program text: license.py is a module about licenses. */
static bool
is_code(struct bytes name)
{
    static const char *const endings[] = {".py",   ".js",  ".ts",  ".go",  ".rs",    ".c",  ".h",
                                          ".java", ".rb",  ".php", ".sh",  ".cpp",   ".cc", ".cs",
                                          ".jsx",  ".tsx", ".vue", ".css", ".swift", ".kt"};
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        size_t size = strlen(endings[i]);
        if (name.size > size &&
            strncasecmp((const char *)name.data + name.size - size, endings[i], size) == 0)
            return true;
    }
    return false;
}

enum license_role
license_role_of(struct bytes name)
{
    static const char *const files[] = {"license",   "licence",   "licenses", "licences", "copying",
                                        "unlicense", "copyright", "eula",     "terms"};
    static const char *const metadata[] = {
        "readme",         "readme.md",     "dataset_infos.json", "dataset_info.json",
        "croissant.json", "metadata.json", "datapackage.json",   "dataset-metadata.json",
        "citation.cff",   "package.json",  "pyproject.toml",     "cargo.toml",
        "setup.cfg",      "composer.json", "dataset_card.md",    "pom.xml"};
    if (name.size == 0 || name.size > 128)
        return LICENSE_ROLE_NONE;
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        if (begins_with_word(name, files[i]) && !is_code(name))
            return LICENSE_ROLE_FILE;
    for (size_t i = 0; i < sizeof metadata / sizeof metadata[0]; i++)
        if (strlen(metadata[i]) == name.size &&
            strncasecmp((const char *)name.data, metadata[i], name.size) == 0)
            return LICENSE_ROLE_METADATA;
    return LICENSE_ROLE_NONE;
}
