/* Bad input is refused quickly, with its place, what was found and what is expected.
 *
 * Each file of tests/bad begins with "# LINE:COLUMN words": where its first problem is, and part of
 * what is said. 0:0: of the file as a whole. Inputs that are large or not text are made here. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "sim/scenario/scenario_read.h"
#include "tests/unit/suite.h"

#define FOLDER      "tests/bad"
#define SECOND_US   1000000
#define LARGE_BYTES (2 << 20)

/* libfyaml loses a buffer when it refuses a long key; what it loses is not ours to mend. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfyaml";
}

/* Reads, expects problems within a second, and returns the first. */
static char *first_diagnostic(const char *name, const char *text, size_t len)
{
    static const struct scenario_options OPTIONS = {0};
    struct diagnostics *diagnostics = diagnostics_new();
    gint64 begin = g_get_monotonic_time();
    ck_assert_ptr_null(scenario_read_text(name, text, len, &OPTIONS, diagnostics));
    ck_assert_int_lt(g_get_monotonic_time() - begin, SECOND_US);
    ck_assert_uint_gt(diagnostics_count(diagnostics), 0);
    char *first = diagnostics_text(diagnostics, 0);
    diagnostics_free(diagnostics);
    return first;
}

static void check_file(const char *name)
{
    char *path = g_build_filename(FOLDER, name, NULL), *text;
    gsize len;
    ck_assert(g_file_get_contents(path, &text, &len, NULL));
    char **head = g_strsplit(text, "\n", 2), **parts = g_strsplit(head[0] + 2, " ", 2);
    char *place = strcmp(parts[0], "0:0") == 0 ? g_strdup_printf("%s: error: ", name)
                                               : g_strdup_printf("%s:%s: error: ", name, parts[0]);
    char *found = first_diagnostic(name, text, len);
    ck_assert_msg(g_str_has_prefix(found, place) && strstr(found, parts[1]),
                  "expected %s%s\n found    %s", place, parts[1], found);
    g_free(found);
    g_free(place);
    g_strfreev(parts);
    g_strfreev(head);
    g_free(text);
    g_free(path);
}

TEST(every_bad_file_is_refused_with_its_place_and_a_cure)
{
    GDir *folder = g_dir_open(FOLDER, 0, NULL);
    ck_assert_msg(folder != NULL, "run from the top folder");
    int count = 0;
    for (const char *name; (name = g_dir_read_name(folder)); count++)
        check_file(name);
    g_dir_close(folder);
    ck_assert_int_ge(count, 40);
}

TEST(an_empty_file_is_refused)
{
    char *found = first_diagnostic("x", "", 0);
    ck_assert_str_eq(found, "x: error: empty; a scenario has at least nodes and a duration");
    g_free(found);
}

TEST(a_large_file_is_refused)
{
    char *text = g_strnfill(LARGE_BYTES, '\n');
    char *found = first_diagnostic("x", text, LARGE_BYTES);
    ck_assert_str_eq(found, "x: error: larger than 1 MiB; a scenario is a small file");
    g_free(found);
    g_free(text);
}

TEST(a_compressed_file_is_named_as_what_it_is)
{
    char *text = g_strnfill(LARGE_BYTES, 'x');
    memcpy(text, "\x1f\x8b\x08", 3);
    char *found = first_diagnostic("x", text, LARGE_BYTES);
    ck_assert_str_eq(found,
                     "x: error: the file is gzip-compressed, expected text; gunzip it first");
    g_free(found);
    memcpy(text, "\xff\xfe", 2);
    found = first_diagnostic("x", text, 100);
    ck_assert_str_eq(found, "x: error: the file is UTF-16, expected UTF-8");
    g_free(found);
    g_free(text);
}

TEST_LOOP(binary_rubbish_is_refused, 0, 50)
{
    char bytes[4096];
    GRand *random = g_rand_new_with_seed((guint32)_i);
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)g_rand_int(random);
    g_rand_free(random);
    g_free(first_diagnostic("x", bytes, sizeof bytes));
}

TEST(all_problems_come_at_once_and_by_place)
{
    static const char TEXT[] = "duration: 1min\n"
                               "nodes: { m: { dataset: 3parsec }, r1: { replicaof: n } }\n"
                               "config: { hz: x }\n"
                               "seed: -1\n";
    static const char *const EXPECTED[] = {"x:2:24:", "x:2:52:", "x:3:15:", "x:4:7:"};
    static const struct scenario_options OPTIONS = {0};
    struct diagnostics *diagnostics = diagnostics_new();
    ck_assert_ptr_null(scenario_read_text("x", TEXT, sizeof TEXT - 1, &OPTIONS, diagnostics));
    ck_assert_uint_eq(diagnostics_count(diagnostics), 4);
    for (size_t i = 0; i < 4; i++) {
        char *text = diagnostics_text(diagnostics, i);
        ck_assert_msg(g_str_has_prefix(text, EXPECTED[i]), "%s: %s", EXPECTED[i], text);
        g_free(text);
    }
    diagnostics_free(diagnostics);
}

TEST(a_problem_shows_its_line_with_a_caret)
{
    static const char TEXT[] = "duration: 1min\nwhy: \xc3\xa4\nnodes: { \xc3\xa4: {} }\n";
    static const struct scenario_options OPTIONS = {0};
    struct diagnostics *diagnostics = diagnostics_new();
    ck_assert_ptr_null(scenario_read_text("x", TEXT, sizeof TEXT - 1, &OPTIONS, diagnostics));
    char *printed = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&printed, &len);
    diagnostics_print(diagnostics, out, false);
    fclose(out);
    ck_assert_ptr_nonnull(strstr(printed, "    nodes: { \xc3\xa4: {} }\n             ^\n"));
    free(printed);
    diagnostics_free(diagnostics);
}

TEST(a_missing_file_is_a_problem)
{
    struct diagnostics *diagnostics = diagnostics_new();
    ck_assert_ptr_null(scenario_read("tests/bad/none.yaml", NULL, diagnostics));
    char *text = diagnostics_text(diagnostics, 0);
    ck_assert_str_eq(text, "tests/bad/none.yaml: error: No such file or directory");
    g_free(text);
    diagnostics_free(diagnostics);
}
