/* Lines are written and read strictly: what was not written like this is damaged. */
#include "sim/study/records/record_file_text.h"

#include <string.h>
#include "sim/engine/digest.h"

#define FIRST_LINE "psyncsim-records 1\n"
#define CHECK_LEN  17 /* "x" and 16 digits */
#define NUMBER_LEN 20 /* the longest: -9223372036854775808 */

static void print_check(const struct digest *digest, char out[CHECK_LEN + 1])
{
    char text[DIGEST_TEXT_MAX];
    digest_print(digest, text);
    memcpy(out, text, CHECK_LEN);
    out[CHECK_LEN] = '\0';
}

static void append_check(GString *out, const struct digest *digest)
{
    char check[CHECK_LEN + 1];
    print_check(digest, check);
    g_string_append(out, check);
    g_string_append_c(out, '\n');
}

static struct digest digest_of_text(const char *text, size_t len)
{
    struct digest digest;
    digest_init(&digest);
    digest_add_bytes(&digest, text, len);
    return digest;
}

static struct digest digest_of_record(uint64_t index, const int64_t *words, uint32_t count)
{
    struct digest digest;
    digest_init(&digest);
    digest_add(&digest, index);
    for (uint32_t i = 0; i < count; i++)
        digest_add(&digest, (uint64_t)words[i]);
    return digest;
}

static uint64_t lines_of(const char *text)
{
    uint64_t lines = 0;
    for (; (text = strchr(text, '\n')) != NULL; text++)
        lines++;
    return lines;
}

