/* Saves left out because nothing can come of them: a fault finds a save of any age, evenly up to a period, as it does
 * when all are made; and where a save is not without a consequence, all are. */
#include <glib.h>
#include "sim/trace/trace.h"
#include "sim/world/run_once.h"
#include "tests/unit/read_scenario.h"
#include "tests/unit/suite.h"

#define S    INT64_C(1000000000)
#define NODE 1 /* r1 */

#define PERIOD (613 * S / 10)
#define BINS   6
#define WORST  20.5 /* chi-square of 5 degrees of freedom, 99.9 % */

struct seen {
    int64_t saves, saved_at, longest, attempts;
    GArray *ages; /* of the last save of r1, when its link is cut */
};

static void hear(void *user, const struct event *event)
{
    struct seen *seen = user;
    seen->saves += event->kind == EVENT_SAVED;
    if (event->kind == EVENT_SAVED && event->node == NODE)
        seen->saved_at = event->t;
    if (event->kind == EVENT_FAULT && seen->saved_at > 0) {
        int64_t age = event->t - seen->saved_at;
        g_array_append_val(seen->ages, age);
        seen->longest = MAX(seen->longest, age);
    }
    seen->attempts += event->kind == EVENT_RESYNC;
}

static struct seen run(const char *text, bool skips)
{
    struct scenario *scenario = read_good(text);
    struct seen seen = {.ages = g_array_new(FALSE, FALSE, sizeof(int64_t))};
    char *broken = run_once(&(struct run_once){
        .scenario = scenario, .seed = 1, .skips_saves = skips, .heard = hear, .user = &seen});
    ck_assert_msg(broken == NULL, "%s", broken);
    scenario_free(scenario);
    return seen;
}

/* Chi-square of so many bins of a period. */
static double unevenness(const GArray *ages, int64_t period)
{
    double counts[BINS] = {0}, expected = (double)ages->len / BINS, sum = 0;
    for (guint i = 0; i < ages->len; i++)
        counts[MIN(g_array_index(ages, int64_t, i) * BINS / period, BINS - 1)]++;
    for (int i = 0; i < BINS; i++)
        sum += (counts[i] - expected) * (counts[i] - expected) / expected;
    return sum;
}

TEST(a_fault_meets_a_save_of_any_age_though_few_are_made)
{
    struct seen seen = run("duration: 600d\n"
                           "config: { save: \"60 100\", repl-backlog-size: 100mb }\n"
                           "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
                           "load: [ { node: m, rate: 100/s, command: 100 } ]\n"
                           "faults: [ { every: { exponential: 6h }, cut: m-r1, for: 1s } ]\n",
                           true);
    ck_assert_uint_gt(seen.ages->len, 2200);
    ck_assert_int_lt(seen.saves, 26 * 2400); /* of 1 700 000 */
    ck_assert_int_lt(seen.longest, 62 * S);
    ck_assert_double_lt(unevenness(seen.ages, PERIOD), WORST);
    g_array_free(seen.ages, TRUE);
}

#define PLAIN                                                                                      \
    "config: { save: \"60 100\" }\n"                                                               \
    "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"                        \
    "load: [ { node: m, rate: 100/s, command: 100 } ]\n"

