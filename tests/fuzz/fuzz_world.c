/* Any scenario runs to its end: bytes choose one (a tree of up to five nodes, its links, writers
 * and faults of every kind at any time), as the text that a user would write. No invariant breaks,
 * no assertion fails, the run ends after a sane number of steps, a second run that skips no quiet
 * stretch has the same digest, and a third, of which nobody hears, the same accounts. The text of a
 * scenario that does not is printed. */
#include <assert.h>
#include <glib.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include "tests/fuzz/fuzz.h"
#include "sim/engine/digest.h"
#include "sim/engine/time.h"
#include "sim/report/run_record.h"
#include "sim/scenario/scenario_read.h"
#include "sim/world/world.h"

#define STEPS_A_MS  UINT64_C(67) /* of the run; a replica that a limit kills at once takes most */
#define CPU_SECONDS 20           /* of a short one */
#define NODES_MAX   5
#define SHORT_MS    30000
#define LONG_MS     (20 * SHORT_MS) /* with quiet stretches between its faults */

long fuzz_inputs(void)
{
    return 1500; /* each is three runs of a world */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- choices ---- */

struct choices {
    const uint8_t *data;
    size_t left;
};

static uint32_t choose(struct choices *choices, uint32_t below)
{
    assert(below > 0);
    if (choices->left == 0)
        return 0;
    choices->left--;
    return *choices->data++ % below;
}

/* A key that stands there or not, with one of its values. */
struct option {
    const char *key;
    const char *values[8];
};

static uint32_t count_values(const struct option *option)
{
    uint32_t count = 0;
    while (count < G_N_ELEMENTS(option->values) && option->values[count] != NULL)
        count++;
    return count;
}

/* Writes "key: value, " of each option; about half of them stand there. */
static void put_options(GString *out, struct choices *choices, const struct option *options,
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t values = count_values(&options[i]);
        uint32_t chosen = choose(choices, 2 * values);
        if (chosen >= values)
            g_string_append_printf(out, "%s: %s, ", options[i].key,
                                   options[i].values[chosen - values]);
    }
}

static const struct option CONFIG[] = {
    {"repl-backlog-size", {"16kb", "20kb", "100kb", "1mb", "10mb"}},
    {"repl-timeout", {"2", "3", "5", "10", "60"}},
    {"repl-ping-replica-period", {"1", "2", "10"}},
    {"repl-backlog-ttl", {"0", "1", "5"}},
    {"client-output-buffer-limit",
     {"replica 256mb 64mb 60", "replica 100kb 50kb 2", "replica 1mb 0 0", "replica 0 0 0",
      "replica 20kb 1 1"}},
    {"repl-diskless-sync", {"yes", "no"}},
    {"repl-diskless-sync-delay", {"0", "1", "5"}},
    {"min-replicas-to-write", {"0", "1", "2"}},
    {"min-replicas-max-lag", {"0", "1", "10"}},
    {"save", {"\"\"", "3600 1", "2 1 1 50"}},
    {"appendonly", {"yes", "no"}},
    {"shutdown-timeout", {"0", "1", "10"}},
    {"hz", {"1", "10", "100"}},
};

static const struct option HOST[] = {
    {"preset", {"exact", "cloud", "recorder", "disk-hdd"}},
    {"fork-base", {"0", "1ms", "200ms", "3s"}},
    {"save", {"100kb/s", "1mb/s", "100mb/s"}},
    {"diskless", {"100kb/s", "1mb/s", "100mb/s"}},
    {"load", {"100kb/s", "1mb/s", "100mb/s"}},
    {"flush", {"1mb/s", "1gb/s"}},
    {"handler", {"0", "1ms", "{ uniform: { low: 0, high: 50ms } }"}},
    {"tick-extra", {"0", "1ms", "{ uniform: { low: 0, high: 1ms } }"}},
    {"boot", {"0", "300ms", "3s"}},
    {"nic", {"1mbit/s", "1gbit/s"}},
    {"apply", {"1b/s", "10kb/s", "200kb/s", "10mb/s"}},
};

static const struct option LINK[] = {
    {"kind", {"tcp", "relayed"}},
    {"latency", {"0", "1us", "200us", "10ms", "100ms", "1s"}},
    {"jitter", {"1ms", "{ uniform: { low: 0, high: 20ms } }", "{ exponential: 5ms }"}},
    {"bandwidth", {"8kbit/s", "100kbit/s", "1mbit/s", "10mbit/s", "1gbit/s"}},
    {"send-buffer", {"1", "4kb", "64kb", "4mb"}},
    {"receive-buffer", {"1", "4kb", "64kb", "4mb"}},
};

