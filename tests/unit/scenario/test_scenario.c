/* A good scenario: what its keys come to, in the engine's units. */
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include "sim/engine/time.h"
#include "sim/scenario/scenario_read.h"
#include "sim/scenario/schema.h"
#include "tests/unit/read_scenario.h"
#include "tests/unit/suite.h"

#define BASE                                                                                       \
    "duration: 5min\nnodes:\n  m:  { dataset: 2gb }\n  r1: { replicaof: m }\n"                     \
    "  r2: { replicaof: r1 }\n"

static int64_t constant(const struct dist *dist)
{
    ck_assert(dist_is_constant(dist));
    return dist_mean(dist);
}

TEST(the_example_of_the_design_is_read)
{
    struct scenario *scenario = read_good(
        "why: Ten silent seconds are nothing.\nserver: redis-7.0\nseed: 7\n"
        "config: { repl-backlog-size: 2mb, repl-timeout: 50 }\n"
        "hosts: { default: { preset: disk-hdd, load: 99mb/s }, big: { fork: 1ms/gb } }\n" BASE
        "links:\n  default: { latency: 1ms, bandwidth: 1gbit/s }\n"
        "  m-r1:    { latency: 30ms, bandwidth: 100mbit/s }\n"
        "load:\n  - { node: m, rate: 2000/s, command: 543 }\n"
        "faults:\n  - { at: [90s, 30s], partition: m->r1, for: 10s }\n"
        "  - { every: { exponential: 6h }, partition: m-r1,"
        " for: { lognormal: { median: 2s, p95: 30s } } }\n"
        "expect:\n  r1: { full: 1, partial: '>= 1' }\n  final: consistent\n");
    ck_assert_uint_eq(scenario->seed, 7);
    ck_assert_int_eq(scenario->duration, 300 * NS_PER_S);
    ck_assert_int_eq(scenario->spread, NS_PER_S);
    ck_assert_uint_eq(scenario->node_count, 3);
    ck_assert_int_eq(scenario->nodes[0].replicaof, -1);
    ck_assert_int_eq(scenario->nodes[2].replicaof, 1);
    ck_assert_int_eq(scenario->nodes[0].dataset_bytes, INT64_C(2) << 30);
    ck_assert_int_eq(scenario->nodes[0].keys, 1 << 23);
    ck_assert_int_eq(scenario->nodes[1].config.backlog_bytes, 2 << 20);
    ck_assert_int_eq(scenario->nodes[0].host.save_rate, 40 << 20);
    ck_assert_int_eq(scenario->nodes[0].host.load_rate, 99 << 20);
    ck_assert_uint_eq(scenario->link_count, 2);
    ck_assert_str_eq(scenario->links[0].name, "m-r1");
    ck_assert_int_eq(scenario->links[0].latency, 30 * NS_PER_MS);
    ck_assert_int_eq(scenario->links[1].latency, NS_PER_MS);
    ck_assert_int_eq(scenario->links[1].bandwidth, 1000000000);
    ck_assert_int_eq(scenario->links[0].send_buffer, 2800 << 10);
    ck_assert_int_eq(scenario->links[0].receive_buffer, 1200 << 10);
    ck_assert_int_eq(scenario->links[0].twin, -1);
    ck_assert_int_eq(scenario->loads[0].spec.rate, 2000 * NS_PER_S);
    ck_assert_int_eq(scenario->loads[0].spec.to_ns, scenario->duration);
    ck_assert_int_eq(constant(&scenario->loads[0].spec.command), 543);
    ck_assert_uint_eq(scenario->faults[0].count, 2);
    ck_assert_int_eq(scenario->faults[0].at[0], 30 * NS_PER_S);
    ck_assert_int_eq(scenario->faults[0].direction, DIRECTION_DOWN);
    ck_assert(scenario->faults[0].has_duration && !scenario->faults[0].has_every);
    ck_assert(scenario->faults[1].has_every);
    ck_assert_int_eq(scenario->faults[1].until, TIME_NEVER);
    ck_assert_uint_eq(scenario->expect_count, 3);
    ck_assert_str_eq(scenario->expects[1].text, "r1: partial: >= 1");
    ck_assert_int_eq(scenario->expects[1].low, 1);
    ck_assert_int_eq(scenario->expects[1].high, INT64_MAX);
    scenario_free(scenario);
}

