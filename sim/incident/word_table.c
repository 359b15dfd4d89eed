/* The table of wordings, and the comparison. A value ends where the words behind it begin for the
 * first time, so a comparison is one pass over the message. */
#include "sim/incident/word_table.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

/* A row without words begins the rows of its event. */
struct row {
    const char *words;
    uint8_t event, rank;
};

static const struct row ROWS[] = {
    {NULL, WORD_NONE, 0},
#define EVENT(name, rank) {NULL, WORD_##name, rank},
#define WORDING(text)     {text, 0, 0},
#include "sim/incident/words.def"
#undef EVENT
#undef WORDING
};
#define ROW_COUNT (sizeof(ROWS) / sizeof(ROWS[0]))

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool is_name(const char *at, size_t left, const char *name, size_t len)
{
    if (left < len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (lower(at[i]) != name[i])
            return false;
    return true;
}

/* Bytes of the role's name at that place; 0: none. */
static size_t role_name(char mark, const char *at, size_t left)
{
    if (mark == '@')
        return is_name(at, left, "master", 6) ? 6 : is_name(at, left, "primary", 7) ? 7 : 0;
    return is_name(at, left, "replica", 7) ? 7 : is_name(at, left, "slave", 5) ? 5 : 0;
}

static void put_row(struct word_table *words, char first, size_t row)
{
    uint8_t *rows = words->rows[(uint8_t)first];
    size_t used = strlen((const char *)rows);
    assert(used + 1 < sizeof(words->rows[0]));
    rows[used] = (uint8_t)row;
}

void word_table_init(struct word_table *words)
{
    static_assert(ROW_COUNT < 256, "a row's number is a byte");
    memset(words, 0, sizeof(*words));
    for (size_t i = 1; i < ROW_COUNT; i++) {
        const char *text = ROWS[i].words;
        const char *firsts = !text ? "" : text[0] == '@' ? "mMpP" : text[0] == '&' ? "sSrR" : NULL;
        if (!firsts)
            put_row(words, text[0], i);
        else
            for (; *firsts; firsts++)
                put_row(words, *firsts, i);
    }
}

uint8_t word_rank(enum word word)
{
    for (size_t i = 1; i < ROW_COUNT; i++)
        if (!ROWS[i].words && ROWS[i].event == word)
            return ROWS[i].rank;
    return 0;
}

/* Takes a value up to the literal words that follow the '$' at *words. */
static bool take_value(const char **words, const char **at, const char *end, struct said *said)
{
    const char *literal = *words + 1;
    size_t len = strcspn(literal, "@&$"), left = (size_t)(end - *at);
    const char *stop = *at;
    if (len == 0)
        stop = end;
    else
        while (stop && (size_t)(end - stop) >= len && memcmp(stop, literal, len) != 0)
            stop = memchr(stop + 1, literal[0], (size_t)(end - stop) - 1);
    if (!stop || (len > 0 && (size_t)(end - stop) < len) || left == 0)
        return false;
    assert(said->count < WORD_VALUES);
    said->values[said->count++] = (struct piece){*at, (size_t)(stop - *at)};
    *at = stop + len;
    *words = literal + len;
    return true;
}

static bool compare(const char *words, const char *at, const char *end, struct said *said)
{
    said->count = 0;
    while (*words) {
        if (*words == '$') {
            if (!take_value(&words, &at, end, said))
                return false;
        } else if (*words == '@' || *words == '&') {
            size_t len = role_name(*words, at, (size_t)(end - at));
            if (len == 0)
                return false;
            at += len;
            words++;
        } else {
            if (at == end || *at != *words)
                return false;
            at++;
            words++;
        }
    }
    return true;
}

static struct said find_here(const struct word_table *words, const char *message, size_t len)
{
    struct said said = {.word = WORD_NONE};
    if (len == 0)
        return said;
    for (const uint8_t *row = words->rows[(uint8_t)message[0]]; *row; row++) {
        if (!compare(ROWS[*row].words, message, message + len, &said))
            continue;
        size_t head = *row;
        while (ROWS[head].words)
            head--;
        said.word = (enum word)ROWS[head].event;
        return said;
    }
    said.count = 0;
    return said;
}

/* Prefixes of the servers' own: "Replica bio thread: ", "Dual channel replication: ", and both. */
struct said word_table_find(const struct word_table *words, const char *message, size_t len)
{
    static const char *const PREFIXES[] = {"Replica bio thread: ", "Dual channel replication: "};
    struct said said = find_here(words, message, len);
    for (size_t i = 0; i < 2 && said.word == WORD_NONE; i++) {
        size_t skip = strlen(PREFIXES[i]);
        if (len > skip && memcmp(message, PREFIXES[i], skip) == 0) {
            message += skip;
            len -= skip;
            said = find_here(words, message, len);
        }
    }
    return said;
}

struct said word_table_search(const struct word_table *words, const char *text, size_t len,
                              const char **message)
{
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && !strchr(" \"'(]|*>-:\t=", text[i - 1]))
            continue;
        struct said said = word_table_find(words, text + i, len - i);
        if (said.word != WORD_NONE) {
            *message = text + i;
            return said;
        }
    }
    return (struct said){.word = WORD_NONE};
}

int64_t piece_number(struct piece piece, int64_t otherwise)
{
    bool is_negative = piece.len > 0 && piece.at[0] == '-';
    int64_t value = 0;
    size_t i = is_negative;
    if (i == piece.len)
        return otherwise;
    for (; i < piece.len; i++) {
        if (piece.at[i] < '0' || piece.at[i] > '9' || value > INT64_MAX / 40)
            return otherwise;
        value = value * 10 + (piece.at[i] - '0');
    }
    return is_negative ? -value : value;
}

void piece_copy(struct piece piece, char *to, size_t size)
{
    size_t len = piece.len < size ? piece.len : size - 1;
    if (len > 0)
        memcpy(to, piece.at, len);
    to[len] = '\0';
}
