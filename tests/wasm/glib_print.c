/* Calls every function of sim/wasm/glib/glib.h and prints what it gives. Linked with GLib, and in WebAssembly with ours:
 * both must print the same. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

static void say(const char *what, const char *text)
{
    printf("%s: %s\n", what, text != NULL ? text : "(null)");
}

/* Prints it and frees it. */
static void say_owned(const char *what, char *text)
{
    say(what, text);
    g_free(text);
}

static void say_bytes(const char *what, const char *bytes, gsize len)
{
    printf("%s:", what);
    for (gsize i = 0; i < len; i++)
        printf(" %02x", (unsigned)(unsigned char)bytes[i]);
    printf("\n");
}

/* ---- texts ---- */

static void print_lists(void)
{
    static const char *const TEXTS[] = {"", "a", "a,b", ",", "a,,b,", "a, b, c"};
    for (gsize i = 0; i < G_N_ELEMENTS(TEXTS); i++)
        for (int most = -1; most < 4; most++) {
            char **parts = g_strsplit(TEXTS[i], ",", most);
            printf("split '%s' %d: %u", TEXTS[i], most, g_strv_length(parts));
            say_owned("", g_strjoinv("|", parts));
            g_strfreev(parts);
        }
    g_strfreev(NULL);
}

static void print_texts(void)
{
    static const char *const TEXTS[] = {"", "a", "  a b\t", "\n", "abcabc", "bc", "A"};
    char room[4];
    for (gsize i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        const char *text = TEXTS[i];
        char *own = g_strdup(text);
        say_owned("stripped", g_strdup(g_strstrip(own)));
        g_free(own);
        say_owned("two", g_strndup(text, 2));
        printf("copied %zu:", g_strlcpy(room, text, sizeof room));
        say("", room);
        printf("fits %d:", g_snprintf(room, sizeof room, "%s!", text));
        say("", room);
        const char *found = g_strrstr(text, "bc");
        printf("prefix %d suffix %d last %d", g_str_has_prefix(text, "a"),
               g_str_has_suffix(text, "bc"), found != NULL ? (int)(found - text) : -1);
        printf(" compared %d %d equal %d\n", g_strcmp0(text, "abc") > 0, g_strcmp0(NULL, text) < 0,
               g_str_equal(text, "bc"));
    }
    say("nothing", g_strdup(NULL));
    say("nothing", g_strndup(NULL, 3));
    printf("same %d\n", g_strcmp0(NULL, NULL));
    say_owned("joined", g_strconcat("a", "", "bc", NULL));
    say_owned("formatted", g_strdup_printf("%5.2f|%-4d|%" G_GINT64_FORMAT "|%" G_GUINT64_FORMAT,
                                           1.005, 7, (gint64)-99, (guint64)1 << 63));
    say_owned("hexadecimal", g_strdup_printf("%016" G_GINT64_MODIFIER "x", (guint64)48879));
    printf("interned %d\n", g_intern_string("abc") == g_intern_string("abc"));
}

static void print_paths(void)
{
    static const char *const PATHS[] = {"",   "a",   "/",     "/a",  "a/b", "a/b/",
                                        "//", "a//", "a//b/", "./a", "..",  "/tmp/b.yaml"};
    for (gsize i = 0; i < G_N_ELEMENTS(PATHS); i++) {
        printf("absolute %d\n", g_path_is_absolute(PATHS[i]));
        say_owned("directory", g_path_get_dirname(PATHS[i]));
        say_owned("name", g_path_get_basename(PATHS[i]));
        if (PATHS[i][strspn(PATHS[i], "/")] != '\0')
            say_owned("inside", g_build_filename("folder/", PATHS[i], NULL));
    }
}

/* ---- characters ---- */

static void print_ascii(void)
{
    for (int i = -128; i < 128; i++) {
        char c = (char)i;
        printf("%d: %d%d%d%d%d%d %d %d\n", i, g_ascii_isdigit(c) != 0, g_ascii_isxdigit(c) != 0,
               g_ascii_isalpha(c) != 0, g_ascii_isalnum(c) != 0, g_ascii_isspace(c) != 0,
               g_ascii_iscntrl(c) != 0, g_ascii_tolower(c), g_ascii_xdigit_value(c));
    }
    printf("case %d %d %d %d\n", g_ascii_strcasecmp("aBc", "AbC"), g_ascii_strcasecmp("a", "B") < 0,
           g_ascii_strncasecmp("abX", "ABy", 2), g_ascii_strncasecmp("ab", "ABC", 3) < 0);
    say_owned("lower", g_ascii_strdown("AbC\xc3\x84", -1));
    say_owned("lower", g_ascii_strdown("ABC", 2));
    static const char *const NUMBERS[] = {"1.5", "1e3x", "-0.1", "", "x", "1.2e+10", "0x10"};
    for (gsize i = 0; i < G_N_ELEMENTS(NUMBERS); i++) {
        char *end;
        double value = g_ascii_strtod(NUMBERS[i], &end);
        printf("number %.17g rest '%s'\n", value, end);
    }
}

