/* What was given beside the logs: which value is in force, and which limit a kill had passed. */
#include <glib.h>
#include "sim/incident/evidence.h"
#include "tests/unit/suite.h"

#define MB (INT64_C(1) << 20)

static GPtrArray *evidence;

static void begin(void)
{
    evidence = g_ptr_array_new_with_free_func(evidence_free);
}

static void clear(void)
{
    g_ptr_array_free(evidence, TRUE);
}

FIXTURE(begin, clear)

static void give(const char *node, int directive, const char *value)
{
    struct evidence *made = g_new0(struct evidence, 1);
    made->node = g_strdup(node);
    made->config[directive] = g_strdup(value);
    g_ptr_array_add(evidence, made);
}

TEST(what_was_not_given_is_absent)
{
    struct limits limits = evidence_limits(evidence, "m");
    ck_assert_int_eq(limits.backlog_bytes, HALF_ABSENT);
    ck_assert_int_eq(limits.hard_bytes, HALF_ABSENT);
    ck_assert_int_eq(limits.timeout_s, HALF_ABSENT);
}

TEST(the_last_value_is_in_force_and_another_node_has_its_own)
{
    give(NULL, CONFIG_backlog_bytes, "1mb");
    give("m", CONFIG_backlog_bytes, "2mb");
    give("r", CONFIG_backlog_bytes, "3mb");
    give("m", CONFIG_timeout_s, "7");
    ck_assert_int_eq(evidence_limits(evidence, "m").backlog_bytes, 2 * MB);
    ck_assert_int_eq(evidence_limits(evidence, "x").backlog_bytes, MB);
    ck_assert_int_eq(evidence_limits(evidence, "m").timeout_s, 7);
    ck_assert_int_eq(evidence_limits(evidence, "r").timeout_s, HALF_ABSENT);
}

/* The hard limit strikes at its size; below it only the soft one can. */
static const struct {
    const char *limit;
    int64_t omem;
    enum ended ended;
} KILLS[] = {
    {"replica 4mb 1mb 5", 4 * MB, ENDED_LIMIT_HARD},
    {"replica 4mb 1mb 5", 4 * MB - 1, ENDED_LIMIT_SOFT},
    {"replica 4mb 1mb 5", MB - 1, ENDED_LIMIT},
    {"replica 0 1mb 5", 90 * MB, ENDED_LIMIT_SOFT},
    {"replica 4mb 0 0", 3 * MB, ENDED_LIMIT},
    {"replica 4mb 1mb 5", HALF_ABSENT, ENDED_LIMIT},
    {NULL, 4 * MB, ENDED_LIMIT},
};

TEST_LOOP(bytes_beside_the_limits_show_which_one_it_was, 0, (int)G_N_ELEMENTS(KILLS))
{
    if (KILLS[_i].limit)
        give("m", CONFIG_limit, KILLS[_i].limit);
    struct limits limits = evidence_limits(evidence, "m");
    struct kill kill = {.omem = KILLS[_i].omem};
    ck_assert_int_eq(limits_kill(&limits, &kill), KILLS[_i].ended);
}
