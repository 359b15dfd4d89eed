/* Files of records: what is written is read again to the bit, what is torn is cut off, what is
 * damaged, foreign or incomplete is refused. */
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/study/records/record_file.h"
#include "sim/study/records/record_file_text.h"
#include "tests/unit/suite.h"

#define WORDS 3
#define ITEMS 10

static char *directory;

static void make_directory(void)
{
    directory = g_dir_make_tmp("shard-XXXXXX", NULL);
    ck_assert_ptr_nonnull(directory);
}

static char *path_of(const char *name)
{
    return g_build_filename(directory, name, NULL);
}

static void remove_directory(void)
{
    GDir *dir = g_dir_open(directory, 0, NULL);
    for (const char *name; (name = g_dir_read_name(dir)) != NULL;) {
        char *path = path_of(name);
        g_unlink(path);
        g_free(path);
    }
    g_dir_close(dir);
    g_rmdir(directory);
    g_free(directory);
}

FIXTURE(make_directory, remove_directory)

static struct record_file_head head_of(uint32_t number, uint32_t of, const char *about)
{
    struct record_file_piece piece = record_file_piece(ITEMS, number, of);
    return (struct record_file_head){.kind = "test",
                                     .about = about,
                                     .first = piece.first,
                                     .count = piece.count,
                                     .total = ITEMS,
                                     .number = number,
                                     .of = of,
                                     .words = WORDS};
}

static void fill(uint64_t index, int64_t *words)
{
    static const int64_t EDGES[] = {0, -1, INT64_MIN, INT64_MAX};
    words[0] = (int64_t)index;
    words[1] = EDGES[index % 4];
    words[2] = -(int64_t)index;
}

static void put(struct record_file *file, uint64_t index)
{
    int64_t words[WORDS];
    fill(index, words);
    ck_assert(record_file_add(file, index, words));
}

static void check_record(bool is_found, uint64_t index, const int64_t *words)
{
    int64_t expected[WORDS];
    fill(index, expected);
    ck_assert(is_found);
    for (int i = 0; i < WORDS; i++)
        ck_assert_int_eq(words[i], expected[i]);
}

/* A complete shard. */
static char *write_shard(const char *name, uint32_t number, uint32_t of, const char *about)
{
    char *path = path_of(name), *part = g_strconcat(path, ".part", NULL);
    struct record_file_head head = head_of(number, of, about);
    struct record_file *file = record_file_resume(part, &head, NULL);
    for (uint64_t i = head.count; i-- > 0;)
        put(file, head.first + i);
    FILE *out = fopen(path, "w");
    ck_assert(record_file_print(file, out));
    fclose(out);
    record_file_remove(file);
    g_free(part);
    return path;
}

static void check_error(GError *error, const char *words)
{
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(strstr(error->message, words) != NULL, "found: %s", error->message);
    g_error_free(error);
}

TEST(pieces_are_as_long_as_each_other_and_leave_nothing_out)
{
    for (uint64_t total = 0; total < 40; total++)
        for (uint32_t of = 1; of < 12; of++) {
            uint64_t next = 0;
            for (uint32_t number = 1; number <= of; number++) {
                struct record_file_piece piece = record_file_piece(total, number, of);
                ck_assert_uint_eq(piece.first, next);
                ck_assert(piece.count == total / of || piece.count == total / of + 1);
                next += piece.count;
            }
            ck_assert_uint_eq(next, total);
        }
}

TEST(a_record_comes_back_to_the_bit)
{
    for (uint64_t i = 0; i < ITEMS; i++) {
        int64_t words[WORDS];
        uint64_t index;
        GString *line = g_string_new(NULL);
        fill(i, words);
        record_file_print_record(line, UINT64_MAX - i, words, WORDS);
        ck_assert_uint_le(line->len, record_file_line_max(WORDS));
        ck_assert(record_file_parse_record(line->str, &index, words, WORDS));
        ck_assert_uint_eq(index, UINT64_MAX - i);
        check_record(true, i, words);
        g_string_free(line, TRUE);
    }
}

