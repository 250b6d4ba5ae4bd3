/* SPDX-License-Identifier: Apache-2.0 */
#ifndef REPORT_ACCOUNT_READ_H
#define REPORT_ACCOUNT_READ_H

#include "report/account.h"

/** An account in the making: shared by the files that fill its parts. */
struct account_reading {
    struct db *db;
    struct account *account;
    size_t nsamples, nevidence, nrows; /**< bounds in force */
    struct err *err;
};

/**
 * Run a query and hand each row over. @param first  bound to ?1 when >= 0
 */
int account_each(struct account_reading *reading, const char *sql, int64_t first,
                 int (*row)(struct account_reading *reading, struct db_statement *statement, void *context),
                 void *context);

/** Room for one element more in an array of the account. @return the new element, zeroed; NULL: no memory,
 * worded */
void *account_append(struct account_reading *reading, void *array, size_t *count, size_t size);

/** Copies of a column; NULL becomes nothing. */
int account_bytes(struct account_reading *reading, struct db_statement *row, int column, struct bytes *bytes);
int account_text(struct account_reading *reading, struct db_statement *row, int column, const char **text);

/** An enum conformity out of a column; what none is becomes undetermined. */
enum conformity account_conformity(struct db_statement *row, int column);

/** The parts. */
int account_read_groups(struct account_reading *reading);
int account_read_rules(struct account_reading *reading);
int account_read_licenses(struct account_reading *reading);

#endif
