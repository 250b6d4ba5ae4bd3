/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every allocation of base/ and of facts fails once: a status with words, or the right result; never a crash.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/db.h"
#include "base/digest.h"
#include "base/escape.h"
#include "base/infile.h"
#include "base/json.h"
#include "base/json_write.h"
#include "base/outfile.h"
#include "base/zstd.h"
#include "fault/fail_alloc.h"
#include "model/fact.h"

static int
no_memory(struct err *err)
{
    return err_set(err, PROV_E_MEMORY, "out of memory");
}

static int
run_buf(struct err *err)
{
    struct buf buf = {0};
    int status = PROV_OK;
    for (int i = 0; i < 200 && status == PROV_OK; i++) {
        size_t before = buf.size;
        status = i % 2 ? buf_printf(&buf, "%d,", i) : buf_append_text(&buf, "even,");
        FAULT_CHECK(status == PROV_OK || buf.size == before);
        FAULT_CHECK(strlen(buf_text(&buf)) == buf.size);
    }
    FAULT_CHECK(status != PROV_OK || buf.size == 100 * 5 + 5 * 2 + 45 * 3 + 50 * 4);
    buf_finish(&buf);
    return status == PROV_OK ? PROV_OK : no_memory(err);
}

static int
run_arena(struct err *err)
{
    struct arena arena = {0};
    int status = PROV_OK;
    for (size_t i = 0; i < 300 && status == PROV_OK; i++) {
        uint8_t *memory = arena_alloc(&arena, i * 31);
        status = memory ? PROV_OK : no_memory(err);
        for (size_t j = 0; memory && j < i * 31; j++) {
            FAULT_CHECK(memory[j] == 0);
            memory[j] = 0xff;
        }
        if (i == 150)
            arena_clear(&arena);
    }
    arena_finish(&arena);
    return status;
}

static int
run_facts(struct err *err)
{
    struct fact_list list = {0};
    struct fact_set set = {.nsamples_max = 5};
    int status = PROV_OK;
    for (unsigned i = 0; i < 400 && status == PROV_OK; i++) {
        char code[16];
        (void)snprintf(code, sizeof code, "code-%u", i % 80);
        struct fact fact = {.kind = FACT_LICENSE, .code = code, .offset = i, .evidence = bytes_of(code)};
        status = fact_list_add(&list, &fact);
    }
    if (status == PROV_OK)
        status = fact_set_merge(&set, &list);
    for (size_t i = 0; i < set.nentries && status == PROV_OK; i++) {
        FAULT_CHECK(set.entries[i].count == 5 && set.entries[i].nsamples == 5);
        FAULT_CHECK(bytes_equal(set.entries[i].samples[4].evidence, bytes_of(set.entries[i].code)));
    }
    FAULT_CHECK(status != PROV_OK || set.nentries == 80);
    fact_set_finish(&set);
    fact_list_finish(&list);
    return status == PROV_OK ? PROV_OK : no_memory(err);
}

static int
run_json(struct err *err)
{
    static const char text[] =
        "{\"rules\": [{\"id\": \"a\", \"n\": [1, 2, 3], \"t\": \"\\u00e9\"}],"
        " \"a\":1,\"b\":1,\"c\":1,\"d\":1,\"e\":1,\"f\":1,\"g\":1,\"h\":1,\"i\":1,\"j\":1,"
        "\"k\":1,\"l\":1,\"m\":1,\"n\":1,\"o\":1,\"p\":1,\"q\":1}";
    struct json_file *file = NULL;
    const char *id = NULL;
    TRY(json_open_text("x.json", bytes_of(text), &file, err));
    struct json_view rule = json_first(json_find(json_root(file), "rules"));
    FAULT_CHECK(json_get_text(rule, "t", JSON_REQUIRED, &id, err) == PROV_OK && strcmp(id, "\xc3\xa9") == 0);
    FAULT_CHECK(json_count(json_find(rule, "n")) == 3);
    FAULT_CHECK(json_fail(rule, NULL, "words") == PROV_E_POLICY);
    json_close(file);
    return PROV_OK;
}

static int
run_json_write(struct err *err)
{
    struct json_write writer;
    json_write_init(&writer, NULL, NULL, true, err);
    json_write_begin_array(&writer);
    for (uint64_t i = 0; i < 1000; i++) {
        json_write_uint(&writer, i);
        json_write_text(&writer, "\"quoted\"\n");
    }
    json_write_end_array(&writer);
    int status = json_write_finish(&writer);
    FAULT_CHECK(status != PROV_OK || writer.text.size == 24892);
    if (status == PROV_OK)
        buf_finish(&writer.text);
    FAULT_CHECK(!writer.text.data);
    return status;
}

static int
run_escape(struct err *err)
{
    struct buf out = {0};
    struct bytes name = bytes_of("a\x1b[31m\xff<b>\"=\\\n");
    int status = escape_json(&out, name);
    if (status == PROV_OK)
        status = escape_terminal(&out, name);
    if (status == PROV_OK)
        status = escape_html(&out, name);
    if (status == PROV_OK)
        status = escape_csv(&out, name);
    buf_finish(&out);
    return status == PROV_OK ? PROV_OK : no_memory(err);
}