TEST(a_record_with_any_other_byte_is_none)
{
    int64_t words[WORDS] = {12, -7, 0};
    uint64_t index;
    GString *line = g_string_new(NULL);
    record_file_print_record(line, 5, words, WORDS);
    for (gsize i = 0; i < line->len; i++) {
        char *other = g_strdup(line->str);
        other[i] = other[i] == '1' ? '2' : '1';
        ck_assert_msg(!record_file_parse_record(other, &index, words, WORDS), "%s", other);
        other[i] = '\0';
        ck_assert(!record_file_parse_record(other, &index, words, WORDS));
        g_free(other);
    }
    g_string_free(line, TRUE);
}

TEST(a_head_with_any_other_byte_is_none)
{
    struct record_file_head head = head_of(2, 3, "version 1\nseeds 1 5\n"), read;
    GString *text = g_string_new(NULL);
    record_file_print_head(&head, text);
    ck_assert(record_file_parse_head(text->str, &read));
    ck_assert_str_eq(read.about, head.about);
    ck_assert_uint_eq(read.first, 4);
    ck_assert_uint_eq(read.count, 3);
    record_file_head_clear(&read);
    for (gsize i = 0; i < text->len; i++) {
        char *other = g_strdup(text->str);
        other[i] = other[i] == '1' ? '2' : '1';
        ck_assert_msg(!record_file_parse_head(other, &read), "%s", other);
        other[i] = '\0';
        ck_assert(!record_file_parse_head(other, &read));
        g_free(other);
    }
    g_string_free(text, TRUE);
}

/* Cut at every byte, as a killed process may leave it. */
TEST(a_torn_journal_loses_what_was_torn_and_no_more)
{
    char *path = path_of("torn"), *bytes;
    gsize len;
    struct record_file_head head = head_of(1, 1, "torn\n");
    struct record_file *file = record_file_resume(path, &head, NULL);
    put(file, 7);
    put(file, 2);
    record_file_free(file);
    ck_assert(g_file_get_contents(path, &bytes, &len, NULL));
    for (gsize cut = 0; cut <= len; cut++) {
        ck_assert(g_file_set_contents(path, bytes, (gssize)cut, NULL));
        file = record_file_resume(path, &head, NULL);
        ck_assert_ptr_nonnull(file);
        uint64_t held = record_file_held(file);
        ck_assert_uint_eq(held, cut == len
                                    ? 2
                                    : strstr(bytes, "\n7 ") + 1 - bytes < (long)cut &&
                                          strchr(strstr(bytes, "\n7 ") + 1, '\n') < bytes + cut);
        put(file, 9);
        record_file_free(file);
        file = record_file_resume(path, &head, NULL);
        int64_t words[WORDS] = {0};
        ck_assert_uint_eq(record_file_held(file), held + 1);
        check_record(record_file_find(file, 9, words), 9, words);
        ck_assert(!record_file_find(file, 3, words));
        record_file_free(file);
    }
    g_free(bytes);
    g_free(path);
}

TEST(a_journal_that_is_damaged_in_the_middle_is_refused)
{
    char *path = path_of("damaged"), *bytes;
    GError *error = NULL;
    struct record_file_head head = head_of(1, 1, "damaged\n");
    struct record_file *file = record_file_resume(path, &head, NULL);
    put(file, 7);
    put(file, 2);
    record_file_free(file);
    ck_assert(g_file_get_contents(path, &bytes, NULL, NULL));
    *(strstr(bytes, "\n7 ") + 1) = '8';
    ck_assert(g_file_set_contents(path, bytes, -1, NULL));
    ck_assert_ptr_null(record_file_resume(path, &head, &error));
    check_error(error, ":9: this line is damaged");
    g_free(bytes);
    g_free(path);
}

