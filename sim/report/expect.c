/* Expectations. See expect.h. A row of expect.def says which number of a node it is, and how the nodes'
 * numbers become that of the run. */
#include "sim/report/expect.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"

#define NO_NUMBER EXPECT_NO_NUMBER

enum unit { COUNT, DURATION, SIZE, SHARE, FLAG };
enum fold { SUM, LARGEST, SMALLEST };

struct row {
    const char *key, *what;
    enum unit unit;
    enum fold fold;
    size_t offset, count; /* of its numbers in struct node_record */
};

static const struct row ROWS[EXPECT_COUNT] = {
#define EXPECT(name, text, unit, fold, field, what)                                                \
    [EXPECT_##name] = {text,                                                                       \
                       what,                                                                       \
                       unit,                                                                       \
                       fold,                                                                       \
                       offsetof(struct node_record, field),                                        \
                       sizeof((struct node_record *)0)->field / sizeof(int64_t)},
#include "sim/scenario/expect.def"
#undef EXPECT
};

static const int64_t *numbers(const struct node_record *node, enum expect_what what)
{
    return (const int64_t *)(const void *)((const char *)node + ROWS[what].offset);
}

static int64_t fold(enum fold how, int64_t a, int64_t b)
{
    if (a == NO_NUMBER || b == NO_NUMBER)
        return a == NO_NUMBER ? b : a;
    if (how == SUM)
        return a + b;
    return (how == LARGEST) == (a > b) ? a : b;
}

int64_t expect_number(const struct run_record *record, const struct scenario_expect *expect)
{
    int32_t detail = expect->detail > 0 ? expect->detail : 0;
    int64_t all = NO_NUMBER;
    if (expect->what == EXPECT_CONSISTENT && expect->node < 0)
        return run_record_final(record, NULL);
    if (expect->node >= 0)
        return numbers(&record->nodes[expect->node], expect->what)[detail];
    for (uint32_t i = 0; i < record->scenario->node_count; i++)
        all = fold(ROWS[expect->what].fold, all, numbers(&record->nodes[i], expect->what)[detail]);
    return all;
}

void expect_fold(struct node_record *all, const struct node_record *one)
{
    for (int what = 0; what < EXPECT_COUNT; what++) {
        int64_t *sums = (int64_t *)(void *)((char *)all + ROWS[what].offset);
        for (size_t i = 0; i < ROWS[what].count; i++)
            sums[i] = fold(ROWS[what].fold, sums[i], numbers(one, (enum expect_what)what)[i]);
    }
}

/* ---- words ---- */

const char *expect_key(enum expect_what what)
{
    return ROWS[what].key;
}

const char *expect_about(const struct scenario_expect *expect)
{
    if (expect->what == EXPECT_REASON)
        return reason_why((enum reason)expect->detail);
    if (expect->what == EXPECT_DROP)
        return drop_why((enum drop)expect->detail);
    return ROWS[expect->what].what;
}

const char *expect_form(enum expect_what what)
{
    static const char *const FORMS[] = {[COUNT] = "N",
                                        [DURATION] = "5s..7s",
                                        [SIZE] = "1mb..2mb",
                                        [SHARE] = "1%..2%",
                                        [FLAG] = "yes"};
    return what == EXPECT_CONSISTENT ? final_name(FINAL_CONSISTENT) : FORMS[ROWS[what].unit];
}

static const char *missing(const struct scenario_expect *expect)
{
    switch (expect->what) {
    case EXPECT_SPARE_MIN:
        return "no partial resynchronisation";
    case EXPECT_BEHIND:
        return "another history than the top master's";
    case EXPECT_ONLINE:
        return "a master";
    default:
        return "never";
    }
}

/* Seconds with all their digits: "1008.040711587s". */
static void print_seconds(int64_t ns, char *out, size_t size)
{
    int len =
        snprintf(out, size, "%lld.%09lld", (long long)(ns / NS_PER_S), (long long)(ns % NS_PER_S));
    while (out[len - 1] == '0')
        len--;
    len -= out[len - 1] == '.';
    snprintf(out + len, size - (size_t)len, "s");
}

/* For people, and exactly: "35.3 s (35.294823112s)"; once where both are the same. */
static void print_quantity(enum quantity_kind kind, int64_t value, char *out, size_t size)
{
    char brief[48], exact[48], joined[48];
    size_t len = 0;
    quantity_print_short(kind, value, brief, sizeof brief);
    if (kind == QUANTITY_DURATION && value >= NS_PER_S)
        print_seconds(value, exact, sizeof exact);
    else
        quantity_print(kind, value, exact, sizeof exact);
    for (const char *at = brief; *at != '\0'; at++)
        if (*at != ' ')
            joined[len++] = *at;
    joined[len] = '\0';
    if (value == 0 || strcmp(joined, exact) == 0)
        snprintf(out, size, "%s", brief);
    else
        snprintf(out, size, "%s (%s)", brief, exact);
}

static void print_found(const struct run_record *record, const struct scenario_expect *expect,
                        int64_t value, struct expect_result *result)
{
    size_t size = sizeof result->found;
    int32_t why;
    if (expect->what == EXPECT_CONSISTENT) {
        enum final_state state = run_record_final(record, &why);
        bool is_online = why < 0 || record->nodes[why].end.is_online;
        const char *because = why >= 0                      ? ", because of "
                              : state == FINAL_INCONSISTENT ? ", as no node runs"
                              : run_record_has_lost(record) ? ", as something is lost"
                                                            : "";
        snprintf(result->found, size, "%s%s%s%s", final_name(state), because,
                 why < 0 ? "" : record->scenario->nodes[why].name,
                 is_online ? "" : ", which is not online");
    } else if (value == NO_NUMBER) {
        snprintf(result->found, size, "%s", missing(expect));
    } else if (ROWS[expect->what].unit == FLAG) {
        snprintf(result->found, size, "%s", value != 0 ? "yes" : "no");
    } else if (ROWS[expect->what].unit == COUNT) {
        snprintf(result->found, size, "%lld", (long long)value);
    } else {
        print_quantity(ROWS[expect->what].unit == SIZE ? QUANTITY_SIZE : QUANTITY_DURATION, value,
                       result->found, size);
    }
}

struct expect_result expect_check(const struct run_record *record,
                                  const struct scenario_expect *expect)
{
    struct expect_result result;
    int64_t value = expect_number(record, expect);
    result.held =
        expect->is_open || (value != NO_NUMBER && value >= expect->low && value <= expect->high);
    print_found(record, expect, value, &result);
    return result;
}
