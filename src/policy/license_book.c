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

static const char clarity_marks[] = {
    [LICENSE_CLEAR] = ' ', [LICENSE_UNCLEAR] = '?', [LICENSE_RESERVED] = '!'};

/* Room for one row more in an array that grows with a set of names. */
static int
make_room(void *array, size_t count, size_t *capacity, size_t size)
{
    void *rows = NULL;
    if (count < *capacity)
        return PROV_OK;
    memcpy(&rows, array, sizeof rows);
    size_t larger = *capacity ? *capacity * 2 : 64;
    void *grown = realloc(rows, larger * size);
    if (!grown)
        return PROV_E_MEMORY;
    memcpy(array, &grown, sizeof grown);
    *capacity = larger;
    /* The block is owned through array now, which the checker cannot see. */
    // cppcheck-suppress memleak
    return PROV_OK;
}

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
    TRY(make_room(&book->entries, before, &book->capacity, sizeof *book->entries));
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
    intern_finish(&book->codes);
    intern_finish(&book->statements);
    free(book->entries);
    free(book->code_rows);
    free(book->statement_rows);
    buf_finish(&book->key);
    buf_finish(&book->text);
    *book = (struct license_book){0};
}

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

/* The number of a code; what is to be known of it is found out once. */
static int
code_number(struct license_book *book, const char *code, uint32_t *number)
{
    size_t before = book->codes.nnames;
    TRY(make_room(&book->code_rows, before, &book->codes_capacity, sizeof *book->code_rows));
    TRY(intern_add(&book->codes, bytes_of(code), number));
    if (*number == before)
        book->code_rows[*number] =
            (struct license_code){.noncommercial = terms_of(book->terms, code).commercial == TERM_NO,
                                  .says_nothing = says_nothing(code)};
    return PROV_OK;
}

int
license_statement_add(struct license_statement *statement, struct license_book *book, const char *code,
                      int level, uint64_t count, bool tags_only)
{
    uint32_t number = 0;
    if (level == LICENSE_MENTION || (tags_only && level != LICENSE_TAG))
        return PROV_OK;
    TRY(code_number(book, code, &number));
    const struct license_code *row = &book->code_rows[number];
    enum license_clarity clarity = level == LICENSE_RESERVATION                       ? LICENSE_RESERVED
                                   : level >= LICENSE_REFERENCE && !row->says_nothing ? LICENSE_CLEAR
                                                                                      : LICENSE_UNCLEAR;
    statement->nunclear += clarity == LICENSE_UNCLEAR ? count : 0;
    statement->nnoncommercial += level >= LICENSE_MODIFIED && row->noncommercial ? count : 0;
    unsigned *ncodes = &statement->ncodes[clarity];
    for (unsigned i = 0; i < *ncodes && i < LICENSE_CODES_MAX; i++)
        if (statement->codes[clarity][i] == number)
            return PROV_OK;
    if (*ncodes < LICENSE_CODES_MAX)
        statement->codes[clarity][*ncodes] = number;
    *ncodes = *ncodes < LICENSE_CODES_MAX ? *ncodes + 1 : LICENSE_CODES_MAX + 1;
    return PROV_OK;
}

/* The codes joined by AND. */
static int
join_codes(const struct license_statement *statement, enum license_clarity clarity, struct license_book *book)
{
    unsigned ncodes = statement->ncodes[clarity];
    buf_clear(&book->text);
    for (unsigned i = 0; i < ncodes && i < LICENSE_CODES_MAX; i++) {
        const char *code = intern_text(&book->codes, statement->codes[clarity][i]);
        bool choice = strcasestr(code, " OR ") != NULL;
        TRY(buf_printf(&book->text, choice ? "%s(%s)" : "%s%s", i ? " AND " : "", code));
    }
    return ncodes > LICENSE_CODES_MAX ? buf_append_text(&book->text, " AND LicenseRef-more-than-8-licenses")
                                      : PROV_OK;
}

int
license_statement_end(const struct license_statement *statement, struct license_book *book,
                      bool with_reservation, uint32_t *number)
{
    uint32_t clarity = statement->ncodes[LICENSE_CLEAR] ? LICENSE_CLEAR : LICENSE_UNCLEAR;
    *number = 0;
    if (!statement->ncodes[clarity] && with_reservation)
        clarity = LICENSE_RESERVED;
    unsigned ncodes = statement->ncodes[clarity];
    if (!ncodes)
        return PROV_OK;
    uint32_t key[LICENSE_CODES_MAX + 2] = {clarity, ncodes}, row = 0;
    unsigned kept = ncodes < LICENSE_CODES_MAX ? ncodes : LICENSE_CODES_MAX;
    memcpy(key + 2, statement->codes[clarity], kept * sizeof key[0]);
    size_t before = book->statements.nnames;
    TRY(make_room(&book->statement_rows, before, &book->statements_capacity, sizeof *book->statement_rows));
    TRY(intern_add(&book->statements, (struct bytes){(const uint8_t *)key, (2 + kept) * sizeof key[0]},
                   &row));
    if (row == before) {
        book->statement_rows[row] = 0;
        TRY(join_codes(statement, (enum license_clarity)clarity, book));
        TRY(license_book_add(book, buf_text(&book->text), (enum license_clarity)clarity,
                             &book->statement_rows[row]));
    }
    *number = book->statement_rows[row];
    return PROV_OK;
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
        "setup.cfg",      "composer.json", "dataset_card.md",    "pom.xml",
        "pkg-info",       "metadata",      "codemeta.json",      "bower.json"};
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