static const struct option LOAD[] = {
    {"poisson", {"yes", "no"}},
    {"command", {"1", "30", "543", "20kb", "300kb", "{ values: [40, 543, 5kb] }"}},
    {"from", {"0", "1s", "7500ms", "20s"}},
    {"to", {"25s", "29s"}},
    {"tick", {"1ms", "100ms", "1s"}},
    {"ttl", {"1s", "10s"}},
    {"adds", {"100", "1kb"}},
};

/* ---- sections ---- */

static void put_map(GString *out, struct choices *choices, const char *name,
                    const struct option *options, size_t count)
{
    g_string_append_printf(out, "%s: { ", name);
    put_options(out, choices, options, count);
    g_string_append(out, "}\n");
}

struct tree {
    uint32_t count;
    uint32_t above[NODES_MAX]; /* itself: a master */
    bool is_ready[NODES_MAX];  /* runs at 0, so that others can be in step with it */
};

static void put_master(GString *out, struct choices *choices, struct tree *tree, uint32_t i)
{
    static const char *const DATA[] = {"0", "1", "100kb", "1mb", "20mb", "3gb"};
    static const char *const BEGIN[] = {"cold", "cold", "cold", "alone", "absent"};
    const char *begin = BEGIN[choose(choices, G_N_ELEMENTS(BEGIN))];
    tree->is_ready[i] = strcmp(begin, "absent") != 0;
    g_string_append_printf(out, "begin: %s, dataset: %s, ", begin,
                           DATA[choose(choices, G_N_ELEMENTS(DATA))]);
}

static void put_replica(GString *out, struct choices *choices, struct tree *tree, uint32_t i)
{
    bool is_synced = choose(choices, 2) == 1 && tree->is_ready[tree->above[i]];
    bool is_absent = !is_synced && choose(choices, 5) == 4;
    tree->is_ready[i] = is_synced;
    g_string_append_printf(out, "replicaof: n%u, begin: %s, ", tree->above[i],
                           is_synced   ? "synced"
                           : is_absent ? "absent"
                                       : "cold");
}

/* Most runs are of the default; it is chosen by the seed, so that the others are what they were.
 * Long runs with versions whose limits have a floor only: with the others, a replica that is owed
 * more than the limit comes back without end, as it does in life. */
static const char *version_of(uint32_t seed, bool is_long)
{
    if (seed % 4 != 3)
        return PROFILE_DEFAULT;
    const struct profile *profile = profile_at(seed / 4 % profile_count());
    return is_long && !profile->hard_limit_floor ? PROFILE_DEFAULT : profile->name;
}

/* Each node follows an earlier one, or none. */
static void put_nodes(GString *out, struct choices *choices, struct tree *tree, uint32_t seed)
{
    static const struct option START[] = {{"start-after", {"1ms", "2s"}}};
    g_string_append(out, "nodes:\n");
    tree->count = 2 + choose(choices, NODES_MAX - 1);
    for (uint32_t i = 0; i < tree->count; i++) {
        tree->above[i] = i == 0 || choose(choices, 10) == 9 ? i : choose(choices, i);
        g_string_append_printf(out, "  n%u: { ", i);
        if (tree->above[i] == i)
            put_master(out, choices, tree, i);
        else
            put_replica(out, choices, tree, i);
        if (seed % 8 == 3 && seed % 3 == 0) /* versions are mixed */
            g_string_append_printf(out, "server: %s, ", version_of(seed + 4 * i, false));
        if (choose(choices, 4) == 3) {
            g_string_append(out, "config: { ");
            put_options(out, choices, CONFIG, G_N_ELEMENTS(CONFIG));
            g_string_append(out, "}, ");
        }
        if (!tree->is_ready[i])
            put_options(out, choices, START, G_N_ELEMENTS(START));
        g_string_append(out, "}\n");
    }
}

