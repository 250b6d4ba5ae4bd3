/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only file that knows SQLite: result codes become statuses with words, and every handle is opened
 * the same careful way.
 *
 *   - One writer: DB_CREATE and DB_READ_WRITE use a write-ahead log in exclusive mode. SQLite then needs no
 *     shared memory file, takes no lock per statement, and the kernel lets go of the lock when the process
 *     dies, however it dies.
 *   - synchronous=NORMAL: a crash of the process loses nothing, a crash of the machine loses the last
 *     transactions but never half of one.
 *   - A store may come from a stranger (`provscan report` on a downloaded scan.db): the schema is not
 *     trusted, cells are checked, double-quoted strings are not guessed to be literals.
 *   - Sorts that outgrow the page cache go to an unlinked file beside the database, never to another folder.
 *
 * The fence. A rule of a policy is an SQL expression over facts, and facts are values: whoever runs it reads
 * them and binds them. So rules are compiled and run on a handle of their own that holds no table
 * (db_open_fenced), and its fence is never lifted. SQLite's authorizer is asked at compile time for each
 * thing a statement does, and a progress callback counts what it costs at run time:
 *
 *     SELECT        yes
 *     FUNCTION f    f is in the list of pure functions
 *     all else      no
 */
#include "base/db.h"

#include <assert.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <sqlite3.h>

enum {
    BUSY_TIMEOUT_MS = 500,    /* long enough for the start and end of another, short enough for a person */
    PROGRESS_GRAIN = 100,     /* virtual machine steps between two looks at the budget */
    ROW_BYTES_MAX = 64 << 20, /* of one value or row; SQLite's own bound is a gigabyte */
    FENCED_SQL_BYTES_MAX = 64 << 10,
    FENCED_VALUE_BYTES_MAX = 1 << 20,
    FENCED_EXPRESSION_DEPTH_MAX = 200,
    FENCED_PATTERN_BYTES_MAX = 200, /* LIKE and GLOB take time in pattern times text, in one step */
};

struct db {
    sqlite3 *handle; /**< owned */
    bool writes;     /**< opened to write */
    char *path;      /**< as given, for messages; owned */
    bool fenced;                /**< see above */
    uint64_t nsteps_max; /**< of one run of a statement behind the fence */
    uint64_t nsteps;     /**< of the present run */
    char denied[160];    /**< what the authorizer last refused, in words; "" when nothing */
};

struct db_statement {
    struct db *db;
    sqlite3_stmt *handle; /**< owned */
    int bind_result;      /**< of the first bind that failed since the last reset */
    int bind_index;       /**< its parameter */
    bool out_of_memory;   /**< while a column was read */
};

/* Why the system refused, in words. SQLite keeps the reason for most calls but not for a failed COMMIT; there
   errno still holds it, if it was 0 before. */
static const char *
reason_of(const struct db *db, int result, int last_errno)
{
    int reason = sqlite3_system_errno(db->handle);
    if (reason == 0)
        reason = last_errno;
    return reason ? strerror(reason) : sqlite3_errstr(result);
}

/* Word what SQLite says; result is an extended result code. */
static int
fail(const struct db *db, int result, struct err *err)
{
    int last_errno = errno;
    const char *path = db->path;
    if (result == SQLITE_IOERR_NOMEM)
        result = SQLITE_NOMEM;
    switch (result & 0xff) {
    case SQLITE_NOMEM:
        return err_set(err, PROV_E_MEMORY, "%s: out of memory in the database", path);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return err_set(err, PROV_E_STORE, "%s: in use: another provscan is at work on it", path);
    case SQLITE_FULL:
        return err_set(err, PROV_E_STORE, "%s: no space left on device", path);
    case SQLITE_READONLY:
        return err_set(err, PROV_E_STORE, "%s: not writable", path);
    case SQLITE_CANTOPEN:
        return err_set(err, PROV_E_STORE, "%s: cannot be opened: %s", path,
                       reason_of(db, result, last_errno));
    case SQLITE_NOTADB:
        return err_set(err, PROV_E_STORE, "%s: not a database", path);
    case SQLITE_IOERR:
        return err_set(err, PROV_E_STORE, "%s: %s", path, reason_of(db, result, last_errno));
    case SQLITE_INTERRUPT:
        return err_set(err, PROV_E_STORE, "more than %llu steps", (unsigned long long)db->nsteps_max);
    case SQLITE_AUTH:
        return err_set(err, PROV_E_STORE, "not allowed: %s",
                       db->denied[0] ? db->denied : sqlite3_errmsg(db->handle));
    default: /* a fenced handle has no file that a user knows */
        return err_set(err, PROV_E_STORE, "%s%s%s", db->fenced ? "" : path, db->fenced ? "" : ": ",
                       sqlite3_errmsg(db->handle));
    }
}

