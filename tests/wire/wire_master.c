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

/* What the host of the master's machine reported about the one replica it has. */
struct observed {
    struct server *server;
    struct places places;
    struct master_host *host;
    int32_t peer; /* its place, once it came */
    int64_t limit_ns;
    int wants, grants, refusals, offers;
    const char *version; /* to behave as */
    enum reason reason;  /* of the last of them */
    size_t read_max;
    size_t rdb_len;
    char rdb[65536];
};

static const struct master *master_of(const struct observed *observed)
{
    return master_host_master(observed->host, observed->peer);
}

static int64_t offset_of(const struct observed *observed)
{
    return master_host_history(observed->host)->offset;
}

static bool is_there(const struct observed *observed)
{
    return master_host_has(observed->host, observed->peer);
}

static void take_act(struct observed *observed, const struct act *act)
{
    observed->offers += act->kind == ACT_OFFER;
    bool is_answer = act->kind == ACT_WANT || act->kind == ACT_GRANT || act->kind == ACT_REFUSE;
    observed->wants += act->kind == ACT_WANT;
    observed->grants += act->kind == ACT_GRANT;
    observed->refusals += act->kind == ACT_REFUSE;
    if (is_answer)
        observed->reason = act->reason;
    if (act->kind == ACT_CLOSE)
        printf("closed: %s\n", drop_why(act->drop));
}

static void listen_to(void *user, const struct host_event *host_event)
{
    struct observed *observed = user;
    if (host_event->kind == HOST_OPENED)
        observed->peer = host_event->peer;
    if (host_event->kind == HOST_ACT)
        take_act(observed, host_event->act);
}

/* A valid RDB with one key, made by the server itself. */
static void borrow_rdb(struct observed *observed)
{
    char path[128];
    server_ask(observed->server, "SET from rdb");
    require(strcmp(server_ask(observed->server, "SAVE"), "OK") == 0, "SAVE failed");
    snprintf(path, sizeof path, "%s/dump.rdb", observed->server->dir);
    FILE *file = fopen(path, "rb");
    require(file != NULL, "%s: %s", path, strerror(errno));
    observed->rdb_len = fread(observed->rdb, 1, sizeof observed->rdb, file);
    fclose(file);
    require(observed->rdb_len > 100 && observed->rdb_len < sizeof observed->rdb, "a strange RDB");
    server_ask(observed->server, "FLUSHALL");
}

static void observed_start(struct observed *observed)
{
    struct address address = {"127.0.0.1", "0"};
    struct master_host_config config = {
        .profile = profile_find(observed->version),
        .places = &observed->places,
        .id = ID_A,
        .offset = BASE,
        .has_backlog = true,
        .save_ns = SAVE_NS,
        .rdb = observed->rdb,
        .rdb_bytes = (int64_t)observed->rdb_len,
        .user = "",
        .password = "",
        .read_max = observed->read_max,
        .listener = listen_to,
        .listener_user = observed,
    };
    config_init(&config.config, config.profile);
    config.config.backlog_bytes = BACKLOG;
    config.config.dual_channel = 1;
    require(address_resolve(&address, true, &observed->places) == NULL, "no loopback");
    observed->host = master_host_new(&config, NULL);
    require(master_host_start(observed->host) == NULL, "it does not listen");
}

static void run_once(struct observed *observed)
{
    require(wire_now() < observed->limit_ns, "the replica does not come");
    if (is_there(observed) && master_of(observed)->state == MASTER_WAIT_END)
        master_host_tick(observed->host);
    master_host_turn(observed->host, TURN_MS);
}

static bool is_online(const struct observed *observed)
{
    return is_there(observed) && master_host_flows(observed->host, observed->peer) &&
           master_of(observed)->state == MASTER_ONLINE;
}

/* The replica has acknowledged every byte (GETACK makes it say so at once), and agrees on the
 * history. */
static void settle(struct observed *observed)
{
    char text[64];
    observed->limit_ns = wire_now() + WAIT_NS;
    while (!is_online(observed))
        run_once(observed);
    int64_t wanted = offset_of(observed);
    master_host_produce(observed->host, stream_getack, STREAM_GETACK_BYTES);
    while (master_of(observed)->ack_offset < wanted)
        run_once(observed);
    require(master_of(observed)->ack_offset == wanted, "GETACK counted itself");
    server_info(observed->server, "master_link_status", text, sizeof text);
    require(strcmp(text, "up") == 0, "the replica says its link is %s", text);
    server_info(observed->server, "master_replid", text, sizeof text);
    require(strcmp(text, master_host_history(observed->host)->id) == 0,
            "the replica has another id");
    require(server_number(observed->server, "slave_repl_offset") == offset_of(observed),
            "the replica is at another offset");
}

static void expect_value(struct observed *observed, const char *key, const char *value)
{
    const char *text = server_ask(observed->server, "GET %s", key);
    require(strcmp(text, value) == 0, "%s is %s, not %s", key, text, value);
}

/* More than the backlog keeps, and blocks beyond it. */
static void pass_backlog(struct observed *observed)
{
    char value[1024];
    memset(value, 'x', sizeof value);
    value[sizeof value - 1] = '\0';
    for (int i = 0; i < 64; i++)
        master_host_set(observed->host, "filler", value);
}

static void cut(struct observed *observed)
{
    master_host_drop(observed->host, false);
}