static void put_loads(GString *out, struct choices *choices, uint32_t nodes)
{
    static const char *const RATES[] = {"1/s", "10/s", "333/s", "2000/s", "100kb/s", "5000/s"};
    static const char *const SHAPES[] = {"",
                                         "",
                                         "rate-end: 5000/s, ",
                                         "rate-end: 0/s, ",
                                         "bursts: { 'on': 2s, 'off': 3s }, ",
                                         "markov: { high: 20000/s, high-for: 1s, low-for: 4s }, "};
    uint32_t count = 1 + choose(choices, 3);
    g_string_append(out, "load:\n");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = choose(choices, 3) == 2 ? choose(choices, nodes) : 0;
        const char *rate = RATES[choose(choices, G_N_ELEMENTS(RATES))];
        const char *shape = SHAPES[choose(choices, G_N_ELEMENTS(SHAPES))];
        g_string_append_printf(out, "  - { node: n%u, rate: %s, %s", node, rate, shape);
        put_options(out, choices, LOAD, G_N_ELEMENTS(LOAD));
        g_string_append(out, "}\n");
    }
    if (choose(choices, 4) == 3)
        g_string_append(out, "waits:\n  - { node: n0, replicas: 1, timeout: 500ms, every: 1s }\n");
}

/* ---- faults ---- */

/* @ is a node, & another one, first the group of the first two. */
static const struct {
    const char *text;
    bool lasts;
} FAULTS[] = {
    {"cut: &-@", true},
    {"cut: &-@, mode: fin", true},
    {"cut: &-@, side: lower", true},
    {"cut: &-@, side: upper, refuse: no", true},
    {"partition: &-@", true},
    {"partition: &-@", true},
    {"partition: '&->@'", true},
    {"partition: '@->&'", true},
    {"slow: &-@, bandwidth: 8kbit/s", true},
    {"slow: &-@, bandwidth: 100mbit/s, latency: 0", true},
    {"slow: &-@, latency: 900ms", true},
    {"heal: &-@", false},
    {"pause: '@'", true},
    {"pause: '@'", true},
    {"resume: '@'", false},
    {"block: '@'", true},
    {"rdb-client: '@'", false},
    {"rdb-client: '@', bandwidth: 100kbit/s", false},
    {"config-set: '@', busy-reply-threshold: 300", false},
    {"crash: '@'", true},
    {"shutdown: '@', save: yes", true},
    {"shutdown: '@', save: no", true},
    {"start: '@'", false},
    {"start: '@', replicaof: '&', wipe: yes", false},
    {"restart: '@'", false},
    {"restart: '@', graceful: no", false},
    {"restart: '@', wipe: yes", false},
    {"restart: '@', replicaof: '&', save: yes", false},
    {"promote: '@'", false},
    {"replicaof: '@', to: '&'", false},
    {"replicaof: '@', to: '&'", false},
    {"failover: '@'", true},
    {"failover: '@', to: '&'", true},
    {"config-set: '@', repl-backlog-size: 16kb", false},
    {"config-set: '@', repl-backlog-size: 2mb", false},
    {"config-set: '@', client-output-buffer-limit: replica 30kb 20kb 1", false},
    {"config-set: '@', repl-timeout: 2", false},
    {"config-set: '@', min-replicas-to-write: 1", false},
    {"config-set: '@', hz: 100", false},
    {"config-set: '@', repl-ping-replica-period: 1", false},
    {"flush: '@'", false},
    {"bgsave: '@'", false},
    {"fail-save: '@'", true},
    {"fail-save: '@'", false},
    {"fail-fork: '@'", true},
    {"fail-fork: '@'", false},
    {"fail-load: '@'", true},
    {"kill-child: '@'", false},
    {"pause-writes: '@'", true},
    {"move-load: 0, node: '@'", false},
    {"partition: '@'", true},
    {"cut: ['@', '&']", true},
    {"slow: '@', bandwidth: 8kbit/s", true},
    {"heal: first", false},
    {"pause: ['@', '&']", true},
    {"crash: first", true},
    {"restart: ['@', '&'], save: yes", false},
    {"shutdown: first, save: no", true},
};

static void put_template(GString *out, const char *text, uint32_t node, uint32_t other)
{
    for (; *text != '\0'; text++) {
        if (*text == '@' || *text == '&')
            g_string_append_printf(out, "n%u", *text == '@' ? node : other);
        else
            g_string_append_c(out, *text);
    }
}