/* Temporary files of sorts belong beside the database; where that folder is not writable, SQLite's own
   choice stands. */
static int
keep_temporary_files_near(struct db *db, struct err *err)
{
    const char *slash = strrchr(db->path, '/');
    int size = slash ? (int)(slash - db->path) : 1;
    char *sql = sqlite3_mprintf("PRAGMA temp_store_directory='%.*q'", size ? size : 1,
                                slash ? (size ? db->path : "/") : ".");
    int result = sql ? sqlite3_exec(db->handle, sql, NULL, NULL, NULL) : SQLITE_NOMEM;
    sqlite3_free(sql);
    return (result & 0xff) == SQLITE_NOMEM ? fail(db, result, err) : PROV_OK;
}

static int
configure(struct db *db, enum db_mode mode, struct err *err)
{
    sqlite3 *handle = db->handle;
    (void)sqlite3_extended_result_codes(handle, 1);
    (void)sqlite3_busy_timeout(handle, BUSY_TIMEOUT_MS);
    (void)sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, ROW_BYTES_MAX);
    static const struct {
        int option, value;
    } options[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
        {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        (void)sqlite3_db_config(handle, options[i].option, options[i].value, NULL);
    TRY(db_run(
        db,
        "PRAGMA page_size=8192; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA cache_size=-8192;"
        "PRAGMA foreign_keys=OFF; PRAGMA secure_delete=OFF;",
        err));
    if (strcmp(db->path, ":memory:") == 0)
        return PROV_OK;
    TRY(keep_temporary_files_near(db, err));
    /* The pragmas read nothing yet; the last statement takes the lock, or tells that this is no database. */
    if (mode != DB_READ_ONLY)
        TRY(db_run(db,
                   "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=NORMAL; PRAGMA journal_mode=WAL;"
                   "BEGIN IMMEDIATE; COMMIT;",
                   err));
    return db_run(db, "PRAGMA schema_version", err);
}

int
db_open(const char *path, enum db_mode mode, struct db **out, struct err *err)
{
    static const int flags[] = {
        [DB_CREATE] = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
        [DB_READ_WRITE] = SQLITE_OPEN_READWRITE,
        [DB_READ_ONLY] = SQLITE_OPEN_READONLY,
    };
    /* Counting memory takes a lock at each allocation, a tenth of the time of an insert. Refused, and not
       needed any more, once SQLite is at work. */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    struct db *db = calloc(1, sizeof *db);
    /* SQLite gives meanings to the empty path and to paths that begin with "file:" or ':'. */
    bool memory = strcmp(path, ":memory:") == 0;
    if (db)
        db->writes = mode != DB_READ_ONLY && !memory;
    size_t size = strlen(path) + 3;
    char *name = malloc(size);
    if (!db || !name || !(db->path = strdup(path))) {
        free(name);
        db_close(db);
        return err_set(err, PROV_E_MEMORY, "%s: out of memory in the database", path);
    }
    (void)snprintf(name, size, "%s%s", memory || path[0] == '/' ? "" : "./", path);
    errno = 0;
    int result = sqlite3_open_v2(name, &db->handle, flags[mode] | SQLITE_OPEN_NOMUTEX, NULL);
    free(name);
    int status = PROV_OK;
    if (!db->handle)
        status = err_set(err, PROV_E_MEMORY, "%s: out of memory in the database", path);
    else if (result != SQLITE_OK)
        status = fail(db, sqlite3_extended_errcode(db->handle), err);
    else
        status = configure(db, mode, err);
    if (status != PROV_OK) {
        db_close(db);
        return status;
    }
    *out = db;
    return PROV_OK;
}

void
db_close(struct db *db)
{
    if (!db)
        return;
    /* Back to one file that can be read from anywhere: a reader of a write-ahead log needs a writable folder.
     */
    if (db->handle && db->writes)
        (void)sqlite3_exec(db->handle, "PRAGMA journal_mode=DELETE", NULL, NULL, NULL);
    int result = sqlite3_close(db->handle);
    assert(result == SQLITE_OK); /* else a statement was left open */
    (void)result;
    free(db->path);
    free(db);
}

int
db_run(struct db *db, const char *sql, struct err *err)
{
    errno = 0;
    int result = sqlite3_exec(db->handle, sql, NULL, NULL, NULL);
    return result == SQLITE_OK ? PROV_OK : fail(db, sqlite3_extended_errcode(db->handle), err);
}

/* VACUUM and EXPLAIN pass the authorizer at compile time. */
static bool
is_query(sqlite3_stmt *statement)
{
    return sqlite3_stmt_readonly(statement) && !sqlite3_stmt_isexplain(statement) &&
           sqlite3_column_count(statement) > 0;
}

int
db_prepare(struct db *db, const char *sql, struct db_statement **out, struct err *err)
{
    db->denied[0] = 0;
    struct db_statement *statement = calloc(1, sizeof *statement);
    if (!statement)
        return err_set(err, PROV_E_MEMORY, "%s: out of memory in the database", db->path);
    statement->db = db;
    const char *rest = "";
    int result =
        sqlite3_prepare_v3(db->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement->handle, &rest);
    int status = PROV_OK;
    if (result != SQLITE_OK)
        status = fail(db, db->denied[0] ? SQLITE_AUTH : sqlite3_extended_errcode(db->handle), err);
    else if (!statement->handle || rest[strspn(rest, " \t\r\n;")] ||
             (db->fenced && !is_query(statement->handle)))
        status = err_set(err, PROV_E_STORE, "not one SQL statement: '%.200s'", sql);
    if (status != PROV_OK) {
        db_finish(statement);
        return status;
    }
    *out = statement;
    return PROV_OK;
}

void
db_finish(struct db_statement *statement)
{
    if (!statement)
        return;
    (void)sqlite3_finalize(statement->handle); /* repeats the failure of the last step, told already */
    free(statement);
}

static void
note_bind(struct db_statement *statement, int index, int result)
{
    if (result != SQLITE_OK && statement->bind_result == SQLITE_OK) {
        statement->bind_result = result;
        statement->bind_index = index;
    }
}

void
db_bind_int(struct db_statement *statement, int index, int64_t value)
{
    note_bind(statement, index, sqlite3_bind_int64(statement->handle, index, value));
}

void
db_bind_double(struct db_statement *statement, int index, double value)
{
    note_bind(statement, index, sqlite3_bind_double(statement->handle, index, value));
}

void
db_bind_text(struct db_statement *statement, int index, const char *text)
{
    if (text)
        db_bind_text_bytes(statement, index, bytes_of(text));
    else
        db_bind_null(statement, index);
}

void
db_bind_text_bytes(struct db_statement *statement, int index, struct bytes text)
{
    const char *data = text.size ? (const char *)text.data : "";
    note_bind(statement, index,
              sqlite3_bind_text64(statement->handle, index, data, text.size, SQLITE_STATIC, SQLITE_UTF8));
}

void
db_bind_bytes(struct db_statement *statement, int index, struct bytes bytes)
{
    const void *data = bytes.size ? (const void *)bytes.data : ""; /* a NULL pointer would bind NULL */
    note_bind(statement, index,
              sqlite3_bind_blob64(statement->handle, index, data, bytes.size, SQLITE_STATIC));
}

void
db_bind_null(struct db_statement *statement, int index)
{
    note_bind(statement, index, sqlite3_bind_null(statement->handle, index));
}

int
db_step(struct db_statement *statement, bool *has_row, struct err *err)
{
    struct db *db = statement->db;
    if (statement->out_of_memory)
        return fail(db, SQLITE_NOMEM, err);
    if (statement->bind_result != SQLITE_OK)
        return err_set(err, statement->bind_result == SQLITE_NOMEM ? PROV_E_MEMORY : PROV_E_STORE,
                       "%s: parameter %d: %s", db->path, statement->bind_index,
                       sqlite3_errstr(statement->bind_result));
    if (!sqlite3_stmt_busy(statement->handle))
        db->nsteps = 0;
    errno = 0;
    int result = sqlite3_step(statement->handle);
    if (result != SQLITE_ROW && result != SQLITE_DONE)
        return fail(db, result, err);
    *has_row = result == SQLITE_ROW;
    return PROV_OK;
}

int
db_execute(struct db_statement *statement, struct err *err)
{
    bool has_row = true;
    int status = PROV_OK;
    while (has_row && status == PROV_OK)
        status = db_step(statement, &has_row, err);
    db_reset(statement);
    return status;
}

void
db_reset(struct db_statement *statement)
{
    (void)sqlite3_reset(statement->handle); /* repeats the failure of the last step, told already */
    (void)sqlite3_clear_bindings(statement->handle);
    statement->bind_result = SQLITE_OK;
    statement->out_of_memory = false;
}

/* The value in a column. Each sqlite3_column_* call ends with a look at the handle's state, which costs more
   than reading the value; here it is paid once a value, and not once for its type, its bytes and its size. */
static sqlite3_value *
value_at(struct db_statement *statement, int column)
{
    return sqlite3_column_value(statement->handle, column);
}

bool
db_is_null(struct db_statement *statement, int column)
{
    return sqlite3_value_type(value_at(statement, column)) == SQLITE_NULL;
}

int64_t
db_int(struct db_statement *statement, int column)
{
    return sqlite3_value_int64(value_at(statement, column));
}

int64_t
db_int_or(struct db_statement *statement, int column, int64_t absent)
{
    sqlite3_value *value = value_at(statement, column);
    return sqlite3_value_type(value) == SQLITE_NULL ? absent : sqlite3_value_int64(value);
}

double
db_double(struct db_statement *statement, int column)
{
    return sqlite3_value_double(value_at(statement, column));
}

const char *
db_text(struct db_statement *statement, int column)
{
    sqlite3_value *value = value_at(statement, column);
    bool is_null = sqlite3_value_type(value) == SQLITE_NULL;
    const char *text = (const char *)sqlite3_value_text(value);
    if (!text && !is_null)
        statement->out_of_memory = true;
    return text ? text : "";
}

struct bytes
db_bytes(struct db_statement *statement, int column)
{
    sqlite3_value *value = value_at(statement, column);
    if (sqlite3_value_type(value) == SQLITE_NULL)
        return (struct bytes){0};
    const void *data = sqlite3_value_blob(value);
    int size = sqlite3_value_bytes(value);
    if (!data && sqlite3_errcode(statement->db->handle) == SQLITE_NOMEM)
        statement->out_of_memory = true;
    return (struct bytes){.data = data, .size = data ? (size_t)size : 0};
}

int
db_ncolumns(struct db_statement *statement)
{
    return sqlite3_column_count(statement->handle);
}

const char *
db_column_name(struct db_statement *statement, int column)
{
    const char *name = sqlite3_column_name(statement->handle, column);
    if (!name)
        statement->out_of_memory = true;
    return name ? name : "";
}

/* A test with its context, for SQLite to keep. */
struct test_binding {
    bool (*test)(void *context, struct bytes value);
    void *context;
};

static void
run_test(sqlite3_context *call, int nvalues, sqlite3_value **values)
{
    const struct test_binding *binding = sqlite3_user_data(call);
    (void)nvalues;
    const void *data = sqlite3_value_blob(values[0]);
    size_t size = data ? (size_t)sqlite3_value_bytes(values[0]) : 0;
    sqlite3_result_int(call, binding->test(binding->context, (struct bytes){data, size}));
}

int
db_add_test(struct db *db, const char *name, bool (*test)(void *context, struct bytes value), void *context,
            struct err *err)
{
    struct test_binding *binding = test ? malloc(sizeof *binding) : NULL;
    if (test && !binding)
        return err_set(err, PROV_E_MEMORY, "%s: out of memory in the database", db->path);
    if (test)
        *binding = (struct test_binding){test, context};
    int result =
        sqlite3_create_function_v2(db->handle, name, 1, SQLITE_UTF8 | SQLITE_DIRECTONLY, binding,
                                   test ? run_test : NULL, NULL, NULL, free); /* freed when it fails, too */
    return result == SQLITE_OK ? PROV_OK : fail(db, result, err);
}

int
db_query_int(struct db *db, const char *sql, int64_t *value, struct err *err)
{
    struct db_statement *statement = NULL;
    bool has_row = false;
    TRY(db_prepare(db, sql, &statement, err));
    assert(statement);
    int status = db_step(statement, &has_row, err);
    if (status == PROV_OK && !has_row)
        status = err_set(err, PROV_E_STORE, "%s: no row for '%.200s'", db->path, sql);
    if (status == PROV_OK)
        *value = db_int(statement, 0);
    db_finish(statement);
    return status;
}

int64_t
db_last_id(struct db *db)
{
    return sqlite3_last_insert_rowid(db->handle);
}

/* Functions of SQLite that depend on their arguments alone. */
static const char *const pure_functions[] = {
    "abs",   "coalesce",   "glob",   "hex",      "ifnull",    "iif",    "instr",  "length",
    "like",  "lower",      "ltrim",  "max",      "min",       "nullif", "quote",  "replace",
    "round", "rtrim",      "sign",   "substr",   "substring", "trim",   "typeof", "unicode",
    "upper", "likelihood", "likely", "unlikely", NULL,
};

static bool
is_listed(const char *const *names, const char *name)
{
    for (size_t i = 0; name && names[i]; i++)
        if (strcasecmp(names[i], name) == 0)
            return true;
    return false;
}

static int
authorize(void *context, int action, const char *first, const char *second, const char *schema,
          const char *inner)
{
    struct db *db = context;
    (void)schema;
    (void)inner;
    switch (action) {
    case SQLITE_SELECT:
        return SQLITE_OK;
    case SQLITE_READ:
        (void)snprintf(db->denied, sizeof db->denied, "reading '%.100s'", first ? first : "");
        return SQLITE_DENY;
    case SQLITE_FUNCTION:
        if (is_listed(pure_functions, second))
            return SQLITE_OK;
        (void)snprintf(db->denied, sizeof db->denied, "the function '%.100s'", second ? second : "");
        return SQLITE_DENY;
    default:
        (void)snprintf(db->denied, sizeof db->denied, "anything but calling pure functions");
        return SQLITE_DENY;
    }
}

/* Called every PROGRESS_GRAIN steps; not 0 interrupts the statement. */
static int
spend_steps(void *context)
{
    struct db *db = context;
    db->nsteps += PROGRESS_GRAIN;
    return db->nsteps > db->nsteps_max;
}

int
db_open_fenced(uint64_t nsteps_max, struct db **out, struct err *err)
{
    static const struct {
        int limit, value;
    } limits[] = {
        {SQLITE_LIMIT_LENGTH, FENCED_VALUE_BYTES_MAX},
        {SQLITE_LIMIT_SQL_LENGTH, FENCED_SQL_BYTES_MAX},
        {SQLITE_LIMIT_EXPR_DEPTH, FENCED_EXPRESSION_DEPTH_MAX},
        {SQLITE_LIMIT_LIKE_PATTERN_LENGTH, FENCED_PATTERN_BYTES_MAX},
        {SQLITE_LIMIT_ATTACHED, 0},
    };
    struct db *db = NULL;
    TRY(db_open(":memory:", DB_CREATE, &db, err));
    db->fenced = true;
    db->nsteps_max = nsteps_max;
    (void)sqlite3_set_authorizer(db->handle, authorize, db);
    sqlite3_progress_handler(db->handle, PROGRESS_GRAIN, spend_steps, db);
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++)
        (void)sqlite3_limit(db->handle, limits[i].limit, limits[i].value);
    *out = db;
    return PROV_OK;
}

void
db_allow_steps(struct db *db, uint64_t nsteps_max)
{
    db->nsteps_max = nsteps_max;
}

int
db_count_steps(struct db *db, const char *sql, uint64_t *nsteps, struct err *err)
{
    sqlite3_stmt *listing = NULL;
    char *explain = sqlite3_mprintf("EXPLAIN %s", sql);
    int result = explain ? sqlite3_prepare_v2(db->handle, explain, -1, &listing, NULL) : SQLITE_NOMEM;
    uint64_t count = 0;
    while (result == SQLITE_OK || result == SQLITE_ROW) {
        result = sqlite3_step(listing);
        count += result == SQLITE_ROW;
    }
    (void)sqlite3_finalize(listing); /* repeats the failure of the last step */
    sqlite3_free(explain);
    if (result != SQLITE_DONE)
        return fail(db, result, err);
    *nsteps = count;
    return PROV_OK;
}

const char *
db_sqlite_version(void)
{
    return sqlite3_libversion();
}
