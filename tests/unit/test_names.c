/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "ingest/names.h"
#include "crawled_tree.h"

static _Alignas(8) uint8_t entries[65536];

static void
make_files(int count)
{
    for (int i = 0; i < count; i++) {
        char path[32];
        (void)snprintf(path, sizeof path, "d/%x", (unsigned)i * 2654435761U);
        tree_file(path, "");
    }
}

/** List d in portions of at most bytes_max; each must be in order and complete. @return how many portions */
static int
list_in_portions(size_t bytes_max, int expected)
{
    int folder = open("d", O_RDONLY | O_DIRECTORY), total = 0, nportions = 0, error;
    struct names names = {0};
    char after[256] = "";
    do {
        struct names_request request = {.after = bytes_of(after),
                                        .bytes_max = bytes_max,
                                        .buffer = entries,
                                        .buffer_size = sizeof entries};
        cr_assert_eq(names_list(&names, folder, &request, &error), PROV_OK);
        cr_assert_eq(error, 0);
        cr_assert(names.count > 0 || !names.more);
        for (size_t i = 0; i < names.count; i++) {
            struct bytes text = names_text(&names, i);
            cr_assert_lt(strcmp(after, (const char *)text.data), 0);
            memcpy(after, text.data, text.size + 1);
            total++;
            cr_assert_eq(names_find(&names, after), (int64_t)i);
        }
        nportions++;
    } while (names.more);
    cr_assert_eq(total, expected);
    names_finish(&names);
    (void)close(folder);
    return nportions;
}

Test(names, are_in_order_and_complete_however_small_the_portions)
{
    char name[64];
    tree_begin(name);
    tree_folder("d");
    make_files(2000);
    cr_assert_eq(list_in_portions(1 << 20, 2000), 1);
    cr_assert_gt(list_in_portions(10000, 2000), 5);
    cr_assert_gt(list_in_portions(1000, 2000), 50);
    cr_assert_eq(list_in_portions(1, 2000), 2000);
    tree_remove(name);
}

Test(names, of_an_empty_folder_are_none)
{
    char name[64];
    tree_begin(name);
    tree_folder("d");
    cr_assert_eq(list_in_portions(1000, 0), 1);
    tree_remove(name);
}

Test(names, sort_by_unsigned_bytes_the_shorter_first)
{
    static const char *const sorted[] = {"\001",      "-",         "a",        "a\001", "aaaaaaaa",
                                         "aaaaaaaaa", "aaaaaaaab", "aaaaaaab", "ab",    "b",
                                         "\xc3\xa9",  "\xff",      "\xff\xff"};
    enum { COUNT = sizeof sorted / sizeof sorted[0] };
    char name[64], path[64];
    tree_begin(name);
    tree_folder("d");
    for (int i = COUNT; i-- > 0;) {
        (void)snprintf(path, sizeof path, "d/%s", sorted[i]);
        tree_file(path, "");
    }
    int folder = open("d", O_RDONLY | O_DIRECTORY), error;
    struct names names = {0};
    struct names_request request = {.bytes_max = 1 << 20, .buffer = entries, .buffer_size = sizeof entries};
    cr_assert_eq(names_list(&names, folder, &request, &error), PROV_OK);
    cr_assert_eq(names.count, COUNT);
    for (size_t i = 0; i < COUNT; i++)
        cr_assert_str_eq((const char *)names_text(&names, i).data, sorted[i]);
    names_remove(&names, 0);
    names_remove(&names, names.count - 1);
    cr_assert_eq(names.count, COUNT - 2);
    cr_assert_eq(names_find(&names, "\001"), -1);
    cr_assert_eq(names_find(&names, "-"), 0);
    names_finish(&names);
    (void)close(folder);
    tree_remove(name);
}

Test(names, say_why_a_folder_cannot_be_listed)
{
    char name[64];
    tree_begin(name);
    tree_file("f", "");
    int file = open("f", O_RDONLY), error = 0;
    struct names names = {0};
    struct names_request request = {.bytes_max = 1 << 20, .buffer = entries, .buffer_size = sizeof entries};
    cr_assert_eq(names_list(&names, file, &request, &error), PROV_OK);
    cr_assert_eq(error, ENOTDIR);
    cr_assert_eq(names.count, 0);
    names_finish(&names);
    (void)close(file);
    tree_remove(name);
}