TEST(a_journal_of_something_else_is_refused)
{
    char *path = path_of("other");
    GError *error = NULL;
    struct record_file_head head = head_of(1, 1, "version 1\nseeds 1 5\n");
    record_file_free(record_file_resume(path, &head, NULL));
    head.about = "version 1\nseeds 1 6\n";
    ck_assert_ptr_null(record_file_resume(path, &head, &error));
    check_error(error, "'seeds 1 5', not 'seeds 1 6'");
    error = NULL;
    ck_assert(g_file_set_contents(path, "dear diary\n", -1, NULL));
    ck_assert_ptr_null(record_file_resume(path, &head, &error));
    check_error(error, "not a checkpoint");
    g_free(path);
}

TEST(shards_together_have_every_record)
{
    char *paths[] = {write_shard("c", 3, 3, "x\n"), write_shard("a", 1, 3, "x\n"),
                     write_shard("b", 2, 3, "x\n"), NULL};
    struct record_merge *merge = record_merge_read((const char *const *)paths, NULL);
    ck_assert_ptr_nonnull(merge);
    ck_assert_uint_eq(record_merge_head(merge)->count, ITEMS);
    for (uint64_t i = 0; i < ITEMS; i++) {
        int64_t words[WORDS] = {0};
        check_record(record_merge_find(merge, i, words), i, words);
    }
    int64_t words[WORDS];
    ck_assert(!record_merge_find(merge, ITEMS, words));
    record_merge_free(merge);
    for (int i = 0; i < 3; i++)
        g_free(paths[i]);
}

TEST(shards_that_are_not_one_study_are_refused)
{
    char *a = write_shard("a", 1, 3, "x\n"), *b = write_shard("b", 2, 3, "x\n"),
         *c = write_shard("c", 3, 3, "x\n"), *other = write_shard("other", 3, 3, "y\n"),
         *of_two = write_shard("two", 2, 2, "x\n"), *none = path_of("none"),
         *part = path_of("part");
    struct record_file_head head = head_of(3, 3, "x\n");
    struct record_file *file = record_file_resume(part, &head, NULL);
    put(file, 8);
    record_file_free(file);
    struct {
        const char *paths[5], *words;
    } cases[] = {
        {{a, c, NULL}, "shard 2/3 is missing"},     {{c, NULL}, "shards 1/3, 2/3 are missing"},
        {{a, b, c, b, NULL}, "are both shard 2/3"}, {{a, b, other, NULL}, "'y', not 'x'"},
        {{a, b, of_two, NULL}, "is shard 2/2"},     {{a, b, part, NULL}, "has 1 of its 3 runs"},
        {{a, b, none, NULL}, "No such file"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;
        ck_assert_ptr_null(record_merge_read(cases[i].paths, &error));
        check_error(error, cases[i].words);
    }
    char *all[] = {a, b, c, other, of_two, none, part};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        g_free(all[i]);
}

struct made {
    gint count;
};

static void make(void *user, uint64_t index, void *record)
{
    struct made *made = user;
    g_atomic_int_inc(&made->count);
    fill(index, record);
}

TEST_LOOP(a_crew_makes_only_what_is_not_kept, 1, 5)
{
    char *path = path_of("pool");
    struct record_file_head head = head_of(1, 1, "pool\n");
    struct made made = {0};
    struct worker_pool_task task = {make, NULL, &made, WORDS * sizeof(int64_t)};
    struct record_file *file = record_file_resume(path, &head, NULL);
    int64_t records[ITEMS * WORDS] = {0};
    put(file, 0);
    put(file, 4);
    put(file, 9);
    struct worker_pool *pool = worker_pool_new((uint32_t)_i);
    worker_pool_keep(pool, record_file_keeper(file));
    ck_assert(worker_pool_map(pool, &task, 0, ITEMS, records));
    ck_assert_int_eq(made.count, ITEMS - 3);
    ck_assert_uint_eq(record_file_held(file), ITEMS);
    for (uint64_t i = 0; i < ITEMS; i++)
        check_record(true, i, records + i * WORDS);
    worker_pool_free(pool);
    record_file_free(file);
    g_free(path);
}
