/* Full synchronisations over two connections. What a replica keeps, and what becomes of it when one of
 * them ends, was seen with scripted peers on redis 8.0.6, 8.6.3, valkey 8.1.1 and 9.1.2
 * (FACTS 10.2, 10.4). */
#include <string.h>
#include "tests/unit/suite.h"
#include "tests/unit/world/simulate.h"

#define S  INT64_C(1000000000)
#define MS INT64_C(1000000)

enum { SECOND_STEP = 1, SECOND_KEPT = 4 };
enum { RESYNC_KIND = 1, RESYNC_OUTCOME = 3, RESYNC_BUFFER_PEAK = 21 };
enum { DOWN_HOW = 0 };

/* The payload of 10 MB takes ten seconds, as does its load; the stream grows by 0.5 MB a second. */
static struct simulation *synchronise(const char *server, const char *config, const char *more)
{
    return simulate_with("spread: 0s\n"
                         "duration: 60s\n"
                         "links: { default: { latency: 1ms, bandwidth: 100mbit/s } }\n"
                         "load: [ { node: m, rate: 1000/s, command: 500 } ]\n"
                         "hosts: { default: { preset: exact, diskless: 1mb/s, load: 1mb/s } }\n",
                         "server: %s\n"
                         "config: { repl-diskless-sync-delay: 0, repl-backlog-size: 20mb%s }\n"
                         "nodes:\n"
                         "  m:  { dataset: 10mb }\n"
                         "  r1: { replicaof: m, start-after: 1s }\n"
                         "%s",
                         server, config, more);
}

#define DUAL ", dual-channel-replication-enabled: yes"

/* The first event of that step. NULL: there is none. */
static const struct happening *step(const struct simulation *run, const char *name)
{
    const struct happening *found = simulation_find(run, EVENT_SECOND, 0);
    while (found != NULL && strcmp(found->text[SECOND_STEP], name) != 0)
        found = simulation_find(run, EVENT_SECOND, simulation_index(run, found) + 1);
    return found;
}

static int64_t buffer_peak(const struct simulation *run)
{
    const struct happening *resync = simulation_find(run, EVENT_RESYNC, 0);
    ck_assert_ptr_nonnull(resync);
    return resync->number[RESYNC_BUFFER_PEAK];
}

static const struct {
    const char *server, *config, *limit; /* limit: of 2 MiB, on what the replica keeps */
    int64_t kept;
} VERSIONS[] = {
    {"redis-8.0", "", ", replica-full-sync-buffer-limit: 2mb", 3145680},
    {"redis-8.6", "", ", replica-full-sync-buffer-limit: 3mb", 4194240},
    {"redis-8.0", "", ", client-output-buffer-limit: replica 2mb 0 0", 3145680},
    {"valkey-8.1", DUAL, ", client-output-buffer-limit: replica 2mb 0 0", 2107792},
    {"valkey-9.1", DUAL, ", client-output-buffer-limit: replica 2mb 0 0", 2107792},
};

#define VERSION_COUNT ((int)(sizeof VERSIONS / sizeof *VERSIONS))

TEST_LOOP(the_stream_waits_at_the_replica_and_not_at_its_master, 0, VERSION_COUNT)
{
    struct simulation *two = synchronise(VERSIONS[_i].server, VERSIONS[_i].config, "");
    struct simulation *one = synchronise("redis-7.4", ", repl-diskless-sync: yes", "");
    ck_assert_int_gt(buffer_peak(one), INT64_C(4) << 20);
    ck_assert_int_lt(buffer_peak(two), INT64_C(1) << 20);
    ck_assert_ptr_null(step(two, "full-buffer"));
    ck_assert_int_gt(step(two, "kept")->number[SECOND_KEPT], INT64_C(8) << 20);
    simulation_free(two);
    simulation_free(one);
}

TEST_LOOP(what_a_replica_keeps_ends_a_block_above_its_limit, 0, VERSION_COUNT)
{
    char config[256];
    g_snprintf(config, sizeof config, "%s%s", VERSIONS[_i].config, VERSIONS[_i].limit);
    struct simulation *run = synchronise(VERSIONS[_i].server, config, "");
    const struct happening *full = step(run, "full-buffer");
    ck_assert_ptr_nonnull(full);
    ck_assert_int_eq(full->number[SECOND_KEPT], VERSIONS[_i].kept);
    simulation_free(run);
}