TEST_LOOP(json_and_yaml_mean_the_same_and_layout_does_not_count, 0, 5)
{
    static const char *const TEXTS[] = {
        "duration: 1min\nnodes: { m: {}, r: { replicaof: m } }\n",
        "# why not\nnodes:\n  m: {}\n  r:\n    replicaof: 'm'\nduration: 60s\n",
        "{\"duration\": \"1min\", \"nodes\": {\"m\": {}, \"r\": {\"replicaof\": \"m\"}}}",
        "\xef\xbb\xbf"
        "duration: 1min\r\nnodes: { m: {}, r: { replicaof: m } }\r\n",
        "duration: 1min\nseed: 9\nnodes: { m: {}, r: { replicaof: m } }\nexpect: { r: { full: 1 } "
        "}",
    };
    struct scenario *first = read_good(TEXTS[0]), *other = read_good(TEXTS[_i]);
    ck_assert_uint_eq(first->fingerprint, other->fingerprint);
    scenario_free(first);
    scenario_free(other);
}

TEST_LOOP(whatever_changes_a_run_changes_the_fingerprint, 0, 14)
{
    static const char *const CHANGES[] = {
        "duration=6min",
        "spread=0",
        "nodes.r1.config.repl-timeout=3",
        "nodes.m.dataset=1gb",
        "server=redis-7.0",
        "hosts.default.fork=1ms/gb",
        "links.m-r1.latency=1ms",
        "load[0].rate=3/s",
        "load[0].command={values: [1, 2]}",
        "faults[0].for=2s",
        "faults[0].at=2s",
        "links.default.jitter=1us",
        "waits[0].every=2s",
        "nodes.r1.begin=synced",
    };
    static const char TEXT[] = BASE "load: [ { node: m, rate: 1/s } ]\nwaits: [ { node: m } ]\n"
                                    "faults: [ { at: 1s, cut: m-r1, for: 1s } ]\n";
    const char *const overrides[] = {CHANGES[_i], NULL};
    struct scenario *before = read_good(TEXT), *after = read_with(TEXT, overrides);
    bool is_same = before->fingerprint == after->fingerprint;
    ck_assert_msg(is_same == (strcmp(CHANGES[_i], "server=redis-7.0") == 0), "%s", CHANGES[_i]);
    scenario_free(before);
    scenario_free(after);
}

/* Where an override finds a key of the section, and which of the faults below has it. */
static const char *const PATHS[SECTION_COUNT] = {
    [SECTION_SCENARIO] = "",
    [SECTION_HOST] = "hosts.default.",
    [SECTION_NODE] = "nodes.r1.",
    [SECTION_LINK] = "links.m-r1.",
    [SECTION_LOAD] = "load[0].",
    [SECTION_BURSTS] = "load[1].bursts.",
    [SECTION_MARKOV] = "load[2].markov.",
    [SECTION_WAIT] = "waits[0].",
    [SECTION_FAULT] = "faults[0].",
};

static const char EVERYTHING[] = BASE
    "  x: { replicaof: m, count: 2 }\ngroups: { both: [m-r1] }\n"
    "hosts: { default: { preset: exact }, other: { preset: disk-hdd } }\n"
    "links: { m-r1: { latency: 2ms }, r1-r2: { kind: relayed } }\n"
    "load:\n  - { node: m, rate: 1/s, ttl: 1s }\n"
    "  - { node: m, rate: 1/s, bursts: { on: 1s, off: 1s } }\n"
    "  - { node: m, rate: 1/s, markov: { high: 2/s, high-for: 2s, low-for: 2s } }\n"
    "  - { node: m, series: \"t_s,bytes\\n0,0\\n1,5\\n\" }\n"
    "waits: [ { node: m, replicas: 2, timeout: 2s, every: 2s } ]\n"
    "faults:\n  - { at: 1s, cut: m-r1, for: 1s }\n  - { every: 1s, partition: m-r1, for: 1s }\n"
    "  - { at: 2s, slow: m-r1, latency: 1s }\n  - { at: 3s, restart: r1 }\n"
    "  - { at: 9s, shutdown: r1 }\n  - { at: 100s, failover: m }\n"
    "  - { at: 200s, move-load: 0, node: m }\n  - { at: 201s, heal: both }\n";

