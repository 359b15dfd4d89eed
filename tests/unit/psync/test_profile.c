/* Versions are rows: found by name, complete, and printable column by column. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "models/psync/profile.h"
#include "tests/unit/suite.h"

TEST(a_row_is_found_by_its_name_and_by_a_full_version)
{
    const struct profile *profile = profile_find("redis-7.0");
    ck_assert_ptr_nonnull(profile);
    ck_assert_ptr_eq(profile_find("redis-7.0.15"), profile);
    ck_assert_ptr_null(profile_find("redis-7.01"));
    ck_assert_ptr_null(profile_find("redis-7.0."));
    ck_assert_ptr_null(profile_find("redis-7.0.x"));
    ck_assert_ptr_null(profile_find("redis-7"));
    ck_assert_ptr_null(profile_find(""));
}

TEST(a_patch_runs_on_the_row_that_holds_for_it_and_on_no_other)
{
    static const struct {
        const char *name, *row; /* row NULL: refused */
    } CASES[] = {
        {"redis-7.0.10", "redis-7.0"},  {"redis-7.0.9", "redis-7.0.9"},
        {"redis-7.0.5", "redis-7.0.9"}, {"redis-7.0.0", "redis-7.0.0"},
        {"redis-6.2.16", "redis-6.2"},  {"redis-6.2.6", "redis-6.2.6"},
        {"redis-6.2.1", "redis-6.2.1"}, {"redis-6.0.16", "redis-6.0"},
        {"redis-6.0.8", NULL},          {"redis-6.0.9", "redis-6.0.14"},
        {"redis-2.8.3", NULL},          {"redis-2.8.0", "redis-2.8.2"},
        {"redis-4.0.2", NULL},          {"valkey-8.1.1", "valkey-8.1"},
        {"valkey-7.0", NULL},           {"redis-9.0", NULL},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        const struct profile *row = profile_find(CASES[i].name);
        if (CASES[i].row == NULL)
            ck_assert_msg(row == NULL, "%s", CASES[i].name);
        else
            ck_assert_str_eq(row->name, CASES[i].row);
    }
    ck_assert_str_eq(profile_series("redis-6.0.8")->name, "redis-6.0");
    ck_assert_ptr_null(profile_series("redis-9.0"));
    ck_assert_ptr_null(profile_series("redis-6.0.x"));
}

TEST(no_two_rows_have_the_same_name)
{
    for (size_t i = 0; i < profile_count(); i++)
        ck_assert_ptr_eq(profile_find(profile_at(i)->name), profile_at(i));
}

static const char *printed(const struct profile *profile, const char *name)
{
    static char text[24];
    for (size_t i = 0; i < profile_field_count(); i++) {
        if (strcmp(profile_field_name(i), name) == 0) {
            profile_field_print(profile, i, text, sizeof text);
            return text;
        }
    }
    return "no such column";
}

TEST(columns_are_printed_as_users_read_them)
{
    const struct profile *profile = profile_find("redis-7.0");
    ck_assert_str_eq(printed(profile, "psync2"), "yes");
    ck_assert_str_eq(printed(profile, "backlog_first_adds_one"), "no");
    ck_assert_str_eq(printed(profile, "default_backlog_bytes"), "1048576");
    ck_assert_str_eq(printed(profile, "block_node_bytes"), "64");
}

/* A column that a row does not name would silently be zero. */
TEST(every_row_gives_every_column_in_order)
{
    char line[256], word[64];
    int used;
    FILE *file = fopen("models/psync/profile.def", "r");
    size_t next = profile_field_count(), rows = 0;
    ck_assert_msg(file != NULL, "run from the top of the tree");
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "PROFILE(\"", 9) == 0) {
            ck_assert_msg(next == profile_field_count(), "row %zu ends early", rows);
            next = 0;
            rows++;
        }
        for (const char *at = rows > 0 ? strstr(line, " .") : NULL; at != NULL;
             at = strstr(at + used, " .")) {
            used = 0;
            sscanf(at, " .%63[a-z0-9_] =%n", word, &used);
            ck_assert_msg(used > 0, "%s", line);
            ck_assert_str_eq(word, profile_field_name(next));
            next++;
        }
    }
    fclose(file);
    ck_assert_uint_eq(rows, profile_count());
    ck_assert_uint_eq(next, profile_field_count());
}
