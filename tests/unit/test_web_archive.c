/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "unit_reading.h"

static struct recording_sink recording;
static struct buf archive;

static void
setup(void)
{
    recording_sink_init(&recording);
    archive = (struct buf){0};
}

static void
teardown(void)
{
    recording_sink_finish(&recording);
    buf_finish(&archive);
}

TestSuite(web_archive, .init = setup, .fini = teardown);

static void
add(const char *text)
{
    cr_assert_eq(buf_append_text(&archive, text), PROV_OK);
}

/* A record of WARC; fields end with CRLF each. */
static void
add_record(const char *type, const char *fields, const char *block)
{
    cr_assert_eq(buf_printf(&archive, "WARC/1.0\r\nWARC-Type: %s\r\n%sContent-Length: %zu\r\n\r\n%s\r\n\r\n",
                            type, fields, strlen(block), block),
                 PROV_OK);
}

#define URI(text) "WARC-Target-URI: " text "\r\n"
#define HTTP "Content-Type: application/http; msgtype=response\r\n"

static void
read_archive(const char *name)
{
    cr_assert_eq(unit_read_bytes(buf_bytes(&archive), name, NULL, &recording), PROV_OK);
    cr_assert_eq(recording.nopen, 0);
    cr_assert(bytes_equal(buf_bytes(&recording.items[0]->data), buf_bytes(&archive)), "digested whole");
}

static void
expect(const char *path, const char *content)
{
    struct recorded_item *item = recorded_find(&recording, path);
    cr_assert_not_null(item, "no item '%s'", path);
    cr_expect_str_eq(buf_text(&item->data), content, "%s: '%s'", path, buf_text(&item->data));
}

static void
expect_defects(const char *path, size_t count, enum defect defect)
{
    struct recorded_item *item = recorded_find(&recording, path);
    cr_assert_not_null(item, "no item '%s'", path);
    cr_expect_eq(item->ndefects, count, "%s: %zu defects, %s", path, item->ndefects,
                 item->ndefects ? item->defects[0].text : "");
    if (count)
        cr_expect(recorded_has(item, defect), "%s: %s", path,
                  item->ndefects ? item->defects[0].text : "none");
}

static const char *
url_of(const char *path)
{
    struct recorded_item *item = recorded_find(&recording, path);
    cr_assert_not_null(item, "no item '%s'", path);
    return item->nfacts ? item->facts[0].evidence : "";
}