/* Keys whose example changes nothing there, or that another fault, load or node has. */
static const struct {
    enum schema_section section;
    const char *key, *override;
} CHANGES_OF[] = {
    {SECTION_SCENARIO, "duration", "duration=6min"},
    {SECTION_SCENARIO, "nodes", "nodes={m: {}, r1: {replicaof: m}, r2: {replicaof: m}}"},
    {SECTION_SCENARIO, "groups", "groups={both: [r1-r2]}"},
    {SECTION_SCENARIO, "links", "links.m-r1={latency: 3ms}"},
    {SECTION_SCENARIO, "load", "load[3].to=9s"},
    {SECTION_SCENARIO, "faults", "faults[0]={at: 1s, crash: r1, for: 1s}"},
    {SECTION_NODE, "count", "nodes.x.count=3"},
    {SECTION_NODE, "dataset", "nodes.m.dataset=1gb"},
    {SECTION_NODE, "keys", "nodes.m.keys=7"},
    {SECTION_NODE, "host", "nodes.r1.host=other"},
    {SECTION_NODE, "replicaof", "nodes.r2.replicaof=m"},
    {SECTION_HOST, "preset", "hosts.default.preset=disk-hdd"},
    {SECTION_LINK, "kind", "links.m-r1.kind=relayed"},
    {SECTION_LINK, "window", "links.r1-r2.window=64kb"},
    {SECTION_LOAD, "preset", "load[0]={node: m, preset: typical}"},
    {SECTION_LOAD, "node", "load[0].node=r1"},
    {SECTION_LOAD, "command", "load[0].command=544"},
    {SECTION_LOAD, "bursts", "load[1].bursts={on: 2s, off: 8s}"},
    {SECTION_LOAD, "markov", "load[2].markov={high: 3/s, high-for: 1s, low-for: 10s}"},
    {SECTION_LOAD, "series", "load[3].series=offsets.csv"},
    {SECTION_LOAD, "repeat", "load[3].repeat=yes"},
    {SECTION_LOAD, "key-bytes", "load[0].key-bytes=16"},
    {SECTION_WAIT, "node", "waits[0].node=r1"},
    {SECTION_FAULT, "every", "faults[1].every={ exponential: 6h }"},
    {SECTION_FAULT, "until", "faults[1].until=1min"},
    {SECTION_FAULT, "direction", "faults[1].direction=down"},
    {SECTION_FAULT, "bandwidth", "faults[2].bandwidth=1mbit/s"},
    {SECTION_FAULT, "latency", "faults[2].latency=2s"},
    {SECTION_FAULT, "loss", "faults[2].loss=1%"},
    {SECTION_FAULT, "save", "faults[4].save=yes"},
    {SECTION_FAULT, "wipe", "faults[3].wipe=yes"},
    {SECTION_FAULT, "graceful", "faults[3].graceful=no"},
    {SECTION_FAULT, "replicaof", "faults[3].replicaof=r2"},
    {SECTION_FAULT, "server", "faults[3].server=valkey-9.1"},
    {SECTION_FAULT, "to", "faults[5].to=r1"},
    {SECTION_FAULT, "node", "faults[6].node=r1"},
};

/* Another seed is another run of the same scenario; words and expectations change no run. */
static bool changes_a_run(const struct schema_key *key, const char *server)
{
    if (key->type == SCHEMA_SERVER)
        return strcmp(server, "redis-7.0") != 0;
    return key->section != SECTION_SCENARIO ||
           (strcmp(key->key, "why") != 0 && strcmp(key->key, "seed") != 0 &&
            strcmp(key->key, "expect") != 0 && strcmp(key->key, "reveal") != 0);
}

