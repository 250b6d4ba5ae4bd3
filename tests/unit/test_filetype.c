/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "inspect/filetype.h"

static struct filetype_judge *judge;

static void
open_judge(void)
{
    struct err err = {0};
    judge = filetype_create(&err);
    cr_assert_not_null(judge, "%s", err.text);
}

static void
close_judge(void)
{
    filetype_destroy(judge);
}

TestSuite(filetype, .init = open_judge, .fini = close_judge);

/* What a judge said of an item. */
struct verdict {
    struct filetype type;
    struct fact_list facts;
};

static struct verdict
ask(const void *data, size_t size, const char *name)
{
    struct verdict verdict = {0};
    /* An exact block, so that AddressSanitizer sees the first byte too many. */
    uint8_t *exact = malloc(size ? size : 1);
    cr_assert(exact);
    memcpy(exact, data, size);
    int status = filetype_detect(judge, (struct bytes){.data = exact, .size = size}, true, bytes_of(name), &verdict.type,
                                 &verdict.facts);
    cr_assert_eq(status, PROV_OK);
    free(exact);
    return verdict;
}

/* The evidence of a fact, "" when it has none, NULL when it is not there. */
static const char *
evidence(const struct verdict *verdict, const char *code)
{
    for (size_t i = 0; i < verdict->facts.nfacts; i++)
        if (strcmp(verdict->facts.facts[i].code, code) == 0)
            return (const char *)verdict->facts.facts[i].evidence.data;
    return NULL;
}

#define EXPECT_TYPE(text, name, expected) expect_type(text, sizeof(text) - 1, name, expected, __LINE__)

static void
expect_type(const void *data, size_t size, const char *name, const char *expected, int line)
{
    struct verdict verdict = ask(data, size, name);
    cr_expect_str_eq(verdict.type.type, expected, "line %d: %s, not %s", line, verdict.type.type, expected);
    fact_list_finish(&verdict.facts);
}

Test(filetype, knows_models_and_records)
{
    EXPECT_TYPE("\x40\0\0\0\0\0\0\0{\"w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}           \0\0\0\0", "w",
                "application/x-safetensors");
    EXPECT_TYPE("\x02\0\0\0\0\0\0\0{}", "w.safetensors", "application/x-safetensors");
    EXPECT_TYPE("\x80\x04\x95\x0B\0\0\0\0\0\0\0}\x94\x8C\x01" "a\x94K\x01s.", "w", "application/x-python-pickle");
    EXPECT_TYPE("\x80\x02N.", "w", "application/x-python-pickle");
    EXPECT_TYPE("\x80\x02\x8A\nl\xFC\x9C" "F\xF9 j\xA8P\x19.\x80\x02M\xE9\x03.", "w", "application/x-pytorch");
    EXPECT_TYPE("PAR1\x15\x04\x15\x10\x15\x14\x4C\x15\x02\x15\0\x12PAR1", "x", "application/vnd.apache.parquet");
    EXPECT_TYPE("ARROW1\0\0\xFF\xFF\xFF\xFF", "x", "application/vnd.apache.arrow.file");
    EXPECT_TYPE("GGUF\x03\0\0\0\x01\0\0\0\0\0\0\0", "x", "application/x-gguf");
    EXPECT_TYPE("\x93NUMPY\x01\0v\0{'descr': '<f8'", "x", "application/x-numpy");
    EXPECT_TYPE("\x89HDF\r\n\x1A\n\0\0\0\0", "x", "application/x-hdf5");
    EXPECT_TYPE("Obj\x01\x04\x14" "avro.codec", "x", "application/avro");
    EXPECT_TYPE("SQLite format 3\0\x10\0", "x", "application/vnd.sqlite3");
    EXPECT_TYPE("WARC/1.0\r\nWARC-Type: warcinfo\r\n", "x", "application/warc");
    /* One record of three bytes: length, its masked CRC-32C (as TensorFlow computes it), data, any checksum. */
    EXPECT_TYPE("\x03\0\0\0\0\0\0\0\xB0\x99\x49\x0E" "abc\0\0\0\0", "x", "application/x-tfrecord");
}

