/* A small strict grammar, word by word. See size_target.h. */
#include "sim/study/size/size_target.h"

#include <string.h>
#include <strings.h>
#include "sim/engine/time.h"

#define DAY_NS      (86400 * NS_PER_S)
#define YEAR_NS     (365 * DAY_NS)
#define COUNT_MAX   1000000
#define DIGITS_MAX  15
#define WORD_MAX    24
#define PERIOD_MAX  (100 * YEAR_NS)
#define LEAST_SHARE 1e-12

static const char EXPECTED[] = "'one full resync per replica in a year' (or a number; in all; "
                               "month, week, day), '0.5 a year', "
                               "'one in 10 years', '1e-4 per outage' or '0.1% per outage'";

/* The words of a text, one after the other. */
struct humanize_left {
    char word[WORD_MAX]; /* "": none is left, or it is too long to be one of ours */
    const char *rest, *end;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static void next_word(struct humanize_left *left)
{
    size_t len = 0;
    while (left->rest < left->end && is_blank(*left->rest))
        left->rest++;
    while (left->rest + len < left->end && !is_blank(left->rest[len]))
        len++;
    left->word[0] = '\0';
    if (len < WORD_MAX) {
        memcpy(left->word, left->rest, len);
        left->word[len] = '\0';
    }
    left->rest += len;
}

static bool is_word(const struct humanize_left *left, const char *word)
{
    return strcasecmp(left->word, word) == 0;
}

static bool take(struct humanize_left *left, const char *word)
{
    bool is_it = is_word(left, word);
    if (is_it)
        next_word(left);
    return is_it;
}

static bool is_end(const struct humanize_left *left)
{
    return left->word[0] == '\0' && left->rest == left->end;
}

/* Digits with at most one point. Returns where they end; NULL: there are none. */
static const char *parse_decimal(const char *c, double *value)
{
    int digits = 0;
    bool has_point = false;
    double scale = 1;
    *value = 0;
    for (; (*c >= '0' && *c <= '9') || (*c == '.' && !has_point); c++) {
        if (*c == '.') {
            has_point = true;
            continue;
        }
        if (++digits > DIGITS_MAX)
            return NULL;
        *value = 10 * *value + (*c - '0');
        scale = has_point ? 10 * scale : scale;
    }
    *value /= scale;
    return digits > 0 ? c : NULL;
}

static bool parse_count(const char *word, double *count)
{
    static const struct {
        const char *word;
        double count;
    } WORDS[] = {{"a", 1},     {"once", 1}, {"twice", 2}, {"one", 1},    {"two", 2},
                 {"three", 3}, {"four", 4}, {"five", 5},  {"six", 6},    {"seven", 7},
                 {"eight", 8}, {"nine", 9}, {"ten", 10},  {"twelve", 12}};
    for (size_t i = 0; i < sizeof WORDS / sizeof WORDS[0]; i++) {
        if (strcasecmp(word, WORDS[i].word) != 0)
            continue;
        *count = WORDS[i].count;
        return true;
    }
    const char *end = parse_decimal(word, count);
    return end && *end == '\0' && *count > 0 && *count <= COUNT_MAX;
}

/* 1e-4, 0.001, 0.1% */
static bool parse_share(const char *word, double *share)
{
    const char *c = parse_decimal(word, share);
    if (c == NULL)
        return false;
    if (strcmp(c, "%") == 0) {
        *share /= 100;
    } else if (c[0] == 'e' && c[1] == '-' && c[2] >= '0' && c[2] <= '9') {
        int exponent = 0;
        for (c += 2; *c >= '0' && *c <= '9' && exponent < 100; c++)
            exponent = 10 * exponent + (*c - '0');
        for (int i = 0; i < exponent; i++)
            *share /= 10;
        if (*c != '\0')
            return false;
    } else if (*c != '\0') {
        return false;
    }
    return *share >= LEAST_SHARE && *share < 1;
}

/* "in a year", "per month", "a year", "in 10 years", "every 10 years" */
static bool parse_period(struct humanize_left *left, int64_t *period)
{
    static const struct {
        const char *one, *many;
        int64_t lasts_ns;
    } PERIODS[] = {{"year", "years", YEAR_NS},
                   {"month", "months", 30 * DAY_NS},
                   {"week", "weeks", 7 * DAY_NS},
                   {"day", "days", DAY_NS}};
    bool has_word = take(left, "in") || take(left, "per") || take(left, "every");
    double times;
    bool has_times = parse_count(left->word, &times);
    if (has_times)
        next_word(left);
    else
        times = 1;
    if (!has_word && !has_times)
        return false;
    *period = 0;
    for (size_t i = 0; i < sizeof PERIODS / sizeof PERIODS[0]; i++)
        if (is_word(left, PERIODS[i].one) || is_word(left, PERIODS[i].many))
            *period = (int64_t)(times * (double)PERIODS[i].lasts_ns);
    next_word(left);
    return *period > 0 && *period <= PERIOD_MAX;
}

/* "per replica" or "in all", before the period or behind it. */
static bool parse_whose(struct humanize_left *left, struct size_target *target)
{
    struct humanize_left before = *left;
    if (take(left, "per") && take(left, "replica"))
        return true;
    *left = before;
    target->is_in_all = take(left, "in") && take(left, "all");
    if (!target->is_in_all)
        *left = before;
    return target->is_in_all;
}

static bool parse_rate(struct humanize_left *left, struct size_target *target)
{
    if (!parse_count(left->word, &target->count))
        return false;
    next_word(left);
    if (take(left, "full") && !take(left, "resync") && !take(left, "resyncs") &&
        !take(left, "sync") && !take(left, "syncs"))
        return false;
    bool has_whose = parse_whose(left, target);
    if (!parse_period(left, &target->period_ns))
        return false;
    if (!has_whose)
        (void)parse_whose(left, target);
    return true;
}

static bool keep_text(struct humanize_left left, char *text)
{
    size_t used = 0;
    for (;;) {
        next_word(&left);
        size_t len = strlen(left.word);
        if (len == 0)
            return used > 0;
        if (used + len + 2 > TARGET_TEXT_MAX)
            return false;
        if (used > 0)
            text[used++] = ' ';
        memcpy(text + used, left.word, len + 1);
        used += len;
    }
}

const char *size_target_parse(const char *text, size_t len, struct size_target *target)
{
    struct humanize_left left = {.rest = text, .end = text + len};
    *target = (struct size_target){0};
    if (memchr(text, '\0', len) || !keep_text(left, target->text))
        return EXPECTED;
    next_word(&left);
    struct humanize_left before = left;
    if (parse_share(left.word, &target->share)) {
        next_word(&left);
        target->is_per_outage = take(&left, "per") && take(&left, "outage");
        if (target->is_per_outage)
            return is_end(&left) ? NULL : EXPECTED;
        left = before; /* "0.5 a year" */
    }
    return parse_rate(&left, target) && is_end(&left) ? NULL : EXPECTED;
}

static double outages_in_period(const struct size_target *target, double per_year, int64_t replicas)
{
    double all = target->is_in_all ? (double)replicas : 1;
    return per_year * all * ((double)target->period_ns / (double)YEAR_NS);
}

double size_target_share(const struct size_target *target, double per_year, int64_t replicas)
{
    if (target->is_per_outage)
        return target->share;
    return target->count / outages_in_period(target, per_year, replicas);
}

double size_target_measure(const struct size_target *target, double share, double per_year,
                           int64_t replicas)
{
    return target->is_per_outage ? share : share * outages_in_period(target, per_year, replicas);
}
