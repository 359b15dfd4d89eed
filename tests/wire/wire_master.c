/* The master's machine against a real replica: a redis-server replicates from it, by a full
 * synchronisation from a file and a streamed one, partially after a cut, partially after a
 * promotion, not at all while we have lost our own master, and by another full one when the backlog
 * has moved on. After each the server must hold our data, id and offset. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/host/master_host.h"
#include "tests/wire/server.h"

#define WAIT_NS (INT64_C(1000000) * WAIT_MS)
#define TURN_MS 5
#define SAVE_NS INT64_C(20000000) /* long enough for a newline in between */
#define ID_A    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define BASE    1000  /* offset before the first byte of the stream */
#define BACKLOG 16384 /* bytes */

/* What the host of the master's machine told about the one replica it has. */
struct sight {
    struct server *server;
    struct places places;
    struct master_host *host;
    int32_t peer; /* its place, once it came */
    int64_t limit_ns;
    int wants, grants, refusals;
    enum reason reason; /* of the last of them */
    size_t read_max;
    size_t rdb_len;
    char rdb[65536];
};

static const struct master *master_of(const struct sight *sight)
{
    return master_host_master(sight->host, sight->peer);
}

static int64_t offset_of(const struct sight *sight)
{
    return master_host_history(sight->host)->offset;
}

static bool is_there(const struct sight *sight)
{
    return master_host_has(sight->host, sight->peer);
}

static void take_act(struct sight *sight, const struct act *act)
{
    bool is_answer = act->kind == ACT_WANT || act->kind == ACT_GRANT || act->kind == ACT_REFUSE;
    sight->wants += act->kind == ACT_WANT;
    sight->grants += act->kind == ACT_GRANT;
    sight->refusals += act->kind == ACT_REFUSE;
    if (is_answer)
        sight->reason = act->reason;
    if (act->kind == ACT_CLOSE)
        printf("closed: %s\n", drop_why(act->drop));
}

static void listen_to(void *user, const struct host_event *host_event)
{
    struct sight *sight = user;
    if (host_event->kind == HOST_OPENED)
        sight->peer = host_event->peer;
    if (host_event->kind == HOST_ACT)
        take_act(sight, host_event->act);
}

/* A valid RDB with one key, made by the server itself. */
static void borrow_rdb(struct sight *sight)
{
    char path[128];
    server_ask(sight->server, "SET from rdb");
    require(strcmp(server_ask(sight->server, "SAVE"), "OK") == 0, "SAVE failed");
    snprintf(path, sizeof path, "%s/dump.rdb", sight->server->dir);
    FILE *file = fopen(path, "rb");
    require(file != NULL, "%s: %s", path, strerror(errno));
    sight->rdb_len = fread(sight->rdb, 1, sizeof sight->rdb, file);
    fclose(file);
    require(sight->rdb_len > 100 && sight->rdb_len < sizeof sight->rdb, "a strange RDB");
    server_ask(sight->server, "FLUSHALL");
}

static void sight_start(struct sight *sight)
{
    struct address address = {"127.0.0.1", "0"};
    struct master_host_config config = {
        .profile = profile_find("redis-7.0"),
        .places = &sight->places,
        .id = ID_A,
        .offset = BASE,
        .has_backlog = true,
        .save_ns = SAVE_NS,
        .rdb = sight->rdb,
        .rdb_bytes = (int64_t)sight->rdb_len,
        .user = "",
        .password = "",
        .read_max = sight->read_max,
        .listener = listen_to,
        .listener_user = sight,
    };
    config_init(&config.config, config.profile);
    config.config.backlog_bytes = BACKLOG;
    require(address_resolve(&address, true, &sight->places) == NULL, "no loopback");
    sight->host = master_host_new(&config, NULL);
    require(master_host_start(sight->host) == NULL, "it does not listen");
}

static void run_once(struct sight *sight)
{
    require(wire_now() < sight->limit_ns, "the replica does not come");
    if (is_there(sight) && master_of(sight)->state == MASTER_WAIT_END)
        master_host_tick(sight->host);
    master_host_turn(sight->host, TURN_MS);
}

static bool is_online(const struct sight *sight)
{
    return is_there(sight) && master_host_flows(sight->host, sight->peer) &&
           master_of(sight)->state == MASTER_ONLINE;
}

/* The replica has acknowledged every byte (GETACK makes it say so at once), and agrees on the
 * history. */