Test(filetype, knows_arrow_streams_by_their_flatbuffer)
{
    /* Length 24, root table at 16, its vtable 4 bytes before it. */
    EXPECT_TYPE("\xFF\xFF\xFF\xFF\x18\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\x04\0\x08\0\x04\0\0\0\0\0\0\0", "x",
                "application/vnd.apache.arrow.stream");
    EXPECT_TYPE("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF",
                "x", "application/octet-stream");
}

Test(filetype, leaves_texts_that_begin_like_magic_texts)
{
    static const char *const texts[] = {
        "PAR1 is the first paragraph of the law\n",   "ORC stands for Optimised Row Columnar\n", "GGUF files hold models, see below\n",
        "BM stands for bitmap, and this is a text.\n", "MZ are the initials of Mark Z., and this is a long enough text about it.\n",
        "ID3 tags are older than you think\n",         "Obj files\n",                           "RIFF is a container\n",
        "GRIB and NetCDF are formats of weather\n",    "P6 is a chess engine\n",                "WARC is an ISO standard\n",
        "TZif files are time zones\n",                 "BZh9 begins bzip2\n",                   "PACK your things\n",
        "070707 is a number, not an archive\n",        "FWS is flash\n",                        "Gee, a text that starts with G\n",
        "filedesc is a word\n",                        "MAC addresses are six bytes\n",         "wOFF, said the dog\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct verdict verdict = ask(texts[i], strlen(texts[i]), "note.txt");
        cr_expect_str_eq(verdict.type.type, "text/plain", "%s: %s", texts[i], verdict.type.type);
        cr_expect(verdict.type.is_text);
        cr_expect_eq(verdict.facts.nfacts, 0);
        fact_list_finish(&verdict.facts);
    }
}

Test(filetype, tells_what_a_zip_holds)
{
#define LOCAL(method, size, name_size) "PK\x03\x04\x14\0\0\0" method "\0\0\0\0\0\0\0\0" size "\0\0\0" size "\0\0\0" name_size "\0\0\0"
    EXPECT_TYPE(LOCAL("\0\0", "\x14", "\x08") "mimetypeapplication/epub+zip", "x", "application/epub+zip");
    EXPECT_TYPE(LOCAL("\0\0", "\x27", "\x08") "mimetypeapplication/vnd.oasis.opendocument.text", "x",
                "application/vnd.oasis.opendocument.text");
    EXPECT_TYPE(LOCAL("\0\0", "\x02", "\x10") "archive/data.pklN.", "x", "application/x-pytorch");
    EXPECT_TYPE(LOCAL("\0\0", "\x02", "\x05") "x.npyab", "x", "application/x-npz");
    EXPECT_TYPE(LOCAL("\0\0", "\x02", "\x14") "META-INF/MANIFEST.MFab", "x", "application/java-archive");
    EXPECT_TYPE(LOCAL("\0\0", "\x02", "\x13") "[Content_Types].xmlab" LOCAL("\0\0", "\x02", "\x11") "word/document.xmlab", "x",
                "application/vnd.openxmlformats-officedocument.wordprocessingml.document");
    EXPECT_TYPE(LOCAL("\0\0", "\x02", "\x05") "a.txtab", "x", "application/zip");
    EXPECT_TYPE(LOCAL("\0\0", "\x02", "\x05") "a.txtab", "x.whl", "application/x-wheel+zip");
}