/* Free with g_free. `server`: a version that is not the default, where there are several. */
static char *change_of(const struct schema_key *key, const char *server)
{
    for (size_t i = 0; i < G_N_ELEMENTS(CHANGES_OF); i++)
        if (CHANGES_OF[i].section == key->section && strcmp(CHANGES_OF[i].key, key->key) == 0)
            return g_strdup(CHANGES_OF[i].override);
    return g_strdup_printf("%s%s=%s", PATHS[key->section], key->key,
                           key->type == SCHEMA_SERVER ? server : key->example);
}

TEST(every_key_of_the_schema_changes_the_fingerprint)
{
    const char *server = profile_at(profile_count() - 1)->name;
    struct scenario *before = read_good(EVERYTHING);
    GString *wrong = g_string_new(NULL);
    for (size_t i = 0; i < schema_count(); i++) {
        const struct schema_key *key = schema_at(i);
        char *override = change_of(key, server);
        const char *const overrides[] = {override, NULL};
        struct scenario *after = read_with(EVERYTHING, overrides);
        bool has_changed = before->fingerprint != after->fingerprint;
        if (has_changed != changes_a_run(key, server))
            g_string_append_printf(wrong, "\n%s", override);
        scenario_free(after);
        g_free(override);
    }
    ck_assert_msg(wrong->len == 0, "not as they should change it:%s", wrong->str);
    g_string_free(wrong, TRUE);
    scenario_free(before);
}

TEST(a_change_of_roles_makes_links_for_all_pairs_with_twins)
{
    struct scenario *scenario = read_good(BASE "links: { r1-m: { latency: 7ms, kind: relayed } }\n"
                                               "faults: [ { at: 1s, promote: r1 },"
                                               " { at: 2s, partition: r1->m, for: 1s } ]\n");
    ck_assert_uint_eq(scenario->link_count, 6);
    for (uint32_t i = 0; i < 6; i++) {
        const struct scenario_link *link = &scenario->links[i],
                                   *twin = &scenario->links[link->twin];
        ck_assert(twin->upper == link->lower && twin->lower == link->upper);
        ck_assert_int_eq(twin->latency, link->latency);
        ck_assert_int_eq(scenario_link_between(scenario, link->upper, link->lower), (int32_t)i);
    }
    const struct scenario_link *named = &scenario->links[scenario->faults[1].link];
    ck_assert_str_eq(named->name, "m-r1");
    ck_assert_int_eq(named->latency, 7 * NS_PER_MS);
    ck_assert_int_eq(named->send_buffer, 153 << 10);
    ck_assert_int_eq(named->receive_buffer, 64 << 10);
    ck_assert_int_eq(scenario->faults[1].direction, DIRECTION_UP);
    scenario_free(scenario);
}

/* FACTS 13.2 */
TEST(no_socket_buffer_is_below_the_least_that_a_kernel_gives)
{
    struct scenario *scenario =
        read_good(BASE "links: { default: { send-buffer: 1, receive-buffer: 1 } }\n");
    ck_assert_int_eq(scenario->links[0].send_buffer, 3848);
    ck_assert_int_eq(scenario->links[0].receive_buffer, 1152);
    scenario_free(scenario);
}