static void settle(struct sight *sight)
{
    char text[64];
    sight->limit_ns = wire_now() + WAIT_NS;
    while (!is_online(sight))
        run_once(sight);
    int64_t wanted = offset_of(sight);
    master_host_produce(sight->host, stream_getack, STREAM_GETACK_BYTES);
    while (master_of(sight)->ack_offset < wanted)
        run_once(sight);
    require(master_of(sight)->ack_offset == wanted, "GETACK counted itself");
    server_info(sight->server, "master_link_status", text, sizeof text);
    require(strcmp(text, "up") == 0, "the replica says its link is %s", text);
    server_info(sight->server, "master_replid", text, sizeof text);
    require(strcmp(text, master_host_history(sight->host)->id) == 0, "the replica has another id");
    require(server_number(sight->server, "slave_repl_offset") == offset_of(sight),
            "the replica is at another offset");
}

static void expect_value(struct sight *sight, const char *key, const char *value)
{
    const char *text = server_ask(sight->server, "GET %s", key);
    require(strcmp(text, value) == 0, "%s is %s, not %s", key, text, value);
}

/* More than the backlog keeps, and blocks beyond it. */
static void pass_backlog(struct sight *sight)
{
    char value[1024];
    memset(value, 'x', sizeof value);
    value[sizeof value - 1] = '\0';
    for (int i = 0; i < 64; i++)
        master_host_set(sight->host, "filler", value);
}

static void cut(struct sight *sight)
{
    master_host_drop(sight->host, false);
}

/* What is in a step: a cut (or none, at first), what happens meanwhile, and how the replica must
 * come back. */
static void come_back(struct sight *sight, const char *what, enum reason reason, const char *value)
{
    int wants = sight->wants, grants = sight->grants;
    bool is_partial = reason_kind(reason) == REASON_KIND_PARTIAL;
    sight->limit_ns = wire_now() + WAIT_NS;
    while (sight->wants + sight->grants == wants + grants)
        run_once(sight);
    require(sight->reason == reason, "%s: %s", what, reason_name(sight->reason));
    require(sight->grants == grants + is_partial && sight->wants == wants + !is_partial, "%s",
            what);
    while (!is_there(sight) || !master_host_flows(sight->host, sight->peer))
        run_once(sight);
    master_host_set(sight->host, "last", value);
    settle(sight);
    expect_value(sight, "last", value);
    printf("reads of %5zu, %s: %s, offset %lld\n", sight->read_max, what, reason_name(reason),
           (long long)offset_of(sight));
}

static void follow(struct sight *sight, bool is_streamed, const char *value)
{
    master_host_save_as(sight->host, is_streamed);
    server_ask(sight->server, "REPLICAOF 127.0.0.1 %d", master_host_port(sight->host));
    come_back(sight, is_streamed ? "full, streamed" : "full, from a file", REASON_ID_MISMATCH,
              value);
    expect_value(sight, "from", "rdb");
}

/* Our own master is gone: the replica is told so and asks again each second, and keeps its
 * position. */
static void refuse_for_a_while(struct sight *sight)
{
    int refusals = sight->refusals;
    master_host_refuse(sight->host, true);
    cut(sight);
    sight->limit_ns = wire_now() + WAIT_NS;
    while (sight->refusals < refusals + 2)
        run_once(sight);
    require(sight->reason == REASON_NO_MASTER_LINK, "refused for %s", reason_name(sight->reason));
    master_host_refuse(sight->host, false);
    come_back(sight, "after refusals", REASON_ACCEPTED, "five");
}

static void tell(struct sight *sight, size_t read_max)
{
    sight->read_max = read_max;
    sight_start(sight);
    follow(sight, true, "one");
    server_ask(sight->server, "REPLICAOF NO ONE");
    server_ask(sight->server, "FLUSHALL");
    follow(sight, false, "two");
    cut(sight);
    master_host_set(sight->host, "meanwhile", "yes");
    come_back(sight, "after a cut", REASON_ACCEPTED, "three");
    expect_value(sight, "meanwhile", "yes");
    cut(sight);
    master_host_shift(sight->host, ID_B);
    come_back(sight, "after a promotion", REASON_ACCEPTED_SECOND_ID, "four");
    if (read_max > 7)
        refuse_for_a_while(sight);
    cut(sight);
    master_host_set(sight->host, "meanwhile", "no");
    pass_backlog(sight);
    come_back(sight, "after the backlog moved on", REASON_BACKLOG_PASSED, "six");
    expect_value(sight, "from", "rdb");
    require(strcmp(server_ask(sight->server, "GET meanwhile"), "$-1") == 0,
            "old data survived the full synchronisation");
    server_ask(sight->server, "REPLICAOF NO ONE");
    server_ask(sight->server, "FLUSHALL");
    master_host_free(sight->host);
}

int main(void)
{
    static struct server server;
    static struct sight sight;
    static const size_t reads[] = {1, 7, 65536};
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!server_exists())
        return EXIT_SUCCESS;
    server_start(&server);
    sight.server = &server;
    borrow_rdb(&sight);
    for (size_t i = 0; i < 3; i++)
        tell(&sight, reads[i]);
    server_stop(&server);
    puts("a real replica follows the master's machine");
    return EXIT_SUCCESS;
}
