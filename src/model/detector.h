/* SPDX-License-Identifier: Apache-2.0 */
#ifndef MODEL_DETECTOR_H
#define MODEL_DETECTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/digest.h"
#include "model/fact.h"

/**
 * What policies/detectors/ says, as plain data: what a kind of identifier or secret looks like, how it is
 * checked, where it may stand, and what makes it likely. How candidates are found is the business of
 * inspect/pattern.c; policies/README.md explains the fields to their authors.
 */

/** Whom or what a finding concerns. */
#define DETECTOR_CLASS_MAP(X)                                                                                \
    X(PERSON, "person")             /* identifies or reaches a natural person */                             \
    X(SENSITIVE, "sensitive")       /* personal data that laws single out */                                 \
    X(FINANCIAL, "financial")       /* an account or a card */                                               \
    X(ORGANISATION, "organisation") /* a company or an authority */                                          \
    X(DEVICE, "device")             /* a machine, a vehicle */                                               \
    X(NETWORK, "network")           /* an address of a network */                                            \
    X(SECRET, "secret")             /* opens something */

enum detector_class {
#define DETECTOR_CLASS_ENUMERATOR(name, text) DETECTOR_##name,
    DETECTOR_CLASS_MAP(DETECTOR_CLASS_ENUMERATOR)
#undef DETECTOR_CLASS_ENUMERATOR
        DETECTOR_CLASS_COUNT
};

#define DETECTOR_SEVERITY_MAP(X) X(LOW, "low") X(MEDIUM, "medium") X(HIGH, "high") X(CRITICAL, "critical")

enum detector_severity {
#define DETECTOR_SEVERITY_ENUMERATOR(name, text) SEVERITY_##name,
    DETECTOR_SEVERITY_MAP(DETECTOR_SEVERITY_ENUMERATOR)
#undef DETECTOR_SEVERITY_ENUMERATOR
        SEVERITY_COUNT
};

/** How candidates are found. All but PATTERN have a parser of their own, for which a pattern is too weak. */
#define DETECTOR_KIND_MAP(X)                                                                                 \
    X(PATTERN, "pattern")       /* match.patterns, see inspect/pattern_shape.h */                            \
    X(EMAIL, "email")           /* around each '@' */                                                        \
    X(IPV4, "ipv4")             /* four numbers with dots */                                                 \
    X(IPV6, "ipv6")             /* groups of hex digits with colons */                                       \
    X(PHONE, "phone")           /* '+' and the numbers of match.plans */                                     \
    X(KEY_BLOCK, "key_block")   /* -----BEGIN ... PRIVATE KEY----- */                                        \
    X(URL_LOGIN, "url_login")   /* scheme://user:password@host */                                            \
    X(ASSIGNMENT, "assignment") /* one of match.words, an operator, a value */                               \
    X(LABELLED, "labelled")     /* one of match.words, ':' and what match.patterns say */

enum detector_kind {
#define DETECTOR_KIND_ENUMERATOR(name, text) MATCH_##name,
    DETECTOR_KIND_MAP(DETECTOR_KIND_ENUMERATOR)
#undef DETECTOR_KIND_ENUMERATOR
        DETECTOR_KIND_COUNT
};

/** What must not stand directly beside a finding. */
#define DETECTOR_BOUNDARY_MAP(X)                                                                             \
    X(NUMBER, "number") /* nothing that would make it part of a longer number, hash, version or price */    \
    X(WORD, "word")     /* no letter, digit or '_' */                                                        \
    X(TOKEN, "token")   /* as word, and no '-' before: for secrets */                                        \
    X(NONE, "none")

enum detector_boundary {
#define DETECTOR_BOUNDARY_ENUMERATOR(name, text) BOUNDARY_##name,
    DETECTOR_BOUNDARY_MAP(DETECTOR_BOUNDARY_ENUMERATOR)
#undef DETECTOR_BOUNDARY_ENUMERATOR
        DETECTOR_BOUNDARY_COUNT
};

/** What may be shown of a finding; never the value. */
#define DETECTOR_EVIDENCE_MAP(X)                                                                             \
    X(SHAPE, "shape")   /* 9{17}X */                                                                         \
    X(EMAIL, "email")   /* u***@d***.org */                                                                  \
    X(PREFIX, "prefix") /* the vendor's prefix and the length */