static char folder[64], file_path[96];

static int
run_files(struct err *err)
{
    struct buf content = {0};
    TRY(outfile_write_whole(file_path, bytes_of("content"), err));
    int status = infile_read(file_path, 100, &content, err);
    FAULT_CHECK(status != PROV_OK || strcmp(buf_text(&content), "content") == 0);
    buf_finish(&content);
    return status;
}

static int
run_zstd(struct err *err)
{
    struct zstd_encoder *encoder = zstd_encoder_create(3, false);
    struct zstd_decoder *decoder = zstd_decoder_create(1 << 24);
    uint8_t packed[4096], back[4096];
    static const uint8_t text[1000] = {1, 2, 3};
    struct zstd_step step = {0};
    enum zstd_result result = encoder && decoder ? ZSTD_RESULT_OK : ZSTD_RESULT_MEMORY;
    if (result == ZSTD_RESULT_OK)
        result = zstd_encode(encoder, (struct bytes){text, sizeof text}, true, packed, sizeof packed, &step);
    if (result == ZSTD_RESULT_OK) {
        FAULT_CHECK(step.frame_ended);
        result = zstd_decode(decoder, packed, step.produced, back, sizeof back, &step);
    }
    FAULT_CHECK(result == ZSTD_RESULT_OK || result == ZSTD_RESULT_MEMORY);
    FAULT_CHECK(result != ZSTD_RESULT_OK || (step.frame_ended && memcmp(back, text, sizeof text) == 0));
    zstd_encoder_destroy(encoder);
    zstd_decoder_destroy(decoder);
    return result == ZSTD_RESULT_OK ? PROV_OK : no_memory(err);
}

static int
run_digest(struct err *err)
{
    struct digest *digest = digest_create();
    if (!digest)
        return no_memory(err);
    struct fingerprint print;
    digest_update(digest, "abc", 3);
    digest_end(digest, &print);
    FAULT_CHECK(print.sha256[0] == 0xba && print.sha256[31] == 0xad);
    digest_destroy(digest);
    return PROV_OK;
}

static int
use_db(struct db *db, struct err *err)
{
    TRY(db_run(db, "CREATE TABLE t (a, b)", err));
    struct db_statement *insert = NULL, *query = NULL;
    TRY(db_prepare(db, "INSERT INTO t VALUES (?, ?)", &insert, err));
    int status = PROV_OK;
    for (int i = 0; i < 5 && status == PROV_OK; i++) {
        db_bind_int(insert, 1, i);
        db_bind_text(insert, 2, "text");
        status = db_execute(insert, err);
    }
    db_finish(insert);
    if (status == PROV_OK)
        status = db_prepare(db, "SELECT a, b FROM t ORDER BY b, a DESC", &query, err);
    int64_t sum = 0;
    bool has_row = true;
    while (status == PROV_OK && has_row) {
        status = db_step(query, &has_row, err);
        if (status == PROV_OK && has_row) {
            sum += db_int(query, 0) + (int64_t)strlen(db_text(query, 0));
            FAULT_CHECK(db_bytes(query, 1).size == 4 || db_step(query, &has_row, err) == PROV_E_MEMORY);
        }
    }
    FAULT_CHECK(status != PROV_OK || sum == 10 + 5);
    db_finish(query);
    return status;
}

static int
use_fenced_db(struct err *err)
{
    struct db *db = NULL;
    int64_t length = 0;
    TRY(db_open_fenced(1000, &db, err));
    int status = db_query_int(db, "SELECT length('text' || hex('more'))", &length, err);
    FAULT_CHECK(status != PROV_OK || length == 12);
    db_close(db);
    return status;
}

static int
run_db(struct err *err)
{
    struct db *db = NULL;
    TRY(db_open(":memory:", DB_CREATE, &db, err));
    int status = use_db(db, err);
    db_close(db);
    return status == PROV_OK ? use_fenced_db(err) : status;
}

int
main(void)
{
    (void)snprintf(folder, sizeof folder, "/tmp/provscan-fault-XXXXXX");
    FAULT_CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(file_path, sizeof file_path, "%s/file", folder);
    fail_alloc_sweep("buf", run_buf);
    fail_alloc_sweep("arena", run_arena);
    fail_alloc_sweep("facts", run_facts);
    fail_alloc_sweep("json", run_json);
    fail_alloc_sweep("json_write", run_json_write);
    fail_alloc_sweep("escape", run_escape);
    fail_alloc_sweep("files", run_files);
    fail_alloc_sweep("zstd", run_zstd);
    /* libcrypto 3.0 dies when memory runs out while it starts itself; once it is up, it reports. */
    struct err err = {0};
    FAULT_CHECK(run_digest(&err) == PROV_OK);
    fail_alloc_sweep("digest", run_digest);
    fail_alloc_sweep("db", run_db);
    FAULT_CHECK(unlink(file_path) == 0);
    FAULT_CHECK(rmdir(folder) == 0); /* nothing was left beside it */
    return 0;
}