TEST(every_kind_of_fault_is_read)
{
    struct scenario *scenario =
        read_good(BASE "load: [ { node: m, rate: 1/s } ]\nfaults:\n"
                       "  - { at: 1s, cut: m-r1, mode: fin, side: replica, refuse: no }\n"
                       "  - { at: 1s, slow: m-r1, bandwidth: 1mbit/s }\n"
                       "  - { at: 1s, heal: m-r1 }\n"
                       "  - { at: 1s, pause: r1, for: { preset: default-guess } }\n"
                       "  - { at: 1s, restart: r1, graceful: no, wipe: yes, save: no }\n"
                       "  - { at: 1s, start: r2, replicaof: m }\n"
                       "  - { at: 1s, replicaof: m, to: r1 }\n"
                       "  - { at: 1s, replicaof: r1, to: none }\n"
                       "  - { at: 1s, failover: m, to: r1 }\n"
                       "  - { at: 1s, config-set: m, repl-backlog-size: 2mb, save: '' }\n"
                       "  - { at: 1s, move-load: 0, node: r1 }\n");
    const struct scenario_fault *faults = scenario->faults;
    ck_assert_uint_eq(scenario->fault_count, 12);
    ck_assert(faults[0].is_orderly && faults[0].side == SIDE_LOWER && !faults[0].refuses);
    ck_assert(faults[1].bandwidth == 1000000 && faults[1].latency == -1 &&
              faults[1].loss_ppm == -1);
    ck_assert(faults[1].refuses && faults[2].link == 0);
    ck_assert(faults[3].node == 1 && faults[3].duration.base.kind == DIST_MIXTURE);
    ck_assert(!faults[4].is_graceful && faults[4].is_wiped && faults[4].save == SAVE_NO);
    ck_assert(faults[4].to == -1 && !faults[4].has_to);
    ck_assert(faults[5].kind == FAULT_START && faults[5].to == 0 && faults[5].has_to);
    ck_assert(faults[6].kind == FAULT_REPLICAOF && faults[6].node == 0 && faults[6].to == 1);
    ck_assert(faults[7].to == -1 && faults[7].has_to);
    ck_assert(faults[8].kind == FAULT_FAILOVER && faults[8].to == 1);
    ck_assert_str_eq(faults[9].value, "2mb");
    ck_assert_int_eq(faults[9].directive, CONFIG_backlog_bytes);
    ck_assert_str_eq(faults[10].value, "\"\"");
    ck_assert(faults[11].load == 0 && faults[11].node == 1);
    scenario_free(scenario);
}

TEST(loads_come_in_commands_a_second)
{
    struct scenario *scenario =
        read_good(BASE "load:\n"
                       "  - { node: m, rate: 1000b/s, command: 100, ttl: 3s, key-bytes: 10 }\n"
                       "  - { node: m, preset: burst }\n"
                       "  - { node: m, rate: 5/s, bursts: { on: 1s, off: 2s, rate-off: 1/s } }\n"
                       "  - { node: m, rate: 5/s, rate-end: 9/s, poisson: yes, tick: 2ms }\n"
                       "  - { node: m, series: offsets.csv, from: 10s }\n");
    const struct scenario_load *loads = scenario->loads;
    ck_assert_int_eq(loads[0].spec.rate, 10 * NS_PER_S);
    ck_assert_int_eq(loads[0].spec.rate_end, 10 * NS_PER_S);
    /* *2\r\n$3\r\nDEL\r\n$10\r\n and ten bytes \r\n */
    ck_assert_int_eq(loads[0].spec.del_bytes, 4 + 4 + 5 + 5 + 12);
    ck_assert_int_eq(loads[0].keyspace, 1 << 23);
    ck_assert_int_eq(loads[1].spec.high_mean_ns, NS_PER_S);
    ck_assert_int_eq(loads[1].spec.rate_high / NS_PER_S, (50 << 20) / 543);
    ck_assert(loads[2].spec.on_ns == NS_PER_S && loads[2].spec.rate_off == NS_PER_S);
    ck_assert(loads[3].spec.is_poisson && loads[3].spec.rate_end == 9 * NS_PER_S);
    ck_assert_uint_eq(loads[4].spec.series_count, 3);
    ck_assert_int_eq(loads[4].spec.series_ns[0], 10 * NS_PER_S);
    ck_assert_int_eq(loads[4].spec.series_ns[1], 10 * NS_PER_S + NS_PER_S / 2);
    ck_assert_int_eq(loads[4].spec.series_bytes[0], 0);
    ck_assert_int_eq(loads[4].spec.series_bytes[2], 900);
    ck_assert_str_eq(loads[4].spec.name, "load-4");
    scenario_free(scenario);
}

struct range {
    const char *text;
    int64_t low, high;
};