enum detector_evidence {
#define DETECTOR_EVIDENCE_ENUMERATOR(name, text) EVIDENCE_##name,
    DETECTOR_EVIDENCE_MAP(DETECTOR_EVIDENCE_ENUMERATOR)
#undef DETECTOR_EVIDENCE_ENUMERATOR
        DETECTOR_EVIDENCE_COUNT
};

/** Parameters that a check may have; CHECK_MAP says which kind takes which. */
enum check_parameter {
    CHECK_FROM = 1 << 0,        /* "from": first character; negative counts from the end */
    CHECK_TO = 1 << 1,          /* "to": behind the last character; 0 or negative counts from the end */
    CHECK_AT = 1 << 2,          /* "at": place of the check character */
    CHECK_WEIGHTS = 1 << 3,     /* "weights": one number for each character from "from" on */
    CHECK_MODULUS = 1 << 4,     /* "modulus" */
    CHECK_ADD = 1 << 5,         /* "add": added to the sum */
    CHECK_REMAINDER = 1 << 6,   /* "remainder": what the sum must leave; default 0 */
    CHECK_TABLE = 1 << 7,       /* "table": check character for each remainder; '-' is never right */
    CHECK_ALPHABET = 1 << 8,    /* "alphabet": the value of a character is its place in it */
    CHECK_VALUES = 1 << 9,      /* "values": the value of each character named */
    CHECK_DIGIT_SUM = 1 << 10,  /* "digit_sum": add the digits of a product, not the product */
    CHECK_COMPLEMENT = 1 << 11, /* "complement": modulus - remainder is the check number */
    CHECK_STRINGS = 1 << 12,    /* "of": list of beginnings, ranges as "51-55" */
    CHECK_LENGTHS = 1 << 13,    /* "lengths": beginning -> list of lengths */
    CHECK_FORMAT = 1 << 14,     /* "format": of a date, or a variant's name */
    CHECK_MINIMUM = 1 << 15,    /* "minimum": at least so much */
    CHECK_PREFIX = 1 << 16,     /* "prefix": put before the characters checked */
    CHECK_MAXIMUM = 1 << 17,    /* "maximum": at most so much */
    CHECK_FIRST_VALUES = 1 << 18, /* "first_values": values of the 1st, 3rd, 5th ... character weighed */
    CHECK_AGAIN = 1 << 19,      /* "again": other weights, for when the table has '-' for the remainder */
    CHECK_AGAIN_TABLE = 1 << 20, /* "again_table": its check characters */
    CHECK_PAD = 1 << 21,        /* "pad": characters that a short value lacks before (from < 0) or behind it are nothing */
    CHECK_FOR = 1 << 22,        /* "for": the check is only for values that begin so; any kind may have it */
};

