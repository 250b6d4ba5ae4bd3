/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

/**
 * How every function that can fail says so: PROV_OK or one of these negative numbers.
 *
 * Three kinds of trouble are never mixed. A bug of ours is an assert. A failure of ours (memory,
 * output, policy) is a status, worded once, where it happened, into a struct err, and passed up
 * unchanged with TRY. A fault in the data is a defect in the record (model/defect.h), and the scan
 * goes on; inside ingest PROV_E_DATA says "the defect is recorded, leave this container".
 */
enum prov_status {
    PROV_OK = 0,
    PROV_E_MEMORY = -1,      /**< an allocation failed, or a memory bound of ours was met */
    PROV_E_IO = -2,          /**< reading or writing one of our own files failed */
    PROV_E_USAGE = -3,       /**< the command line or an argument makes no sense */
    PROV_E_POLICY = -4,      /**< a policy file is wrong */
    PROV_E_STORE = -5,       /**< the database refused */
    PROV_E_INTERRUPTED = -6, /**< asked to stop */
    PROV_E_PROTOCOL = -7,    /**< a worker sent what no worker sends */
    PROV_E_DATA = -8,        /**< the data is at fault; a defect says how (ingest only) */
    PROV_E_INTERNAL = -9,    /**< a library behaved as it never should */
};

enum { ERR_TEXT_MAX = 1024 };

/** The words for a failure. Zero-initialise; the first to fail writes, nobody overwrites. */
struct err {
    int status;              /**< PROV_OK while nothing failed */
    char text[ERR_TEXT_MAX]; /**< lower case, no full stop, quotes the input; valid UTF-8 is not promised */
};

/**
 * Word a failure, unless one is worded already.
 *
 * @param err     may be NULL: then the words are lost and only the status remains
 * @param status  one of PROV_E_*
 * @return status
 */
int err_set(struct err *err, int status, const char *format, ...) __attribute__((format(printf, 3, 4)));

/** The name of a status for messages, e.g. "out of memory"; static. */
const char *status_text(int status);

/** Leave the function with the status of expr unless it is PROV_OK. The only macro that changes flow. */
#define TRY(expr)                                                                                            \
    do {                                                                                                     \
        int try_status_ = (expr);                                                                            \
        if (try_status_ != PROV_OK)                                                                          \
            return try_status_;                                                                              \
    } while (0)

#endif