static const struct range RANGES[] = {
    {"down: 10s", 10 * NS_PER_S, 10 * NS_PER_S},
    {"down: 1s..2min", NS_PER_S, 120 * NS_PER_S},
    {"down: '< 10s'", 0, 10 * NS_PER_S - 1},
    {"down: '<= 10s'", 0, 10 * NS_PER_S},
    {"full: '> 2'", 3, INT64_MAX},
    {"full: '>=2'", 2, INT64_MAX},
    {"full: 2 .. 5", 2, 5},
    {"buffer-peak: '<1mb'", 0, (1 << 20) - 1},
    {"online: yes", 1, 1},
    {"online: no", 0, 0},
    {"reasons: { backlog-passed: 1..2 }", 1, 2},
    {"drops: { limit-soft: 0 }", 0, 0},
};

TEST_LOOP(an_expectation_is_a_range_with_both_ends, 0, sizeof RANGES / sizeof *RANGES)
{
    char *text = g_strdup_printf(BASE "expect: { r1: { %s } }\n", RANGES[_i].text);
    struct scenario *scenario = read_good(text);
    ck_assert_uint_eq(scenario->expect_count, 1);
    ck_assert_int_eq(scenario->expects[0].low, RANGES[_i].low);
    ck_assert_int_eq(scenario->expects[0].high, RANGES[_i].high);
    ck_assert_int_eq(scenario->expects[0].node, 1);
    ck_assert_int_eq(scenario->expects[0].line, 6);
    scenario_free(scenario);
    g_free(text);
}

TEST(directives_come_from_files_and_what_the_scenario_says_goes_before_them)
{
    struct scenario *scenario = read_good(
        "duration: 1min\nconfig-file: redis.conf\nconfig: { repl-timeout: 20 }\n"
        "nodes:\n  m: {}\n  a: { replicaof: m, config-file: redis.conf }\n"
        "  b: { replicaof: m, config-file: redis.conf, config: { repl-backlog-size: 9mb } }\n");
    for (int i = 0; i < 3; i++) {
        const struct config *config = &scenario->nodes[i].config;
        ck_assert_int_eq(config->backlog_bytes, (i == 2 ? 9 : 7) << 20);
        ck_assert_int_eq(config->timeout_s, i == 0 ? 20 : 33);
    }
    scenario_free(scenario);
}

TEST(what_is_not_simulated_is_noted_and_no_problem)
{
    static const char TEXT[] = "duration: 1min\nconfig-file: redis.conf\n"
                               "config: { tls-replication: yes, maxmemory-policy: allkeys-lru }\n"
                               "nodes: { m: { config: { Repl-Disable-Tcp-Nodelay: no } } }\n";
    static const char *const NOTES[] = {
        ("redis.conf: note: includes /etc/redis/local.conf, which is not read: redis-cli CONFIG "
         "GET '*' prints all that is in force"),
        "x:3:11: note: tls-replication: known to the server, not simulated here",
        "x:3:33: note: maxmemory-policy: known to the server, not simulated here",
        "x:4:25: note: Repl-Disable-Tcp-Nodelay: known to the server, not simulated here"};
    struct scenario_options options = {.directory = "tests/unit"};
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario =
        scenario_read_text("x", TEXT, sizeof TEXT - 1, &options, diagnostics);
    ck_assert_ptr_nonnull(scenario);
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(diagnostics_note_at(diagnostics, i), NOTES[i]);
    ck_assert_ptr_null(diagnostics_note_at(diagnostics, 4));
    scenario_free(scenario);
    diagnostics_free(diagnostics);
}