/** Kind, name, parameters allowed, parameters required. inspect/validator.c does them. */
#define CHECK_MAP(X)                                                                                         \
    X(LUHN, "luhn", CHECK_FROM | CHECK_TO | CHECK_PREFIX | CHECK_ALPHABET, 0)                                                \
    X(WEIGHTED, "weighted",                                                                                  \
      CHECK_FROM | CHECK_AT | CHECK_WEIGHTS | CHECK_MODULUS | CHECK_ADD | CHECK_REMAINDER | CHECK_TABLE |    \
          CHECK_ALPHABET | CHECK_VALUES | CHECK_DIGIT_SUM | CHECK_FIRST_VALUES | CHECK_AGAIN |              \
          CHECK_AGAIN_TABLE | CHECK_PAD,                                                                     \
      CHECK_WEIGHTS | CHECK_MODULUS)                                                                         \
    X(NUMBER, "number",                                                                                      \
      CHECK_FROM | CHECK_TO | CHECK_AT | CHECK_MODULUS | CHECK_REMAINDER | CHECK_TABLE | CHECK_COMPLEMENT |  \
          CHECK_PREFIX,                                                                                      \
      CHECK_MODULUS)                                                                                         \
    X(ISO7064, "iso7064", CHECK_FROM | CHECK_TO | CHECK_FORMAT, CHECK_FORMAT)                                \
    X(VERHOEFF, "verhoeff", CHECK_FROM | CHECK_TO, 0)                                                        \
    X(DATE, "date", CHECK_FROM | CHECK_FORMAT | CHECK_MINIMUM, CHECK_FORMAT)                                 \
    X(STARTS, "starts", CHECK_FROM | CHECK_STRINGS, CHECK_STRINGS)                                           \
    X(STARTS_NOT, "starts_not", CHECK_FROM | CHECK_STRINGS, CHECK_STRINGS)                                   \
    X(LENGTHS, "lengths", CHECK_LENGTHS, CHECK_LENGTHS)                                                      \
    X(DISTINCT, "distinct", CHECK_FROM | CHECK_TO | CHECK_MINIMUM | CHECK_MAXIMUM, 0)                        \
    X(IBAN, "iban", CHECK_LENGTHS, CHECK_LENGTHS)                                                                                   \
    X(ENTROPY, "entropy", CHECK_FROM | CHECK_TO | CHECK_MINIMUM, CHECK_MINIMUM)                              \
    X(MIXED, "mixed", CHECK_FROM | CHECK_TO | CHECK_MINIMUM, 0)                                              \
    X(CRC32_BASE62, "crc32_base62", CHECK_FROM, 0)                                                           \
    X(CRC32_HEX, "crc32_hex", CHECK_FROM, 0)                                                                 \
    X(BASE58CHECK, "base58check", CHECK_STRINGS | CHECK_ALPHABET, 0)                                        \
    X(BECH32, "bech32", CHECK_STRINGS, CHECK_STRINGS)                                                        \
    X(EIP55, "eip55", CHECK_FROM, 0)                                                                         \
    X(MRZ, "mrz", 0, 0)                                                                                      \
    X(JWT, "jwt", 0, 0)                                                                                      \
    X(BASIC_AUTH, "basic_auth", CHECK_FROM, 0)                                                               \
    X(ORDER, "order", CHECK_FROM | CHECK_TO, 0)

enum check_kind {
#define CHECK_ENUMERATOR(name, text, allowed, required) CHECK_KIND_##name,
    CHECK_MAP(CHECK_ENUMERATOR)
#undef CHECK_ENUMERATOR
        CHECK_KIND_COUNT
};

/** A beginning, with the lengths that go with it. */
struct check_length {
    const char *prefix; /**< "51", or a range of equal length: "51-55" */
    uint8_t lengths[8]; /**< allowed lengths of the whole value, nlengths of them */
    uint8_t nlengths;
};

/** One check of a candidate's value: separators removed, letters in upper case unless the detector says otherwise. */
struct detector_check {
    enum check_kind kind;
    uint32_t given;              /**< enum check_parameter bits that the file gave */
    int from, to, at;            /**< places; negative from the end; to 0 is the end; at defaults to the last */
    const int32_t *weights;      /**< nweights */
    size_t nweights;
    const int32_t *again;        /**< nweights, or NULL */
    int32_t modulus, add, remainder;
    const char *table, *again_table; /**< modulus characters, or NULL */
    const int16_t *values;       /**< 256 values by character, -1 none; NULL: decimal digits */
    const int16_t *first_values; /**< those of the 1st, 3rd ... character; NULL: as values */
    int32_t base;                /**< characters of "alphabet"; 0 when it was not given */
    bool digit_sum, complement, pad;
    const char *const *begins;   /**< "for", nbegins; none: every value */
    size_t nbegins;
    const char *const *strings;  /**< nstrings */
    size_t nstrings;
    const struct check_length *lengths; /**< nlengths */
    size_t nlengths;
    const char *format, *prefix; /**< NULL when not given */
    double minimum, maximum;     /**< 0 when not given */
};

/** Words, all languages together, in the order of the file. */
struct word_list {
    const char *const *words; /**< UTF-8 */
    size_t nwords;
};

/** A text that the detector must find something in, or nothing. */
struct detector_example {
    struct bytes text;
    unsigned line; /**< where it stands in the file, for messages */
};