Test(filetype, tells_kinds_of_text_by_content_and_name)
{
    EXPECT_TYPE("{\"a\": 1}\n", "x", "application/json");
    EXPECT_TYPE("[1, 2, {\"a\": [true, null]}]", "x", "application/json");
    EXPECT_TYPE("{\"a\": 1}\n{\"a\": 2}\n", "x.json", "application/x-ndjson");
    EXPECT_TYPE("{\"a\": \"}{\\\"\"}\n{\"a\": 2}\n", "x.txt", "application/x-ndjson");
    EXPECT_TYPE("{ \"a\":", "x.jsonl", "application/x-ndjson");
    EXPECT_TYPE("[section]\nkey = value\n", "x.ini", "text/x-ini");
    EXPECT_TYPE("[1] A. Author, A title.\n", "x", "text/plain");
    EXPECT_TYPE("a,b\n1,2\n", "x.csv", "text/csv");
    EXPECT_TYPE("a\tb\n1\t2\n", "x.TSV", "text/tab-separated-values");
    EXPECT_TYPE("<!-- hi -->\n<!DOCTYPE HTML><html>", "x", "text/html");
    EXPECT_TYPE("<?xml version='1.0'?><!-- c --><svg:svg xmlns:svg='http://www.w3.org/2000/svg'/>", "x", "image/svg+xml");
    EXPECT_TYPE("<?xml version='1.0'?>\n<rss version='2.0'>", "x.xml", "application/rss+xml");
    EXPECT_TYPE("<?xml version='1.0'?>\n<a/>", "x", "application/xml");
    EXPECT_TYPE("#!/usr/bin/env python3\nprint(1)\n", "x", "text/x-python");
    EXPECT_TYPE("int main(void) { return 0; }\n", "x.c", "text/x-c");
    EXPECT_TYPE("all:\n\ttrue\n", "Makefile", "text/x-makefile");
    EXPECT_TYPE("key: value\n", "x.yml", "application/yaml");
    EXPECT_TYPE("# Title\n", "README.md", "text/markdown");
    EXPECT_TYPE("From: a@example.org\nTo: b@example.org\nSubject: hi\n\nHello\n", "x", "message/rfc822");
    EXPECT_TYPE("BEGIN:VCARD\nVERSION:4.0\n", "x", "text/vcard");
    EXPECT_TYPE("-----BEGIN CERTIFICATE-----\nMIIB\n", "x.crt", "application/x-pem-file");
    EXPECT_TYPE("\xFF\xFE{\0\"\0a\0\"\0:\0001\0}\0", "x", "application/json");
    EXPECT_TYPE("", "x.txt", "application/x-empty");
}

Test(filetype, searches_warc_as_text_whatever_is_in_it)
{
    char data[2000] = "WARC/1.1\r\nWARC-Type: response\r\n\r\n";
    for (size_t i = 64; i < sizeof data; i++)
        data[i] = (char)(i * 37);
    struct verdict verdict = ask(data, sizeof data, "a.warc");
    cr_assert_str_eq(verdict.type.type, "application/warc");
    cr_assert(verdict.type.is_text);
    cr_assert_str_eq(verdict.type.encoding, "UTF-8");
    fact_list_finish(&verdict.facts);
}

Test(filetype, does_not_search_pdf_as_text)
{
    struct verdict verdict = ask("%PDF-1.4\n1 0 obj\n", 17, "a.pdf");
    cr_assert(!verdict.type.is_text);
    cr_assert_null(verdict.type.encoding);
    fact_list_finish(&verdict.facts);
}

Test(filetype, reports_names_that_promise_something_else)
{
    static const struct {
        const char *data;
        size_t size;
        const char *name;
        bool mismatch;
    } cases[] = {
        {"\x7F" "ELF\x02\x01\x01", 7, "cat.jpg", true},
        {"<html><body>Not found</body></html>", 35, "data.parquet", true},
        {"<html><body>Not found</body></html>", 35, "rows.jsonl", true},
        {"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0a", 31, "notes.txt", true},
        {"just words\n", 11, "model.safetensors", true},
        {"just words\n", 11, "a.gz", true},
        {"\x89PNG\r\n\x1A\n", 8, "a.jpg", false}, /* both are pictures: browsers do not care */
        {"just words\n", 11, "a.bin", false},
        {"just words\n", 11, "a.dat", false},
        {"just words\n", 11, "a.zzz", false},
        {"just words\n", 11, "noextension", false},
        {"just words\n", 11, ".png", false},
        {"INPUT ( /lib/x.so )\n", 20, "libc.so", false},
        {"\x1F\x8B\x08\0\0\0\0\0", 8, "messages.log", false},
        {"\x1F\x8B\x08\0\0\0\0\0", 8, "a.tgz", false},
        {"\x7F" "ELF\x02\x01\x01", 7, "x.so.6", false},
        {"\x03\x9A\xC1\x7E\x8F\x00\x11\xF2", 8, "a.jpg", false}, /* unknown says nothing */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict verdict = ask(cases[i].data, cases[i].size, cases[i].name);
        cr_expect_eq(evidence(&verdict, "type.mismatch") != NULL, cases[i].mismatch, "%s: %s", cases[i].name,
                     verdict.type.type);
        fact_list_finish(&verdict.facts);
    }
}

#define EXPECT_ACTIVE(text, name, expected) expect_active(text, sizeof(text) - 1, name, expected)