TEST(only_two_sides_that_have_it_and_no_disk_take_two_connections)
{
    static const struct {
        const char *server, *config, *master, *replica;
        bool takes;
    } CASES[] = {
        {"redis-8.0", "", "", "", true},
        {"redis-8.0", ", repl-rdb-channel: no", "", "", false},
        {"redis-8.0", "", ", config: { repl-rdb-channel: no }", "", false},
        {"redis-8.0", "", "", ", config: { repl-rdb-channel: no }", false},
        {"redis-8.0", "", ", config: { repl-diskless-sync: no }", "", false},
        {"redis-8.0", "", "", ", config: { repl-diskless-sync: no }", true},
        {"redis-8.0", "", "", ", server: redis-7.4", false},
        {"redis-8.0", "", ", server: redis-7.4", "", false},
        {"redis-7.4", ", repl-rdb-channel: yes, repl-diskless-sync: yes", "", "", false},
        {"valkey-8.1", "", "", "", false},
        {"valkey-8.1", DUAL, "", "", true},
        {"valkey-8.1", DUAL, "", ", server: redis-8.0", false},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct simulation *run =
            simulate_with("duration: 20s\n",
                          "server: %s\nconfig: { repl-diskless-sync-delay: 0%s }\nnodes:\n"
                          "  m: { dataset: 1mb%s }\n  r1: { replicaof: m%s }\n",
                          CASES[i].server, CASES[i].config, CASES[i].master, CASES[i].replica);
        ck_assert_msg((step(run, "connect") != NULL) == CASES[i].takes, "case %zu", i);
        ck_assert_int_eq(simulation_count(run, EVENT_ONLINE, INT64_MAX), 1);
        ck_assert_int_eq(simulation_count(run, EVENT_DROP, INT64_MAX), 0);
        simulation_free(run);
    }
}

static int64_t online(const struct simulation *run, const char *kind)
{
    int64_t found = 0;
    for (size_t i = 0; i < run->count; i++)
        found += run->list[i].kind == EVENT_RESYNC &&
                 strcmp(run->list[i].text[RESYNC_KIND], kind) == 0 &&
                 strcmp(run->list[i].text[RESYNC_OUTCOME], "online") == 0;
    return found;
}

/* It asks at 1 s and loads from 11 s to 21 s; the link is cut. */
#define CUT_AT(t) "faults: [ { at: " #t ", cut: m-r1, for: 100ms } ]\n"

TEST(a_cut_in_the_payload_costs_all_of_it)
{
    for (int i = 0; i < VERSION_COUNT; i++) {
        struct simulation *run = synchronise(VERSIONS[i].server, VERSIONS[i].config, CUT_AT(6s));
        ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 2);
        ck_assert_int_eq(online(run, "full"), 1);
        ck_assert_int_eq(online(run, "partial"), 0);
        simulation_free(run);
    }
}

TEST(a_cut_in_a_load_from_disk_costs_a_partial_one_or_the_process)
{
    for (int i = 0; i < VERSION_COUNT; i++) {
        struct simulation *run = synchronise(VERSIONS[i].server, VERSIONS[i].config, CUT_AT(16s));
        const struct happening *down = simulation_find(run, EVENT_DOWN, 0);
        bool is_valkey = VERSIONS[i].config[0] != '\0';
        ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 1);
        ck_assert_int_eq(online(run, "full"), is_valkey ? 0 : 1);
        ck_assert_int_eq(online(run, "partial"), is_valkey ? 0 : 1);
        ck_assert_int_eq(down != NULL, is_valkey);
        ck_assert(down == NULL || strcmp(down->text[DOWN_HOW], "load") == 0);
        simulation_free(run);
    }
}

TEST(a_cut_in_a_load_from_the_socket_costs_all_of_it)
{
    for (int i = 0; i < VERSION_COUNT; i++) {
        char config[256];
        g_snprintf(config, sizeof config, "%s, repl-diskless-load: swapdb", VERSIONS[i].config);
        struct simulation *run = synchronise(VERSIONS[i].server, config, CUT_AT(16s));
        ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 2);
        ck_assert_int_eq(online(run, "full"), 1);
        simulation_free(run);
    }
}

/* Two that ask within the delay share a save; one on a single connection needs its own. */
TEST(replicas_on_one_and_on_two_connections_are_served_by_different_saves)
{
    struct simulation *run =
        simulate("server: redis-8.0\nduration: 60s\nspread: 0s\nnodes:\n"
                 "  m: { dataset: 1mb }\n  r1: { replicaof: m }\n  r2: { replicaof: m }\n"
                 "  r3: { replicaof: m, config: { repl-rdb-channel: no } }\n");
    ck_assert_int_eq(simulation_count(run, EVENT_FORK, INT64_MAX), 2);
    ck_assert_int_eq(online(run, "full"), 3);
    simulation_free(run);
}

/* The first connection goes over its limit: it is closed, and all begins again. */
TEST(a_first_connection_above_its_limit_ends_the_synchronisation)
{
    struct simulation *run = synchronise(
        "redis-8.0", ", replica-full-sync-buffer-limit: 1mb",
        "faults: [ { at: 0s, config-set: m, client-output-buffer-limit: replica 1mb 0 0 },\n"
        "          { at: 0s, config-set: m, repl-backlog-size: 1mb } ]\n");
    const struct happening *drop = simulation_find(run, EVENT_DROP, 0);
    ck_assert_ptr_nonnull(step(run, "full-buffer"));
    ck_assert_ptr_nonnull(drop);
    ck_assert_str_eq(drop->text[1], "limit-hard");
    ck_assert_str_eq(drop->text[2], "online");
    ck_assert_int_gt(simulation_count(run, EVENT_FORK, INT64_MAX), 1);
    simulation_free(run);
}