/** An additional fact for findings whose birth date says so. */
struct detector_derived {
    const char *code;  /**< of the fact, e.g. "cn.resident_id.under14" */
    int age_below;     /**< years completed at the reference date */
};

/** International numbers of one calling code. */
struct phone_plan {
    const char *code;          /**< "86" */
    const char *const *shapes; /**< national numbers, in the pattern language, nshapes */
    size_t nshapes;
};

/** How well a detector did on values made for it; tests/scripts/detectors_recall.py. */
struct detector_measured {
    int values; /**< how many were planted; 0: not measured */
    int recall_permille, precision_permille;
};

struct detector {
    const char *id;      /**< the code of its facts */
    const char *title;   /**< English */
    const char *title_zh;/**< NULL when the file has none */
    const char *file;    /**< as given to the loader, for messages */
    unsigned line;       /**< where it begins in the file, for messages */
    enum detector_class class_;
    enum detector_severity severity;
    const char *regions; /**< "CN", "DE AT", "" for everywhere */
    const char *source;  /**< of the definition */
    enum detector_kind kind;
    const char *const *patterns; /**< npatterns */
    size_t npatterns;
    struct word_list match_words;
    const struct phone_plan *plans; /**< nplans */
    size_t nplans;
    const char *separators;      /**< characters that are not part of the value */
    bool keep_case;              /**< letters of the value are checked as they are, not in upper case */
    bool caseless;               /**< patterns match letters in both cases */
    enum detector_boundary boundary;
    const struct detector_check *checks; /**< nchecks, all must pass */
    size_t nchecks;
    bool context_required;       /**< nothing is reported without a context word nearby */
    struct word_list context, negative, columns;
    int16_t base;                /**< log-odds in hundredths of a candidate that passed everything, without context */
    int16_t context_bonus;       /**< with a context word nearby */
    int16_t negative_malus;      /**< with a negative word nearby; positive number, taken away */
    int16_t dense_malus;         /**< among many other numbers; positive number, taken away */
    int16_t script_bonus;        /**< with Han letters nearby */
    int16_t format_bonus;        /**< when the value was written with separators */
    uint8_t min_report;          /**< lowest level that becomes a fact */
    const char *const *test_values; /**< known not to be real, ntest_values */
    size_t ntest_values;
    const struct detector_derived *derived; /**< nderived */
    size_t nderived;
    enum detector_evidence evidence;
    struct detector_measured measured;
    const struct detector_example *examples, *counter_examples;
    size_t nexamples, ncounter_examples;
};

/** All detectors of a folder, in the order of file names and then of the files. */
struct detector_set {
    const struct detector *const *detectors; /**< ndetectors */
    size_t ndetectors;
    int reference_date;          /**< YYYYMMDD: ages are counted at this day, so that they do not depend on the day of the scan */
    uint8_t sha256[SHA256_SIZE]; /**< of all files, in order: part of the plan digest */
    struct arena arena;          /**< holds everything */
};

enum { REFERENCE_DATE_DEFAULT = 20260101 };

/**
 * How often a random string of the detector's shape passes its check characters, in thousandths; 1000 when it has none.
 * Dates and beginnings are not counted: numbers of a kind often share them.
 */
unsigned detector_chance(const struct detector *detector);

/** Level of a score in hundredths of log-odds: probabilities .27, .73, .95 and .993 part the five. */
enum finding_level detector_level(int score);

/** Names as the files use them; static. */
const char *detector_class_name(enum detector_class class_);
const char *detector_severity_name(enum detector_severity severity);
const char *detector_kind_name(enum detector_kind kind);
const char *check_kind_name(enum check_kind kind);

/** The value with this name, or -1. */
int detector_class_find(const char *name);
int detector_severity_find(const char *name);
int detector_kind_find(const char *name);
int detector_boundary_find(const char *name);
int detector_evidence_find(const char *name);
int check_kind_find(const char *name);

/** Parameters a check may and must have: bits of enum check_parameter. */
uint32_t check_allowed(enum check_kind kind);
uint32_t check_required(enum check_kind kind);

/** The detector with this id, or NULL. */
const struct detector *detector_find(const struct detector_set *set, const char *id);

#endif
