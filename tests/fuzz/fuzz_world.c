/* Any scenario runs to its end: bytes choose one (a tree of up to five nodes, its links, writers and faults of every kind at any
 * time), as the text that a user would write. No invariant breaks, no assertion fails, the run ends after a sane number of
 * steps, and a second run has the same digest. The text of a scenario that does not is printed. */
#include <glib.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>
#include "sim/engine/digest.h"
#include "sim/engine/time.h"
#include "sim/world/scenario_read.h"
#include "sim/world/world.h"

#define STEPS_MAX  UINT64_C(2000000)
#define CPU_SECONDS 20
#define NODES_MAX  5

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- choices ---- */

struct choices {
    const uint8_t *data;
    size_t left;
};

static uint32_t choose(struct choices *choices, uint32_t below)
{
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
static void put_options(GString *out, struct choices *choices, const struct option *options, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t values = count_values(&options[i]);
        uint32_t chosen = choose(choices, 2 * values);
        if (chosen >= values)
            g_string_append_printf(out, "%s: %s, ", options[i].key, options[i].values[chosen - values]);
    }
}

static const struct option CONFIG[] = {
    {"repl-backlog-size", {"16kb", "20kb", "100kb", "1mb", "10mb"}},
    {"repl-timeout", {"2", "3", "5", "10", "60"}},
    {"repl-ping-replica-period", {"1", "2", "10"}},
    {"repl-backlog-ttl", {"0", "1", "5"}},
    {"client-output-buffer-limit",
     {"replica 256mb 64mb 60", "replica 100kb 50kb 2", "replica 1mb 0 0", "replica 0 0 0", "replica 20kb 1 1"}},
    {"repl-diskless-sync", {"yes", "no"}},
    {"repl-diskless-sync-delay", {"0", "1", "5"}},
    {"min-replicas-to-write", {"0", "1", "2"}},
    {"min-replicas-max-lag", {"0", "1", "10"}},
    {"save", {"\"\"", "3600 1"}},
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

static void put_map(GString *out, struct choices *choices, const char *name, const struct option *options, size_t count)
{
    g_string_append_printf(out, "%s: { ", name);
    put_options(out, choices, options, count);
    g_string_append(out, "}\n");
}

/* Node i follows an earlier one, so that the nodes are a tree, or two. */
static uint32_t put_nodes(GString *out, struct choices *choices)
{
    static const char *const DATA[] = {"0", "1", "100kb", "1mb", "20mb", "3gb"};
    static const char *const BEGIN[] = {"cold", "synced", "cold", "synced", "absent", "alone"};
    uint32_t count = 1 + choose(choices, NODES_MAX);
    g_string_append(out, "nodes:\n");
    for (uint32_t i = 0; i < count; i++) {
        g_string_append_printf(out, "  n%u: { ", i);
        bool is_top = i == 0 || choose(choices, 10) == 9;
        if (!is_top)
            g_string_append_printf(out, "replicaof: n%u, begin: %s, ", choose(choices, i),
                                   BEGIN[choose(choices, G_N_ELEMENTS(BEGIN))]);
        else if (choose(choices, 8) == 7)
            g_string_append(out, "begin: absent, ");
        g_string_append_printf(out, "dataset: %s, ", DATA[choose(choices, G_N_ELEMENTS(DATA))]);
        if (choose(choices, 4) == 3) {
            g_string_append(out, "config: { ");
            put_options(out, choices, CONFIG, G_N_ELEMENTS(CONFIG));
            g_string_append(out, "}, ");
        }
        if (choose(choices, 8) == 7)
            g_string_append(out, "start-after: 2s, ");
        g_string_append(out, "}\n");
    }
    return count;
}

static void put_loads(GString *out, struct choices *choices, uint32_t nodes)
{
    static const char *const RATES[] = {"1/s", "10/s", "333/s", "2000/s", "100kb/s", "5mb/s"};
    static const char *const SHAPES[] = {"", "", "rate-end: 5000/s, ", "rate-end: 0/s, ", "bursts: { 'on': 2s, 'off': 3s }, ",
                                         "markov: { high: 20000/s, high-for: 1s, low-for: 4s }, "};
    uint32_t count = choose(choices, 4);
    g_string_append(out, "load:\n");
    for (uint32_t i = 0; i < count; i++) {
        uint32_t node = choose(choices, 3) == 2 ? choose(choices, nodes) : 0;
        g_string_append_printf(out, "  - { node: n%u, rate: %s, %s", node, RATES[choose(choices, G_N_ELEMENTS(RATES))],
                               SHAPES[choose(choices, G_N_ELEMENTS(SHAPES))]);
        put_options(out, choices, LOAD, G_N_ELEMENTS(LOAD));
        g_string_append(out, "}\n");
    }
    if (count == 0)
        g_string_append(out, "  []\n");
    if (choose(choices, 4) == 3)
        g_string_append(out, "waits:\n  - { node: n0, replicas: 1, timeout: 500ms, every: 1s }\n");
}

/* ---- faults ---- */

static const char *const FAULTS[] = {
    "cut: n%u-n%u",
    "cut: n%u-n%u, mode: fin",
    "cut: n%u-n%u, side: lower",
    "cut: n%u-n%u, side: upper, refuse: no",
    "partition: n%u-n%u",
    "partition: n%u-n%u",
    "partition: n%u->n%u",
    "slow: n%u-n%u, bandwidth: 8kbit/s",
    "slow: n%u-n%u, bandwidth: 100mbit/s, latency: 0",
    "slow: n%u-n%u, latency: 900ms",
    "heal: n%u-n%u",
    "pause: n%u",
    "pause: n%u",
    "resume: n%u",
    "crash: n%u",
    "shutdown: n%u, save: yes",
    "shutdown: n%u, save: no",
    "start: n%u",
    "start: n%u, replicaof: n%u, wipe: yes",
    "restart: n%u",
    "restart: n%u, graceful: no",
    "restart: n%u, wipe: yes",
    "restart: n%u, replicaof: n%u, save: yes",
    "promote: n%u",
    "replicaof: n%u, to: n%u",
    "replicaof: n%u, to: n%u",
    "failover: n%u",
    "failover: n%u, to: n%u",
    "config-set: n%u, repl-backlog-size: 16kb",
    "config-set: n%u, repl-backlog-size: 2mb",
    "config-set: n%u, client-output-buffer-limit: replica 30kb 20kb 1",
    "config-set: n%u, repl-timeout: 2",
    "config-set: n%u, min-replicas-to-write: 1",
    "flush: n%u",
    "bgsave: n%u",
    "move-load: 0, node: n%u",
};

static bool lasts(const char *fault)
{
    return strstr("cut partition slow pause crash shutdown failover", "x") != NULL ||
           strncmp(fault, "cut", 3) == 0 || strncmp(fault, "partition", 9) == 0 || strncmp(fault, "slow", 4) == 0 ||
           strncmp(fault, "pause", 5) == 0 || strncmp(fault, "crash", 5) == 0 || strncmp(fault, "shutdown", 8) == 0 ||
           strncmp(fault, "failover", 8) == 0;
}

static void put_time(GString *out, struct choices *choices)
{
    uint32_t high = choose(choices, 116), low = choose(choices, 250);
    g_string_append_printf(out, "at: %ums, ", 250 * high + low);
}

static void put_faults(GString *out, struct choices *choices, uint32_t nodes)
{
    static const char *const LASTING[] = {"1us", "50ms", "500ms", "1s", "3s", "8s", "{ exponential: 2s }"};
    uint32_t count = choose(choices, 12);
    g_string_append(out, count == 0 ? "faults: []\n" : "faults:\n");
    for (uint32_t i = 0; i < count; i++) {
        const char *fault = FAULTS[choose(choices, G_N_ELEMENTS(FAULTS))];
        uint32_t one = choose(choices, nodes), other = (one + 1 + choose(choices, MAX(nodes, 2) - 1)) % nodes;
        bool recurs = choose(choices, 8) == 7;
        g_string_append(out, "  - { ");
        if (recurs)
            g_string_append(out, "every: { exponential: 6s }, ");
        else
            put_time(out, choices);
        if (lasts(fault) && (recurs || choose(choices, 4) != 3))
            g_string_append_printf(out, "for: %s, ", LASTING[choose(choices, G_N_ELEMENTS(LASTING))]);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        g_string_append_printf(out, fault, one, other);
#pragma GCC diagnostic pop
        g_string_append(out, " }\n");
    }
}