Test(web_archive, gives_head_and_body_of_a_response_and_other_records_whole)
{
    add_record("warcinfo", "", "software: x\r\n");
    add_record("request", URI("http://example.org/") "Content-Type: application/http; msgtype=request\r\n",
               "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
    add_record("response",
               URI("<http://u:p@example.org/a?token=1#f>") "WARC-Date: 2013-12-03T20:46:12.5Z\r\n" HTTP,
               "HTTP/1.1 200 OK\r\nX: y\r\n\r\n<p>hello</p>");
    add_record("conversion", URI("http://example.org/"), "plain");
    add_record("response", URI("dns:example.org") "Content-Type: text/dns\r\n",
               "20131203204612\nexample.org. 1");
    read_archive("x.warc");
    cr_assert_eq(recording.nitems, 7);
    expect("1-warcinfo", "software: x\r\n");
    expect("2-request", "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n");
    expect("3-http", "HTTP/1.1 200 OK\r\nX: y\r\n\r\n");
    expect("3-response", "<p>hello</p>");
    expect("4-conversion", "plain");
    expect("5-response", "20131203204612\nexample.org. 1");
    cr_expect_str_eq(url_of("3-response"), "http://example.org/a", "%s", url_of("3-response"));
    cr_expect_str_eq(url_of("3-http"), "");
    cr_expect_eq(recorded_find(&recording, "3-response")->item.head.mtime, 1386103572);
    for (size_t i = 0; i < recording.nitems; i++)
        cr_expect_eq(recording.items[i]->ndefects, 0, "%s", recording.items[i]->path);
}

Test(web_archive, reads_lines_that_end_as_they_should_not)
{
    add("WARC/0.18\nWARC-Type: response\nContent-Type: application/http\ncontent-length:   28 \n"
        "WARC-Target-URI:\n http://example.org/\n\nHTTP/1.0 200 OK\nA: b\n\n<body>");
    add("WARC/1.1\r\nWARC-Type: metadata\r\nContent-Length: 1\r\n\r\nx\r\n\r\n\r\n\r\n");
    read_archive("x.warc");
    expect("1-response", "<body>");
    expect("2-metadata", "x");
    cr_expect_str_eq(url_of("1-response"), "http://example.org/");
    expect_defects("", 0, DEFECT_COUNT);
}

Test(web_archive, joins_chunks)
{
    static const char head[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    static const struct {
        const char *body, *content;
        size_t ndefects;
        enum defect defect;
    } cases[] = {
        {"5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n", "hello world", 0, DEFECT_COUNT},
        {"5\nhello\n0\n\n", "hello", 0, DEFECT_COUNT},
        {"00005 \r\nhello\r\n0\r\nTrailer: x\r\n\r\n", "hello", 0, DEFECT_COUNT},
        {"0\r\n\r\n", "", 0, DEFECT_COUNT},
        {"<html>not in chunks", "<html>not in chunks", 0, DEFECT_COUNT},
        {"face it, this is text", "face it, this is text", 0, DEFECT_COUNT},
        {"5\r\nhelloXX\r\n0\r\n\r\n", "helloXX\r\n0\r\n\r\n", 1, DEFECT_ARCHIVE_CORRUPT},
        {"5\r\nhello\r\nzz\r\nrest", "hellozz\r\nrest", 1, DEFECT_ARCHIVE_CORRUPT},
        {"50\r\nhello", "hello", 1, DEFECT_ARCHIVE_CORRUPT},
        {"5\r\nhello\r\n", "hello", 1, DEFECT_ARCHIVE_CORRUPT},
        {"5\r\nhello\r\n0\r\n\r\nsecret", "hello\r\nsecret", 1, DEFECT_ARCHIVE_TRAILING_DATA},
        {"fffffffffffffffff\r\nhello", "fffffffffffffffff\r\nhello", 0, DEFECT_COUNT},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buf block = {0};
        cr_assert_eq(buf_printf(&block, "%s%s", head, cases[i].body), PROV_OK);
        buf_clear(&archive);
        recording_sink_finish(&recording);
        recording_sink_init(&recording);
        add_record("response", HTTP, buf_text(&block));
        add_record("metadata", "", "next");
        read_archive("x.warc");
        expect("1-response", cases[i].content);
        expect_defects("1-response", cases[i].ndefects, cases[i].defect);
        expect("2-metadata", "next");
        buf_finish(&block);
    }
}

Test(web_archive, says_which_bodies_are_not_opened)
{
    add_record("response", HTTP, "HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nxxxx");
    add_record("response", HTTP, "HTTP/1.1 200 OK\r\nContent-Encoding: identity\r\n\r\nxxxx");
    read_archive("x.warc");
    expect_defects("1-response", 1, DEFECT_ARCHIVE_UNSUPPORTED);
    expect_defects("2-response", 0, DEFECT_COUNT);
}

Test(web_archive, carries_reservations_of_the_head_to_the_body)
{
    add_record(
        "response", URI("http://example.org/") HTTP,
        "HTTP/1.1 200 OK\r\ntdm-reservation: 1\r\nX-Robots-Tag: noindex\r\nContent-Usage:\r\n\r\nbody");
    add_record("response", HTTP, "HTTP/1.1 200 OK\r\n\r\nbody");
    read_archive("x.warc");
    struct recorded_item *item = recorded_find(&recording, "1-response");
    cr_assert_eq(item->nfacts, 2);
    cr_expect_str_eq(item->facts[0].code, "reservation.tdm");
    cr_expect_str_eq(item->facts[0].evidence, "tdm-reservation: 1");
    cr_expect_str_eq(item->facts[1].code, "source.url");
    cr_expect_eq(recorded_find(&recording, "1-http")->nfacts, 0);
    cr_expect_eq(recorded_find(&recording, "2-response")->nfacts, 0);
}

Test(web_archive, verifies_block_digests)
{
    static const char base32[] =
        "WARC-Block-Digest: sha1:VL2MMHO4YXUKFWV63YHTWSBM3GXKSQ2N\r\n"; /* of "hello" */
    add_record("resource", "WARC-Block-Digest: sha1:AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D\r\n", "hello");
    add_record("resource", base32, "hello");
    read_archive("x.warc");
    expect_defects("", 0, DEFECT_COUNT);
    add_record("resource", base32, "hellO");
    add_record("resource", "WARC-Block-Digest: sha1:short\r\n", "hello");
    recording_sink_finish(&recording);
    recording_sink_init(&recording);
    read_archive("x.warc");
    expect_defects("", 1, DEFECT_ARCHIVE_CHECKSUM_MISMATCH);
}

Test(web_archive, loses_nothing_between_records)
{
    add_record("warcinfo", "", "x");
    add("what lies here\nWARC is not a record\n");
    add_record("metadata", "", "y");
    add("WARC/1.0\r\nWARC-Type: metadata\r\n\r\nno length\r\n");
    add_record("metadata", "", "z");
    add("the end");
    read_archive("x.warc");
    expect("1-warcinfo", "x");
    expect("2-gap", "what lies here\nWARC is not a record\n");
    expect("3-metadata", "y");
    expect("4-metadata", "no length\r\n");
    expect("5-metadata", "z");
    expect("6-gap", "the end");
    expect_defects("", 3, DEFECT_ARCHIVE_GAP_DATA);
    expect_defects("", 3, DEFECT_ARCHIVE_CORRUPT);
}

Test(web_archive, tells_every_cut)
{
    add_record("warcinfo", "", "x");
    add_record("response", HTTP, "HTTP/1.1 200 OK\r\nX: y\r\n\r\n<p>hello</p>");
    size_t first = (size_t)((uint8_t *)strstr(buf_text(&archive), "response") - archive.data) - 21;
    struct bytes whole = buf_bytes(&archive);
    for (size_t size = first + 1; size < whole.size - 4; size++) {
        recording_sink_finish(&recording);
        recording_sink_init(&recording);
        struct bytes part = {.data = whole.data, .size = size};
        cr_assert_eq(unit_read_bytes(part, "x.warc", NULL, &recording), PROV_OK);
        size_t ndefects = 0;
        for (size_t i = 0; i < recording.nitems; i++)
            ndefects += recording.items[i]->ndefects;
        cr_expect(ndefects > 0, "cut at %zu of %zu", size, whole.size);
    }
}

Test(web_archive, reads_both_versions_of_arc)
{
    add("filedesc://x.arc 0.0.0.0 19960923142103 text/plain 76\n1 0 Alexa Internet\n"
        "URL IP-address Archive-date Content-type Archive-length\n\n");
    add("http://example.org/a?b=c 1.2.3.4 19961104142103 text/html 30\n"
        "HTTP/1.0 200 OK\r\nA: b\r\n\r\n<b>hi\n");
    add("http://example.org/ 1.2.3.4 19961104142103 text/html 200 - - 0 x.arc 5\n"
        "plain\n");
    read_archive("x.arc");
    expect("1-filedesc", "1 0 Alexa Internet\nURL IP-address Archive-date Content-type Archive-length\n\n");
    expect("2-http", "HTTP/1.0 200 OK\r\nA: b\r\n\r\n");
    expect("2-response", "<b>hi");
    expect("3-response", "plain");
    cr_expect_str_eq(url_of("2-response"), "http://example.org/a");
    cr_expect_eq(recorded_find(&recording, "2-response")->item.head.mtime, 847117263);
    expect_defects("", 0, DEFECT_COUNT);
    add("no record at all\n");
    recording_sink_finish(&recording);
    recording_sink_init(&recording);
    read_archive("x.arc");
    expect("4-gap", "no record at all\n");
    expect_defects("", 1, DEFECT_ARCHIVE_GAP_DATA);
}

Test(web_archive, takes_no_text_for_an_archive)
{
    static const char *const texts[] = {"WARC/1.0 is a format.\nIt has records.\n",
                                        "WARC/x.0\r\nWARC-Type: a\r\n", "filedesc: a word\n",
                                        "filedesc://a b c d e\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        recording_sink_finish(&recording);
        recording_sink_init(&recording);
        buf_clear(&archive);
        add(texts[i]);
        read_archive("x");
        cr_expect_eq(recording.nitems, 1, "%s", texts[i]);
    }
}