static void
expect_active(const void *data, size_t size, const char *name, const char *expected)
{
    struct verdict verdict = ask(data, size, name);
    const char *found = evidence(&verdict, "type.active_content");
    cr_expect((found == NULL) == (expected == NULL), "%s: %s", name, found ? found : "nothing");
    if (found && expected)
        cr_expect_str_eq(found, expected);
    fact_list_finish(&verdict.facts);
}

Test(filetype, reports_active_content)
{
    EXPECT_ACTIVE("\x80\x02" "cposix\nsystem\nq\0X\x04\0\0\0trueq\x01\x85q\x02Rq\x03.", "a.pkl", "pickle imports posix.system");
    EXPECT_ACTIVE("\x80\x04\x95\x1D\0\0\0\0\0\0\0\x8C\x05posix\x94\x8C\x06system\x94\x93\x94\x8C\x04true\x94\x85\x94R\x94.", "a",
                  "pickle imports posix.system");
    /* The same by way of the memo. */
    EXPECT_ACTIVE("\x80\x04\x8C\x02os\x94\x8C\x06system\x94" "00h\0h\x01\x93.", "a", "pickle imports os.system");
    EXPECT_ACTIVE("cos\nsystem\n(S'true'\ntR.", "a.bin", "pickle imports os.system");
    EXPECT_ACTIVE("c__builtin__\neval\n(S'1'\ntR.", "a.pkl", "pickle imports __builtin__.eval");
    EXPECT_ACTIVE("\x80\x02" "ccollections\nOrderedDict\nq\0)Rq\x01.", "a.pkl", NULL);
    EXPECT_ACTIVE("\x80\x02\x8A\nl\xFC\x9C" "F\xF9 j\xA8P\x19.\x80\x02M\xE9\x03.\x80\x02" "cos\nsystem\n.", "a.pt",
                  "pickle imports os.system");
    EXPECT_ACTIVE("%PDF-1.4\n<< /S /JavaScript /JS (app.alert(1)) >>", "a.pdf", "PDF with /JavaScript");
    EXPECT_ACTIVE("%PDF-1.4\n<< /S /J#61vaScript >>", "a.pdf", "PDF with /JavaScript");
    EXPECT_ACTIVE("%PDF-1.4\n<< /S/Launch/F(cmd.exe) >>", "a.pdf", "PDF with /Launch");
    EXPECT_ACTIVE("%PDF-1.4\n<< /OpenAction << /S /URI /URI (http://example.org) >> >>", "a.pdf",
                  "PDF with an /OpenAction that is not a destination");
    EXPECT_ACTIVE("%PDF-1.4\n<< /OpenAction [3 0 R /Fit] /OpenAction 5 0 R /OpenAction << /S /GoTo >> >>", "a.pdf", NULL);
    EXPECT_ACTIVE("<svg xmlns='http://www.w3.org/2000/svg'><SCRIPT>alert(1)</SCRIPT></svg>", "a.svg", "SVG with a script");
    EXPECT_ACTIVE("<svg xmlns='http://www.w3.org/2000/svg' onLoad='x()'/>", "a.svg", "SVG with an event handler");
    EXPECT_ACTIVE("<svg xmlns='http://www.w3.org/2000/svg'><path d='M0 0'/></svg>", "a.svg", NULL);
    EXPECT_ACTIVE("<html><head><hta:application id='x'></head>", "a.hta", "HTML application");
    EXPECT_ACTIVE(LOCAL("\0\0", "\x02", "\x13") "[Content_Types].xmlab" LOCAL("\0\0", "\x02", "\x13") "word/vbaProject.binab", "a.docx",
                  "document with macros");
}

