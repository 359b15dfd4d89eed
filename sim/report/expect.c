/* Expectations. See expect.h.
 *
 * A row says how a number is taken from one node and how the nodes' numbers become that of the run.
 */
#include "sim/report/expect.h"

#include <stdio.h>
#include <string.h>
#include "sim/engine/quantity.h"
#include "sim/engine/time.h"
#include "sim/world/node.h"

#define JOURNEY_SLACK_NS (10 * NS_PER_MS)
#define NO_NUMBER        EXPECT_NO_NUMBER

enum unit { COUNT, DURATION, SIZE, SHARE, FLAG };
enum fold { SUM, LARGEST, SMALLEST };

struct row {
    const char *key;
    enum unit unit;
};

static const struct row ROWS[EXPECT_COUNT] = {
#define EXPECT(name, text, unit, what) [EXPECT_##name] = {text, unit},
#include "sim/scenario/expect.def"
#undef EXPECT
};

static const enum fold FOLDS[EXPECT_COUNT] = {
    [EXPECT_DOWN] = LARGEST,        [EXPECT_STALE] = LARGEST,
    [EXPECT_STALE_MAX] = LARGEST,   [EXPECT_FIRST_RESYNC] = SMALLEST,
    [EXPECT_FIRST_DROP] = SMALLEST, [EXPECT_LAST_ONLINE] = LARGEST,
    [EXPECT_BUFFER_PEAK] = LARGEST, [EXPECT_SPARE_MIN] = SMALLEST,
    [EXPECT_OFFSET] = LARGEST,      [EXPECT_BEHIND] = LARGEST,
    [EXPECT_ONLINE] = SMALLEST,
};

const char *expect_key(enum expect_what what)
{
    return ROWS[what].key;
}

const struct node *expect_top(const struct world *world, const struct node *node)
{
    for (uint32_t depth = 0; node->master != NO_INDEX && depth < world->node_count; depth++)
        node = &world->nodes[node->master];
    return node;
}

bool expect_is_online(const struct node *node)
{
    return node->is_up && replica_is_online(&node->replica);
}

int64_t expect_behind(const struct world *world, const struct node *node)
{
    const struct node *top = expect_top(world, node);
    int64_t offset = node_offset(world, node), newest = node_offset(world, top);
    if (top != node && !node->account.has_data)
        return newest;
    return world_is_prefix(world, node->timeline, offset, top->timeline, newest) ? newest - offset
                                                                                 : NO_NUMBER;
}

static int64_t if_ever(int64_t t)
{
    return t < 0 ? NO_NUMBER : t;
}

/* The number that is kept in the account; NO_NUMBER when there is none. */
static int64_t from_account(const struct account *account, const struct scenario_expect *expect)
{
    switch (expect->what) {
    case EXPECT_FULL:
        return account->full;
    case EXPECT_FULL_FAILED:
        return account->full_failed;
    case EXPECT_PARTIAL:
        return account->partial;
    case EXPECT_REFUSED:
        return account->refused;
    case EXPECT_REASON:
        return account->reasons[expect->detail];
    case EXPECT_DROP:
        return account->drops[expect->detail];
    case EXPECT_DOWN:
        return account->down;
    case EXPECT_STALE:
        return account->stale;
    case EXPECT_STALE_MAX:
        return account->stale_max;
    case EXPECT_FIRST_RESYNC:
        return if_ever(account->first_resync);
    case EXPECT_FIRST_DROP:
        return if_ever(account->first_drop);
    case EXPECT_LAST_ONLINE:
        return if_ever(account->last_online);
    case EXPECT_BYTES:
        return account->bytes;
    case EXPECT_BUFFER_PEAK:
        return account->buffer_peak;
    case EXPECT_SPARE_MIN:
        return account->spare_min == INT64_MAX ? NO_NUMBER : account->spare_min;
    case EXPECT_REFUSED_WRITES:
        return account->refused_writes;
    case EXPECT_FORKS:
        return account->forks;
    default:
        return NO_NUMBER;
    }
}