/* Each is one in which a save could matter, or the next change is near. */
static const struct {
    const char *what, *text;
} MADE[] = {
    {"a fork of seconds", "config: { save: \"60 100\" }\n"
                          "hosts: { default: { fork: 2s/gb } }\n"
                          "nodes: { m: { dataset: 1gb }, r1: { replicaof: m, begin: synced } }\n"
                          "load: [ { node: m, rate: 100/s, command: 100 } ]\n"},
    {"writes that exceed the limit during a fork",
     "config: { save: \"60 100\", client-output-buffer-limit: replica 1mb 0 0 }\n"
     "hosts: { default: { fork: 900ms/gb } }\n"
     "nodes: { m: { dataset: 1gb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 1mb/s } ]\n"},
    {"writes that are refused where a replica is late",
     "config: { save: \"60 100\", min-replicas-to-write: 1, min-replicas-max-lag: 3 }\n"
     "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 100/s, command: 100 } ]\n"},
    {"commands that nearly exceed the limit",
     "config: { save: \"60 100\", client-output-buffer-limit: replica 4mb 0 0 }\n"
     "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 10/s, command: 1mb } ]\n"},
    {"a crash, after which a node has what was saved last",
     PLAIN "faults: [ { every: { exponential: 6h }, crash: r1, for: 5s } ]\n"},
    {"a restart without a save",
     PLAIN "faults: [ { every: { exponential: 6h }, restart: r1, save: no } ]\n"},
    {"a fault at the same hour each day", PLAIN "faults: [ { every: 6h, cut: m-r1, for: 5s } ]\n"},
    {"a fault at a fixed time", PLAIN "faults: [ { at: 12h, cut: m-r1, for: 5s } ]\n"},
    {"a fault that strikes several",
     PLAIN "faults: [ { every: { exponential: 6h }, partition: m, for: 70s },\n"
           "          { every: { exponential: 6h }, restart: [m, r1], save: yes } ]\n"},
    {"a save that may take very long",
     "hosts: { default: { save-base: { lognormal: { median: 1s, p95: 10min } } } }\n" PLAIN
     "faults: [ { every: { exponential: 12h }, cut: m-r1, for: 5s } ]\n"},
    {"data that grow", "config: { save: \"60 100\" }\n"
                       "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
                       "load: [ { node: m, rate: 100/s, command: 100, adds: 1kb } ]\n"},
    {"saves that fail", "config: { save: \"60 100\" }\n"
                        "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
                        "load: [ { node: m, rate: 100/s, command: 100 } ]\n"
                        "faults: [ { at: 10min, fail-save: r1, for: 24h } ]\n"},
    {"a link that is too slow",
     "config: { save: \"60 100\", client-output-buffer-limit: replica 0 0 0 }\n"
     "links: { default: { bandwidth: 100kbit/s } }\n"
     "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 20kb/s } ]\n"},
    {"a load that changes again and again",
     "config: { save: \"60 100\" }\n"
     "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 20kb/s, bursts: { on: 30s, off: 3min, rate-off: 10kb/s } } ]\n"},
    {"an outage that nobody has noticed",
     "config: { save: \"60 100\", repl-timeout: 90000 }\n"
     "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 10/s, command: 100 } ]\n"
     "faults: [ { every: { exponential: 30s }, partition: m-r1, for: 24h } ]\n"},
    {"a full synchronisation that goes on", "config: { save: \"60 100\", repl-diskless-sync: no }\n"
                                            "links: { default: { bandwidth: 100kbit/s } }\n"
                                            "nodes: { m: { dataset: 2gb }, r1: { replicaof: m } }\n"
                                            "load: [ { node: m, rate: 2/s, command: 30 } ]\n"},
    {"a replica that does not come back",
     "config: { save: \"60 100\" }\n"
     "nodes: { m: { dataset: 1mb }, r1: { replicaof: m, begin: synced } }\n"
     "load: [ { node: m, rate: 20kb/s } ]\n"
     "faults: [ { every: { exponential: 30s }, cut: m-r1, for: 24h } ]\n"},
};

TEST_LOOP(none_is_left_out_where_something_could_come_of_it, 0, G_N_ELEMENTS(MADE))
{
    char *text = g_strconcat("duration: 1d\n", MADE[_i].text, NULL);
    struct seen all = run(text, false), some = run(text, true);
    ck_assert_msg(all.saves == some.saves && all.attempts == some.attempts,
                  "%s: %d and %d saves, %d and %d resynchronisations", MADE[_i].what,
                  (int)all.saves, (int)some.saves, (int)all.attempts, (int)some.attempts);
    g_array_free(all.ages, TRUE);
    g_array_free(some.ages, TRUE);
    g_free(text);
}