void record_file_print_head(const struct record_file_head *head, GString *out)
{
    gsize begin = out->len;
    g_string_append_printf(out, FIRST_LINE "kind %s\nshard %u of %u\n", head->kind, head->number,
                           head->of);
    g_string_append_printf(out, "items %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, head->first,
                           head->count);
    g_string_append_printf(out, " %" G_GUINT64_FORMAT "\nwords %u\nabout %" G_GUINT64_FORMAT "\n",
                           head->total, head->words, lines_of(head->about));
    for (const char *line = head->about, *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        g_string_append_printf(out, "| %.*s\n", (int)(end - line), line);
    struct digest digest = digest_of_text(out->str + begin, out->len - begin);
    g_string_append(out, RECORD_FILE_HEAD_END);
    append_check(out, &digest);
}

void record_file_print_record(GString *out, uint64_t index, const int64_t *words, uint32_t count)
{
    struct digest digest = digest_of_record(index, words, count);
    g_string_append_printf(out, "%" G_GUINT64_FORMAT " ", index);
    for (uint32_t i = 0; i < count; i++)
        g_string_append_printf(out, "%" G_GINT64_FORMAT " ", words[i]);
    append_check(out, &digest);
}

size_t record_file_line_max(uint32_t words)
{
    return (NUMBER_LEN + 1) * ((size_t)words + 1) + CHECK_LEN + 1;
}

/* ---- reading ---- */

/* Where the reader stands; `is_good` stays false from the first thing on that is not as expected.
 */
struct cursor {
    const char *at;
    bool is_good;
};

static void expect(struct cursor *cursor, const char *text)
{
    size_t len = strlen(text);
    cursor->is_good = cursor->is_good && strncmp(cursor->at, text, len) == 0;
    cursor->at += cursor->is_good ? len : 0;
}

static uint64_t take_number(struct cursor *cursor)
{
    size_t len = strspn(cursor->at, "0123456789");
    uint64_t value = 0;
    cursor->is_good =
        cursor->is_good && len >= 1 && len <= NUMBER_LEN && (len == 1 || cursor->at[0] != '0');
    for (size_t i = 0; i < len && cursor->is_good; i++) {
        uint64_t digit = (uint64_t)(cursor->at[i] - '0');
        cursor->is_good = value <= (UINT64_MAX - digit) / 10;
        value = value * 10 + digit;
    }
    cursor->at += cursor->is_good ? len : 0;
    return cursor->is_good ? value : 0;
}

static int64_t take_signed(struct cursor *cursor)
{
    bool is_negative = cursor->is_good && *cursor->at == '-';
    cursor->at += is_negative;
    uint64_t value = take_number(cursor), most = (uint64_t)INT64_MAX + is_negative;
    cursor->is_good = cursor->is_good && value <= most && !(is_negative && value == 0);
    return !cursor->is_good ? 0 : is_negative ? -(int64_t)(value - 1) - 1 : (int64_t)value;
}

/* The rest of the line, without its end. Free with g_free. */
static char *take_line(struct cursor *cursor)
{
    const char *end = cursor->is_good ? strchr(cursor->at, '\n') : NULL;
    cursor->is_good = end != NULL;
    if (!end)
        return NULL;
    char *line = g_strndup(cursor->at, (gsize)(end - cursor->at));
    cursor->at = end + 1;
    return line;
}

static void take_check(struct cursor *cursor, const struct digest *digest)
{
    char check[CHECK_LEN + 1];
    print_check(digest, check);
    expect(cursor, check);
    expect(cursor, "\n");
    cursor->is_good = cursor->is_good && *cursor->at == '\0';
}

bool record_file_parse_record(const char *line, uint64_t *index, int64_t *words, uint32_t count)
{
    struct cursor cursor = {line, true};
    *index = take_number(&cursor);
    expect(&cursor, " ");
    for (uint32_t i = 0; i < count && cursor.is_good; i++) {
        words[i] = take_signed(&cursor);
        expect(&cursor, " ");
    }
    if (!cursor.is_good)
        return false;
    struct digest digest = digest_of_record(*index, words, count);
    take_check(&cursor, &digest);
    return cursor.is_good;
}

static char *take_about(struct cursor *cursor)
{
    GString *about = g_string_new(NULL);
    expect(cursor, "about ");
    uint64_t lines = take_number(cursor);
    expect(cursor, "\n");
    for (uint64_t i = 0; i < lines && cursor->is_good; i++) {
        expect(cursor, "| ");
        char *line = take_line(cursor);
        if (line)
            g_string_append_printf(about, "%s\n", line);
        g_free(line);
    }
    return g_string_free(about, FALSE);
}

/* Every number, in its bounds. */
static void take_numbers(struct cursor *cursor, struct record_file_head *head)
{
    expect(cursor, "shard ");
    uint64_t number = take_number(cursor);
    expect(cursor, " of ");
    uint64_t of = take_number(cursor);
    expect(cursor, "\nitems ");
    head->first = take_number(cursor);
    expect(cursor, " ");
    head->count = take_number(cursor);
    expect(cursor, " ");
    head->total = take_number(cursor);
    expect(cursor, "\nwords ");
    uint64_t words = take_number(cursor);
    expect(cursor, "\n");
    cursor->is_good = cursor->is_good && number >= 1 && number <= of && of <= RECORD_MERGE_MAX &&
                      words >= 1 && words <= RECORD_FILE_WORDS_MAX;
    if (!cursor->is_good)
        return;
    head->number = (uint32_t)number;
    head->of = (uint32_t)of;
    head->words = (uint32_t)words;
    struct record_file_piece piece = record_file_piece(head->total, head->number, head->of);
    cursor->is_good = head->first == piece.first && head->count == piece.count;
}

bool record_file_parse_head(const char *text, struct record_file_head *head)
{
    struct cursor cursor = {text, true};
    *head = (struct record_file_head){0};
    expect(&cursor, FIRST_LINE "kind ");
    head->kind = take_line(&cursor);
    take_numbers(&cursor, head);
    head->about = take_about(&cursor);
    struct digest digest = digest_of_text(text, (size_t)(cursor.at - text));
    expect(&cursor, RECORD_FILE_HEAD_END);
    take_check(&cursor, &digest);
    if (!cursor.is_good)
        record_file_head_clear(head);
    return cursor.is_good;
}