static void put_fault(GString *out, struct choices *choices, const struct tree *tree,
                      uint32_t duration_ms)
{
    static const char *const LASTING[] = {
        "1us", "50ms", "500ms", "1s", "3s", "8s", "{ exponential: 2s }"};
    uint32_t kind = choose(choices, G_N_ELEMENTS(FAULTS));
    uint32_t node = choose(choices, tree->count), other = tree->above[node];
    if (other == node)
        other = (node + 1 + choose(choices, tree->count - 1)) % tree->count;
    bool recurs = choose(choices, 8) == 7;
    uint32_t coarse = choose(choices, SHORT_MS / 250 - 1), fine = choose(choices, 250);
    g_string_append(out, "  - { ");
    if (recurs)
        g_string_append_printf(out, "every: { exponential: %ums }, ", duration_ms / 5);
    else
        g_string_append_printf(out, "at: %ums, ", duration_ms / SHORT_MS * 250 * coarse + fine);
    if (FAULTS[kind].lasts && (recurs || choose(choices, 4) != 3))
        g_string_append_printf(out, "for: %s, ", LASTING[choose(choices, G_N_ELEMENTS(LASTING))]);
    put_template(out, FAULTS[kind].text, node, other);
    g_string_append(out, " }\n");
}

/* A promotion at the end lets roles change, so that any two nodes may talk and any may have
 * writers. */
static void put_faults(GString *out, struct choices *choices, const struct tree *tree,
                       uint32_t duration_ms)
{
    bool roles_change = choose(choices, 2) == 1;
    uint32_t count = choose(choices, 12);
    g_string_append(out, count == 0 && !roles_change ? "faults: []\n" : "faults:\n");
    if (roles_change)
        g_string_append_printf(out, "  - { at: %ums, promote: n0 }\n", duration_ms - 1);
    for (uint32_t i = 0; i < count; i++)
        put_fault(out, choices, tree, duration_ms);
}

static GString *write_scenario(struct choices *choices)
{
    GString *out = g_string_new(NULL);
    struct tree tree;
    uint32_t seed = choose(choices, 256), duration_ms = seed % 8 == 7 ? LONG_MS : SHORT_MS;
    g_string_append_printf(out, "duration: %ums\nseed: %u\nserver: %s\n", duration_ms, seed,
                           version_of(seed, duration_ms == LONG_MS));
    g_string_append(out, "config: { ");
    if (seed & 16) /* Valkey's second channel is off by default, that of Redis on */
        g_string_append(out, "dual-channel-replication-enabled: yes, ");
    else if (seed & 32)
        g_string_append(out, "replica-full-sync-buffer-limit: 20kb, ");
    put_options(out, choices, CONFIG, G_N_ELEMENTS(CONFIG));
    g_string_append(out, "}\nhosts:\n  ");
    put_map(out, choices, "default", HOST, G_N_ELEMENTS(HOST));
    g_string_append(out, "links:\n  ");
    put_map(out, choices, "default", LINK, G_N_ELEMENTS(LINK));
    put_nodes(out, choices, &tree, seed);
    g_string_append(out, "groups: { first: [n0, n1] }\n");
    put_loads(out, choices, tree.count);
    put_faults(out, choices, &tree, duration_ms);
    return out;
}

/* ---- the run ---- */

static GString *scenario_text; /* of the run under way, for who must report it */

static void report(const char *what)
{
    if (write(STDERR_FILENO, what, strlen(what)) < 0 ||
        write(STDERR_FILENO, scenario_text->str, scenario_text->len) < 0)
        return; /* nothing more can be done */
}

static void on_abort(int signal_number)
{
    (void)signal_number;
    report("\n# aborted in this scenario:\n");
}

static void on_hang(int signal_number)
{
    (void)signal_number;
    report("\n# no end in sight:\n");
    signal(SIGABRT, SIG_DFL);
    abort();
}

static void fail(const char *what)
{
    fprintf(stderr, "# %s\n", what);
    abort();
}

static void set_clock(time_t seconds)
{
    struct itimerval timer = {.it_value.tv_sec = seconds};
    setitimer(ITIMER_VIRTUAL, &timer, NULL);
}

/* What is left of a run. */
struct outcome {
    struct digest events, accounts;
};