static int64_t number_of(const struct world *world, const struct node *node,
                         const struct scenario_expect *expect)
{
    switch (expect->what) {
    case EXPECT_OFFSET:
        return node_offset(world, node);
    case EXPECT_BEHIND:
        return expect_behind(world, node);
    case EXPECT_ONLINE:
        return node->master == NO_INDEX ? NO_NUMBER : expect_is_online(node);
    default:
        return from_account(&node->account, expect);
    }
}

static int64_t fold(enum fold how, int64_t a, int64_t b)
{
    if (a == NO_NUMBER || b == NO_NUMBER)
        return a == NO_NUMBER ? b : a;
    if (how == SUM)
        return a + b;
    return (how == LARGEST) == (a > b) ? a : b;
}

int64_t expect_number(const struct world *world, const struct scenario_expect *expect)
{
    if (expect->what == EXPECT_CONSISTENT)
        return expect_final(world, NULL);
    if (expect->node >= 0)
        return number_of(world, &world->nodes[expect->node], expect);
    int64_t all = NO_NUMBER;
    for (uint32_t i = 0; i < world->node_count; i++)
        all = fold(FOLDS[expect->what], all, number_of(world, &world->nodes[i], expect));
    return all;
}

/* ---- final ---- */

static int64_t journey(const struct world *world, const struct node *node)
{
    int64_t total = JOURNEY_SLACK_NS;
    for (uint32_t depth = 0; node->master != NO_INDEX && depth < world->node_count; depth++) {
        int32_t link = scenario_link_between(world->scenario, node->master, node->index);
        if (link >= 0)
            total += 2 * world->links[link].latency;
        node = &world->nodes[node->master];
    }
    return total;
}

static enum final_state final_of(const struct world *world, const struct node *node)
{
    if (!node->is_up || node->master == NO_INDEX)
        return FINAL_IDENTICAL;
    const struct node *master = &world->nodes[node->master];
    if (!expect_is_online(node) || !master->is_up ||
        !world_is_prefix(world, node->timeline, node_offset(world, node), master->timeline,
                         node_offset(world, master)))
        return FINAL_INCONSISTENT;
    return expect_behind(world, node) == 0 || node->account.age <= journey(world, node)
               ? FINAL_IDENTICAL
               : FINAL_CONSISTENT;
}

/* A replica, if there are some and none of them runs; else NO_INDEX. */
static int32_t none_runs(const struct world *world)
{
    int32_t found = NO_INDEX;
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct node *node = &world->nodes[i];
        if (node->master != NO_INDEX && node->is_up)
            return NO_INDEX;
        if (node->master != NO_INDEX && found == NO_INDEX)
            found = node->index;
    }
    return found;
}

enum final_state expect_final(const struct world *world, int32_t *why)
{
    int32_t who = none_runs(world);
    enum final_state worst = who == NO_INDEX ? FINAL_IDENTICAL : FINAL_INCONSISTENT;
    for (uint32_t i = 0; i < world->node_count; i++) {
        enum final_state state = final_of(world, &world->nodes[i]);
        if (state < worst) {
            worst = state;
            who = (int32_t)i;
        }
    }
    if (why != NULL)
        *why = who;
    return worst;
}

/* ---- words ---- */

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

static void print_found(const struct world *world, const struct scenario_expect *expect,
                        int64_t value, struct expect_result *result)
{
    static const char *const FINALS[] = {"inconsistent", "consistent", "identical"};
    size_t size = sizeof result->found;
    int32_t why;
    if (expect->what == EXPECT_CONSISTENT) {
        enum final_state state = expect_final(world, &why);
        snprintf(
            result->found, size, "%s%s%s%s", FINALS[state], why == NO_INDEX ? "" : ", because of ",
            why == NO_INDEX ? "" : world->nodes[why].spec->name,
            why == NO_INDEX || expect_is_online(&world->nodes[why]) ? "" : ", which is not online");
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

struct expect_result expect_check(const struct world *world, const struct scenario_expect *expect)
{
    struct expect_result result;
    int64_t value = expect_number(world, expect);
    result.held = value != NO_NUMBER && value >= expect->low && value <= expect->high;
    print_found(world, expect, value, &result);
    return result;
}