static void print_utf8(void)
{
    static const char *const TEXTS[] = {"",
                                        "abc",
                                        "\xc3\xa4z",
                                        "\xe2\x82\xac",
                                        "\xf0\x9f\x98\x80!",
                                        "\xc3",
                                        "\xe2\x82",
                                        "a\x80z",
                                        "\xff",
                                        "\xc0\x80",
                                        "\xed\xa0\x80",
                                        "\xf4\x90\x80\x80",
                                        "\xe0\x9f\xbf",
                                        "\xf8\x88\x80\x80\x80",
                                        "\xc3\xa4\xe2\x82"};
    for (gsize i = 0; i < G_N_ELEMENTS(TEXTS); i++) {
        const char *text = TEXTS[i], *end;
        gsize len = strlen(text);
        int is_valid = g_utf8_validate(text, -1, &end);
        printf("valid %d up to %d, %d\n", is_valid, (int)(end - text),
               g_utf8_validate(text, (gssize)len, NULL));
        printf("first is good %d\n",
               len > 0 && (int32_t)g_utf8_get_char_validated(text, (gssize)len) >= 0);
        char *valid = g_utf8_make_valid(text, -1);
        say_bytes("made valid", valid, strlen(valid));
        g_free(valid);
        if (!is_valid)
            continue;
        printf("length %ld %ld first %u\n", (long)g_utf8_strlen(text, -1),
               (long)g_utf8_strlen(text, 2), (unsigned)g_utf8_get_char(text));
        for (const char *at = text; *at != '\0'; at = g_utf8_next_char(at))
            printf("at %d: %u, %ld\n", (int)(at - text), (unsigned)g_utf8_get_char(at),
                   (long)g_utf8_pointer_to_offset(text, at));
    }
    printf("with a NUL %d\n", g_utf8_validate("a\0b", 3, NULL));
    char *valid = g_utf8_make_valid("a\xff"
                                    "b\xc3\xa4",
                                    4);
    say_bytes("a part made valid", valid, strlen(valid));
    g_free(valid);
}

/* ---- growing ---- */

static void print_strings(void)
{
    GString *string = g_string_new("ab");
    g_string_append(string, "cd");
    g_string_append_c(string, 'e');
    g_string_append_len(string, "fgh", 2);
    g_string_append_printf(string, " %d%%", 42);
    say("string", string->str);
    for (int i = 0; i < 300; i++)
        g_string_append_printf(string, "%d,", i);
    printf("long %zu\n", string->len);
    g_string_truncate(string, 5);
    g_string_truncate(string, 100);
    say("cut", string->str);
    g_string_printf(string, "a-b-c-%s", string->str);
    say("anew", string->str);
    printf("replaced %u", g_string_replace(string, "-", "--", 2));
    say("", string->str);
    printf("replaced %u", g_string_replace(string, "--", "+", 0));
    say("", string->str);
    g_string_assign(string, "xyz");
    say_owned("kept", g_string_free(string, FALSE));
    string = g_string_new_len("a\0b", 3);
    say_bytes("with a NUL", string->str, string->len + 1);
    say("gone", g_string_free(string, TRUE));
    say_owned("empty", g_string_free(g_string_new(NULL), FALSE));
    GStringChunk *chunk = g_string_chunk_new(8);
    const char *first = g_string_chunk_insert(chunk, "a text that is longer than a block");
    const char *second = g_string_chunk_insert_len(chunk, "abcdef", 3);
    say("chunk", first);
    say("chunk", second);
    g_string_chunk_free(chunk);
}

struct pair {
    int key, place;
};

static int by_key(const void *a, const void *b)
{
    const struct pair *left = a, *right = b;
    return left->key - right->key;
}