/* One of everything, so that every key has a place where it may stand. */
#define EVERYTHING                                                                                 \
    BASE "  x: { replicaof: m, count: 2 }\nhosts: { default: {} }\n"                               \
         "links: { default: {}, m-r1: { kind: relayed } }\n"                                       \
         "load:\n"                                                                                 \
         "  - { node: m, rate: 1/s }\n"                                                            \
         "  - { node: m, series: offsets.csv }\n"                                                  \
         "  - { node: m, rate: 1/s, bursts: { on: 1s, off: 1s } }\n"                               \
         "  - { node: m, rate: 1/s, markov: { high: 1/s, high-for: 1s, low-for: 1s } }\n"          \
         "waits: [ { node: m } ]\n"                                                                \
         "faults:\n"                                                                               \
         "  - { at: 1s, cut: m-r1 }\n"                                                             \
         "  - { at: 1s, partition: m-r1 }\n"                                                       \
         "  - { at: 1s, slow: r1-r2, latency: 1ms }\n"                                             \
         "  - { at: 1s, restart: r1 }\n"                                                           \
         "  - { at: 1s, failover: m }\n"                                                           \
         "  - { at: 1s, move-load: 0, node: r1 }\n"                                                \
         "  - { every: 9s, cut: m-r1, for: 1s }\n"

/* Whether --set PARENT.KEY=VALUE is accepted. */
static bool is_accepted(const char *parent, const char *key, const char *value)
{
    char *override = g_strdup_printf("%s%s%s=%s", parent, parent[0] ? "." : "", key, value);
    const char *const overrides[] = {override, NULL};
    struct scenario_options options = {.directory = "tests/unit", .overrides = overrides};
    struct diagnostics *diagnostics = diagnostics_new();
    struct scenario *scenario =
        scenario_read_text("x", EVERYTHING, strlen(EVERYTHING), &options, diagnostics);
    bool is_good = scenario != NULL;
    scenario_free(scenario);
    diagnostics_free(diagnostics);
    g_free(override);
    return is_good;
}

TEST_LOOP(every_example_and_default_of_the_schema_is_accepted_somewhere, 0, (int)schema_count())
{
    static const char *const PARENTS[SECTION_COUNT] = {
        [SECTION_SCENARIO] = "",
        [SECTION_HOST] = "hosts.default",
        [SECTION_NODE] = "nodes.m nodes.r1 nodes.x",
        [SECTION_LINK] = "links.default links.m-r1",
        [SECTION_LOAD] = "load[0] load[1]",
        [SECTION_BURSTS] = "load[2].bursts",
        [SECTION_MARKOV] = "load[3].markov",
        [SECTION_WAIT] = "waits[0]",
        [SECTION_FAULT] = "faults[0] faults[1] faults[2] faults[3] faults[4] faults[5] faults[6]",
    };
    const struct schema_key *key = schema_at((size_t)_i);
    const char *values[] = {key->example, schema_has_default(key) ? key->fallback : key->example};
    for (size_t i = 0; i < 2; i++) {
        char **parents = g_strsplit(PARENTS[key->section], " ", -1);
        bool is_good = parents[0] == NULL && is_accepted("", key->key, values[i]);
        for (size_t j = 0; parents[j] && !is_good; j++)
            is_good = is_accepted(parents[j], key->key, values[i]);
        ck_assert_msg(is_good, "%s of %s: %s", key->key, schema_section_name(key->section),
                      values[i]);
        g_strfreev(parents);
    }
}

TEST_LOOP(every_distribution_is_read, 0, 11)
{
    static const char *const FORMS[] = {
        "5s",
        "{ constant: 5s }",
        "{ exponential: 5s }",
        "{ uniform: { low: 1s, high: 5s } }",
        "{ lognormal: { median: 2s, p95: 30s } }",
        "{ lognormal: { median: 2s, p99: 30s } }",
        "{ pareto: { low: 1s, mean: 5s } }",
        "{ normal: { mean: 5s, sd: 1s } }",
        "{ values: [1s, 2s, 10s] }",
        "{ mixture: [ { share: 60%, exponential: 2s }, { constant: 90s, share: 40% } ] }",
        "{ preset: spanning-tree }",
    };
    ck_assert_msg(is_accepted("faults[0]", "for", FORMS[_i]), "%s", FORMS[_i]);
}

TEST(an_alias_repeats_a_map)
{
    struct scenario *scenario =
        read_good("duration: 1min\nnodes:\n  m: {}\n  a: &replica { replicaof: m,"
                  " config: { repl-timeout: 9 } }\n  b: *replica\n");
    ck_assert_int_eq(scenario->nodes[2].config.timeout_s, 9);
    scenario_free(scenario);
}