/* What is in a step: a cut (or none, at first), what happens meanwhile, and how the replica must
 * come back. */
static void come_back(struct observed *observed, const char *what, enum reason reason,
                      const char *value)
{
    int wants = observed->wants, grants = observed->grants;
    bool is_partial = reason_kind(reason) == REASON_KIND_PARTIAL;
    observed->limit_ns = wire_now() + WAIT_NS;
    while (observed->wants + observed->grants == wants + grants)
        run_once(observed);
    require(observed->reason == reason, "%s: %s", what, reason_name(observed->reason));
    require(observed->grants == grants + is_partial && observed->wants == wants + !is_partial, "%s",
            what);
    while (!is_there(observed) || !master_host_flows(observed->host, observed->peer))
        run_once(observed);
    master_host_set(observed->host, "last", value);
    settle(observed);
    expect_value(observed, "last", value);
    printf("reads of %5zu, %s: %s, offset %lld\n", observed->read_max, what, reason_name(reason),
           (long long)offset_of(observed));
}

static void follow(struct observed *observed, bool is_streamed, const char *value)
{
    master_host_save_as(observed->host, is_streamed);
    server_ask(observed->server, "REPLICAOF 127.0.0.1 %d", master_host_port(observed->host));
    come_back(observed, is_streamed ? "full, streamed" : "full, from a file", REASON_ID_MISMATCH,
              value);
    expect_value(observed, "from", "rdb");
}

/* Our own master is gone: the replica is refused and asks again each second, and keeps its
 * position. */
static void refuse_for_a_while(struct observed *observed)
{
    int refusals = observed->refusals;
    master_host_refuse(observed->host, true);
    cut(observed);
    observed->limit_ns = wire_now() + WAIT_NS;
    while (observed->refusals < refusals + 2)
        run_once(observed);
    require(observed->reason == REASON_NO_MASTER_LINK, "refused for %s",
            reason_name(observed->reason));
    master_host_refuse(observed->host, false);
    come_back(observed, "after refusals", REASON_ACCEPTED, "five");
}

static void check_replica(struct observed *observed, size_t read_max)
{
    observed->read_max = read_max;
    observed_start(observed);
    follow(observed, true, "one");
    server_ask(observed->server, "REPLICAOF NO ONE");
    server_ask(observed->server, "FLUSHALL");
    follow(observed, false, "two");
    cut(observed);
    master_host_set(observed->host, "meanwhile", "yes");
    come_back(observed, "after a cut", REASON_ACCEPTED, "three");
    expect_value(observed, "meanwhile", "yes");
    cut(observed);
    master_host_shift(observed->host, ID_B);
    come_back(observed, "after a promotion", REASON_ACCEPTED_SECOND_ID, "four");
    if (read_max > 7)
        refuse_for_a_while(observed);
    cut(observed);
    master_host_set(observed->host, "meanwhile", "no");
    pass_backlog(observed);
    come_back(observed, "after the backlog moved on", REASON_BACKLOG_PASSED, "six");
    expect_value(observed, "from", "rdb");
    require(strcmp(server_ask(observed->server, "GET meanwhile"), "$-1") == 0,
            "old data survived the full synchronisation");
    server_ask(observed->server, "REPLICAOF NO ONE");
    server_ask(observed->server, "FLUSHALL");
    master_host_free(observed->host);
}

/* Its payload on one connection and the stream on another: both are there afterwards. */
static void check_two_connections(struct observed *observed, size_t read_max)
{
    const char *version = server_two_connections(observed->server);
    if (version == NULL) {
        printf("this server knows one connection only\n");
        return;
    }
    observed->version = version;
    observed->read_max = read_max;
    observed->offers = observed->wants = observed->grants = 0;
    observed_start(observed);
    master_host_save_as(observed->host, true);
    server_ask(observed->server, "REPLICAOF 127.0.0.1 %d", master_host_port(observed->host));
    int32_t first = -1;
    observed->limit_ns = wire_now() + WAIT_NS;
    while (first < 0 || master_of(observed)->state != MASTER_ONLINE) {
        run_once(observed);
        if (observed->offers > 0 && first < 0)
            first = observed->peer;
        master_host_set(observed->host, "beside", "yes");
        observed->peer = first < 0 ? observed->peer : first;
    }
    settle(observed);
    expect_value(observed, "from", "rdb");
    expect_value(observed, "beside", "yes");
    require(observed->offers == 1 && observed->wants == 1, "not one payload");
    require(observed->grants == profile_find(version)->channel_main_psyncs, "another PSYNC");
    printf("reads of %5zu, over two connections as %s: offset %lld\n", read_max, version,
           (long long)offset_of(observed));
    server_ask(observed->server, "REPLICAOF NO ONE");
    server_ask(observed->server, "FLUSHALL");
    master_host_free(observed->host);
}

int main(void)
{
    static struct server server;
    static struct observed observed;
    static const size_t reads[] = {1, 7, 65536};
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!server_exists())
        return EXIT_SUCCESS;
    server_start(&server);
    observed.server = &server;
    borrow_rdb(&observed);
    for (size_t i = 0; i < 3; i++) {
        observed.version = "redis-7.0";
        check_replica(&observed, reads[i]);
        check_two_connections(&observed, reads[i]);
    }
    server_stop(&server);
    puts("a real replica follows the master's machine");
    return EXIT_SUCCESS;
}