static void print_array(const char *what, const GArray *array)
{
    printf("%s:", what);
    for (guint i = 0; i < array->len; i++)
        printf(" %d/%d", g_array_index(array, struct pair, i).key,
               g_array_index(array, struct pair, i).place);
    printf("\n");
}

static void print_arrays(void)
{
    for (int count = 0; count < 20; count++) {
        GArray *array = g_array_new(FALSE, FALSE, sizeof(struct pair));
        for (int i = 0; i < count; i++) {
            struct pair pair = {i * 7 % 5, i};
            g_array_append_val(array, pair);
        }
        g_array_sort(array, by_key);
        print_array("sorted", array);
        g_array_free(array, TRUE);
    }
    static const struct pair FIVE[] = {{1, 1}, {2, 2}, {3, 3}, {4, 4}, {5, 5}};
    GArray *array = g_array_new(TRUE, TRUE, sizeof(struct pair));
    printf("ends with %d\n", g_array_index(array, struct pair, 0).key);
    g_array_append_vals(array, FIVE, 5);
    g_array_remove_range(array, 1, 2);
    print_array("removed", array);
    g_array_set_size(array, 6);
    print_array("longer", array);
    g_array_set_size(array, 2);
    print_array("shorter", array);
    printf("ends with %d\n", g_array_index(array, struct pair, 2).key);
    g_free(g_array_free(array, FALSE));
}

static int freed;

static void count_free(void *data)
{
    freed++;
    g_free(data);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void print_pointers(void)
{
    static const char *const WORDS[] = {"psync", "backlog", "replid", "offset", "ack"};
    GPtrArray *array = g_ptr_array_new_with_free_func(count_free);
    for (gsize i = 0; i < G_N_ELEMENTS(WORDS); i++)
        g_ptr_array_add(array, g_strdup(WORDS[i]));
    g_ptr_array_sort(array, by_text);
    guint index = 99;
    printf("found %d", g_ptr_array_find_with_equal_func(array, "offset", g_str_equal, &index));
    printf(" at %u, another %d\n", index,
           g_ptr_array_find_with_equal_func(array, "x", g_str_equal, NULL));
    for (guint i = 0; i < array->len; i++)
        say("word", array->pdata[i]);
    g_ptr_array_free(array, TRUE);
    printf("freed %d\n", freed);
    array = g_ptr_array_new();
    g_ptr_array_add(array, NULL);
    g_free(g_ptr_array_free(array, FALSE));
}

/* ---- memory, numbers, dates ---- */

static void print_memory(void)
{
    int *none = g_new0(int, 0), *some = g_new0(int, 3), *others = g_new(int, 2);
    char *zero = g_malloc0(3), *plain = g_malloc(2);
    printf("memory %d %d %d\n", none == NULL, some[2], zero[2]);
    plain = g_realloc(plain, 200);
    memset(plain, 'x', 200);
    printf("bounds %d %d %d %d\n", MIN(2, 3), MAX(2, 3), CLAMP(9, 1, 5), CLAMP(-1, 1, 5));
    g_free(plain);
    g_free(zero);
    g_free(others);
    g_free(some);
    g_free(none);
}

static void print_dates(void)
{
    static const char *const DATES[] = {"2024-05-01T12:00:00Z",
                                        "1970-01-01T00:00:00Z",
                                        "2024-02-29 23:59:59.25Z",
                                        "2024-05-01T12:00:00",
                                        "2024-05-01T12:00:00+02:00",
                                        "2024-05-01T12:00:00-0530",
                                        "2023-02-29T00:00:00Z",
                                        "2024-13-01T00:00:00Z",
                                        "2024-05-01T25:00:00Z",
                                        "2024-05-01T12:00:00.1234Z",
                                        "not a date",
                                        ""};
    GTimeZone *utc = g_time_zone_new_utc();
    for (gsize i = 0; i < G_N_ELEMENTS(DATES); i++) {
        GDateTime *date = g_date_time_new_from_iso8601(DATES[i], utc);
        printf("date %s: ", DATES[i]);
        if (date == NULL) {
            printf("none\n");
            continue;
        }
        printf("%" G_GINT64_FORMAT " %d\n", g_date_time_to_unix(date),
               g_date_time_get_microsecond(date));
        g_date_time_unref(date);
    }
    g_time_zone_unref(utc);
}

int main(void)
{
    print_memory();
    print_texts();
    print_lists();
    print_paths();
    print_ascii();
    print_utf8();
    print_strings();
    print_arrays();
    print_pointers();
    print_dates();
    return 0;
}