/* What the record counts and how the node ends. */
static void add_record(struct digest *digest, const struct node_record *node)
{
    const struct event_end *end = &node->end;
    const int64_t numbers[] = {node->full,
                               node->full_failed,
                               node->partial,
                               node->refused,
                               node->down,
                               end->stale_ns,
                               end->stale_max_ns,
                               end->stale_reads_ppm,
                               end->samples,
                               node->loading,
                               node->first_resync,
                               node->first_drop,
                               node->bytes,
                               end->buffer_peak_bytes,
                               end->buffer_limit_bytes,
                               node->spare_min,
                               node->forks,
                               node->cow_peak,
                               end->refused_writes,
                               node->last_online,
                               node->online,
                               node->final,
                               end->offset,
                               end->behind};
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        digest_add(digest, (uint64_t)numbers[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(node->reasons); i++)
        digest_add(digest, (uint64_t)node->reasons[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(node->drops); i++)
        digest_add(digest, (uint64_t)node->drops[i]);
}

static void add_node(struct digest *digest, const struct node *node)
{
    digest_add(digest, (uint64_t)node->account.observed);
    digest_add(digest, (uint64_t)node->account.age);
    digest_add(digest, (uint64_t)node->account.free_samples);
    digest_add(digest, (uint64_t)node->history.offset);
    digest_add(digest, (uint64_t)node->replica.reploff);
    digest_add(digest, (uint64_t)node->replica.last_io_ns);
    digest_add(digest, (uint64_t)node->last_cron);
    digest_add(digest, node->cron_count);
}

/* With their acknowledgements as the master noted them. */
static struct digest accounts_of(const struct world *world, const struct run_record *record)
{
    struct digest digest;
    digest_init(&digest);
    digest_add(&digest, world->trace->events);
    digest_add(&digest, world->trace->pings);
    digest_add(&digest, world->trace->acks);
    for (uint32_t i = 0; i < world->node_count; i++)
        add_record(&digest, &record->nodes[i]);
    for (uint32_t i = 0; i < world->node_count; i++)
        add_node(&digest, &world->nodes[i]);
    EACH_CONN_USED(conn, world) {
        digest_add(&digest, (uint64_t)conn->index);
        digest_add(&digest, (uint64_t)conn->machine.ack_offset);
        digest_add(&digest, (uint64_t)conn->machine.ack_time_ns);
        digest_add_bytes(&digest, &conn->machine.fired, sizeof conn->machine.fired);
    }
    return digest;
}

static struct outcome run(const struct scenario *scenario, bool hears_heartbeats,
                          bool fast_forwards)
{
    const char *names[NODES_MAX];
    struct trace trace;
    for (uint32_t i = 0; i < scenario->node_count; i++)
        names[i] = scenario->nodes[i].name;
    trace_init(&trace, TRACE_DIGEST, names);
    struct run_record record;
    run_record_init(&record, scenario, false);
    run_record_watch(&record, &trace);
    trace.watches_all = hears_heartbeats;
    set_clock(CPU_SECONDS * (scenario->duration / NS_PER_MS / SHORT_MS));
    struct world *world = world_new(scenario, scenario->seed, 0, &trace);
    world->fast_forwards = fast_forwards;
    world->checks_all = true;
    bool holds = world_run(world);
    set_clock(0);
    if (!holds)
        fail(world->broken);
    if (world->steps > STEPS_A_MS * (uint64_t)(scenario->duration / NS_PER_MS))
        fail("too many steps");
    struct outcome outcome = {trace.digest, accounts_of(world, &record)};
    world_free(world);
    run_record_clear(&record);
    return outcome;
}

static bool is_same(struct digest a, struct digest b)
{
    return a.a == b.a && a.b == b.b;
}

static void check(const struct scenario *scenario)
{
    struct outcome first = run(scenario, true, true), step_by_step = run(scenario, true, false),
                   unheard = run(scenario, false, true);
    if (!is_same(first.events, step_by_step.events))
        fail("another digest without skipping");
    if (!is_same(first.accounts, step_by_step.accounts))
        fail("other accounts without skipping");
    if (!is_same(first.events, unheard.events))
        fail("another digest when nobody hears the heartbeats");
    if (!is_same(first.accounts, unheard.accounts))
        fail("other accounts when nobody hears");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct choices choices = {data, size};
    scenario_text = write_scenario(&choices);
    signal(SIGABRT, on_abort);
    signal(SIGVTALRM, on_hang);
    struct scenario_options options = {.directory = NULL};
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario =
        scenario_read_text("fuzz", scenario_text->str, scenario_text->len, &options, diagnostics);
    if (scenario != NULL)
        check(scenario);
    scenario_free(scenario);
    diagnostics_free(diagnostics);
    g_string_free(scenario_text, TRUE);
    return 0;
}