Test(filetype, reports_what_is_two_things_at_once)
{
    static const struct {
        const char *data;
        size_t size;
        bool polyglot;
    } cases[] = {
        {"GIF89a\x01\0\x01\0/*%PDF-1.4\n1 0 obj", 26, true},
        {"GIF89a=/*<script>alert(1)</script>", 34, true},
        {"\xFF\xD8\xFF\xFE\0\x20<?php system($_GET[1]); ?>", 32, true},
        {"\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16, false},
        {LOCAL("\0\0", "\x09", "\x05") "a.pdf%PDF-1.4\n", 44, false},
        {"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\x09\0a%PDF-1.4\n", 40, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verdict verdict = ask(cases[i].data, cases[i].size, "a");
        cr_expect_eq(evidence(&verdict, "type.polyglot") != NULL, cases[i].polyglot, "case %zu: %s", i,
                     verdict.type.type);
        fact_list_finish(&verdict.facts);
    }
}

#define OID "sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"

Test(filetype, reads_git_lfs_pointers)
{
    static const char pointer[] = "version https://git-lfs.github.com/spec/v1\noid " OID "\nsize 12345\n";
    struct verdict verdict = ask(pointer, sizeof pointer - 1, "model.safetensors");
    cr_assert_not_null(evidence(&verdict, "file.lfs_pointer"));
    cr_assert_str_eq(evidence(&verdict, "git_lfs.oid"), OID);
    cr_assert_str_eq(evidence(&verdict, "git_lfs.size"), "12345");
    cr_assert_null(evidence(&verdict, "type.mismatch"));
    cr_assert(verdict.type.is_text);
    fact_list_finish(&verdict.facts);
}

Test(filetype, takes_pointers_as_git_lfs_does)
{
    static const char *const pointers[] = {
        "version https://git-lfs.github.com/spec/v1\r\noid " OID "\r\nsize 12345\r\n",
        "version https://hawser.github.com/spec/v1\noid " OID "\nsize 12345\n",
        "version http://git-media.io/v/2\noid " OID "\nsize 12345\n",
    };
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++) {
        struct verdict verdict = ask(pointers[i], strlen(pointers[i]), "model.safetensors");
        cr_expect_not_null(evidence(&verdict, "file.lfs_pointer"), "case %zu", i);
        cr_expect_str_eq(evidence(&verdict, "git_lfs.oid"), OID);
        cr_expect_str_eq(evidence(&verdict, "git_lfs.size"), "12345");
        fact_list_finish(&verdict.facts);
    }
}

Test(filetype, takes_nothing_else_for_a_pointer)
{
    static const char *const texts[] = {
        "version https://git-lfs.github.com/spec/v2\noid " OID "\nsize 1\n",
        "version https://git-lfs.github.com/spec/v1\nsize 1\noid " OID "\n",
        "version https://git-lfs.github.com/spec/v1\noid " OID "\n",
        "version https://git-lfs.github.com/spec/v1\noid sha256:zz\nsize 1\n",
        "version https://git-lfs.github.com/spec/v1\noid " OID "\nsize 1x\n",
        "version https://git-lfs.github.com/spec/v1\noid " OID "\nsize 1\nzzz 1\n",
        "version https://git-lfs.github.com/spec/v1\r\r\noid " OID "\r\nsize 1\r\n",
        "version https://git-lfs.github.com/spec/v1\noid " OID "\nsize 1\n\nmore text\n",
        "\nversion https://git-lfs.github.com/spec/v1\noid " OID "\nsize 1\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct verdict verdict = ask(texts[i], strlen(texts[i]), "a");
        cr_expect_null(evidence(&verdict, "file.lfs_pointer"), "case %zu", i);
        fact_list_finish(&verdict.facts);
    }
}

Test(filetype, says_when_it_does_not_know)
{
    uint8_t data[4096];
    unsigned seed = 3;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(rand_r(&seed) >> 8);
    data[0] = 0xA7;
    struct verdict verdict = ask(data, sizeof data, "a");
    cr_assert_str_eq(verdict.type.type, "application/octet-stream");
    cr_assert(!verdict.type.is_text);
    cr_assert_not_null(evidence(&verdict, "type.unknown"));
    fact_list_finish(&verdict.facts);
}

Test(filetype, survives_every_cut_of_every_magic)
{
    static const char *const names[] = {"a", "a.onnx", "a.mds", "a.msi", "a.pkl", "a.jxl", "a.docx"};
    uint8_t data[64];
    unsigned seed = 5;
    for (unsigned first = 0; first < 0x10000; first += 7)
        for (size_t size = 0; size <= sizeof data; size += 1 + size / 4) {
            for (size_t i = 0; i < sizeof data; i++)
                data[i] = (uint8_t)(i % 3 ? 0 : rand_r(&seed) >> 8);
            data[0] = (uint8_t)(first >> 8);
            data[1] = (uint8_t)first;
            if (first % 64)
                continue;
            struct verdict verdict = ask(data, size, names[first % 7]);
            cr_assert_not_null(verdict.type.type);
            fact_list_finish(&verdict.facts);
        }
}
