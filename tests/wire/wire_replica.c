/* The replica's machine against a real master: full synchronisations from disk and streamed, a
 * partial one, GETACK by WAIT, and PSYNC at each edge of the backlog and of the second id, where
 * history_decide must say what the server does. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "sim/host/replica_host.h"
#include "tests/wire/server.h"

#define KEPT_MAX 200 /* bytes of stream that may be kept beside a payload */
#define WAIT_NS  (INT64_C(1000000) * WAIT_MS)
#define TURN_MS  5 /* how soon the control connection is looked at again */

/* What the host of the replica's machine reported about its resynchronisations. */
struct observed {
    struct server *server;
    struct places places;
    struct replica_host *host;
    int64_t limit_ns; /* when waiting has been too long; moved by everything that comes */
    bool has_answer;  /* ACT_CONTINUE or ACT_FULL came since `has_answer` was cleared */
    struct act answer;
    int seconds;          /* second connections */
    int64_t payload_size; /* as announced; -1: streamed */
    int64_t loaded_size;
    uint64_t payload_len;
    char payload[65536];
};

static void keep_payload(struct observed *observed, const struct act *act)
{
    require(act->len <= sizeof observed->payload - observed->payload_len,
            "the payload is too large");
    memcpy(observed->payload + observed->payload_len, act->bytes, act->len);
    observed->payload_len += act->len;
}

static void check_payload(struct observed *observed, int64_t size)
{
    observed->loaded_size = size;
    require(memcmp(observed->payload, "REDIS", 5) == 0, "the payload is no RDB");
    require(observed->payload_size < 0 || observed->payload_size == size, "a wrong size");
    require(observed->payload_len == (uint64_t)size + (observed->payload_size < 0 ? 40 : 0),
            "payload bytes are missing");
}

static void take_act(struct observed *observed, const struct act *act)
{
    if (act->kind == ACT_CONTINUE || act->kind == ACT_FULL) {
        observed->has_answer = true;
        observed->answer = *act;
    } else if (act->kind == ACT_SECOND_CONNECT) {
        observed->seconds++;
    } else if (act->kind == ACT_PAYLOAD) {
        observed->payload_size = act->offset;
        observed->payload_len = 0;
    } else if (act->kind == ACT_PAYLOAD_BYTES) {
        keep_payload(observed, act);
    } else if (act->kind == ACT_LOAD) {
        check_payload(observed, act->offset);
    }
}

static void listen_to(void *user, const struct host_event *host_event)
{
    struct observed *observed = user;
    require(host_event->kind != HOST_FAILED, "connecting to the server failed");
    if (host_event->kind != HOST_TICK)
        observed->limit_ns = wire_now() + WAIT_NS;
    if (host_event->kind == HOST_ACT)
        take_act(observed, host_event->act);
}

static void begin(struct observed *observed, struct server *server,
                  struct replica_host_config config)
{
    struct address address = {"127.0.0.1", ""};
    memset(observed, 0, sizeof *observed);
    observed->server = server;
    snprintf(address.port, sizeof address.port, "%d", server->port);
    require(address_resolve(&address, false, &observed->places) == NULL, "no loopback");
    config.places = &observed->places;
    config.replica.timeout_s = 60;
    config.replica.port = 1;
    config.replica.announce_ip = config.replica.auth_user = config.replica.auth_password = "";
    config.listener = listen_to;
    config.listener_user = observed;
    observed->limit_ns = wire_now() + WAIT_NS;
    observed->host = replica_host_new(&config, NULL);
    replica_host_start(observed->host);
}

/* `id` NULL: it holds nothing. */
static void observed_start(struct observed *observed, struct server *server, size_t read_max,
                           const char *id, int64_t offset)
{
    begin(observed, server,
          (struct replica_host_config){.profile = profile_find("redis-7.0"),
                                       .ask_id = id,
                                       .ask_offset = offset,
                                       .read_max = read_max});
}

static enum replica_state state_of(const struct observed *observed)
{
    return replica_host_replica(observed->host)->state;
}

static void run_once(struct observed *observed)
{
    require(wire_now() < observed->limit_ns, "nothing happens in state %s",
            replica_state_name(state_of(observed)));
    replica_host_turn(observed->host, TURN_MS);
}

static void run_until_online(struct observed *observed)
{
    while (state_of(observed) != REPLICA_CONNECTED)
        run_once(observed);
}

/* All that the master has produced is applied here, and the ids are the same. */
static void catch_up(struct observed *observed)
{
    char id[64];
    int64_t offset = server_number(observed->server, "master_repl_offset");
    const struct history *history = replica_host_history(observed->host);
    while (state_of(observed) != REPLICA_CONNECTED || history->offset < offset)
        run_once(observed);
    server_info(observed->server, "master_replid", id, sizeof id);
    require(strcmp(id, history->id) == 0, "ids differ");
    require(history->offset == offset, "offsets differ");
}

/* The master has our position: the cron's ACK came through. */
static void acknowledge(struct observed *observed)
{
    char line[256] = "", wanted[64];
    int64_t limit = wire_now() + WAIT_NS;
    replica_host_tick(observed->host);
    snprintf(wanted, sizeof wanted, "state=online,offset=%lld,",
             (long long)replica_host_history(observed->host)->offset);
    do {
        require(wire_now() < limit, "the ACK does not show in INFO: %s, not %s", line, wanted);
        server_info(observed->server, "slave0", line, sizeof line);
    } while (strstr(line, wanted) == NULL);
}

/* WAIT makes the master ask with GETACK. */
static void answer_getack(struct observed *observed)
{
    struct pollfd item = {.fd = observed->server->control, .events = POLLIN};
    server_ask(observed->server, "SET waited yes");
    server_send(observed->server, "WAIT 1 5000");
    while (poll(&item, 1, 0) == 0)
        run_once(observed);
    require(strcmp(server_reply(observed->server), "1") == 0, "WAIT did not see the replica");
    catch_up(observed);
}

/* Valkey 9 saves an older format for a replica that does not give its version, and streams it
 * whatever repl-diskless-sync says: its file is for those who read the new one. */
static bool streams_always(struct server *server)
{
    const char *at = strstr(server_ask(server, "INFO server"), "\nvalkey_version:");
    return at != NULL && strtol(at + strlen("\nvalkey_version:"), NULL, 10) >= 9;
}

static void synchronise(struct server *server, size_t read_max, bool is_diskless)
{
    static struct observed observed;
    bool is_streamed = is_diskless || streams_always(server);
    server_ask(server, "CONFIG SET repl-diskless-sync %s", is_diskless ? "yes" : "no");
    int64_t full = server_number(server, "sync_full"),
            partial = server_number(server, "sync_partial_ok");
    observed_start(&observed, server, read_max, NULL, 0);
    run_until_online(&observed);
    require((observed.payload_size < 0) == is_streamed, "the payload came the other way");
    server_ask(server, "SET key value");
    catch_up(&observed);
    acknowledge(&observed);
    answer_getack(&observed);
    server_ask(server, "CLIENT KILL TYPE replica");
    server_ask(server, "SET key again");
    observed.has_answer = false;
    catch_up(&observed);
    require(observed.answer.kind == ACT_CONTINUE, "no partial resynchronisation");
    acknowledge(&observed);
    require(server_number(server, "sync_full") == full + 1, "more than one full");
    require(server_number(server, "sync_partial_ok") == partial + 1, "not one partial");
    printf("reads of %5zu: full (%s, %lld bytes), ACK, GETACK and partial: offset %lld, as the "
           "server has it\n",
           read_max, is_streamed ? "streamed" : "from disk", (long long)observed.loaded_size,
           (long long)replica_host_history(observed.host)->offset);
    replica_host_free(observed.host);
}

/* A full synchronisation over two connections, under writes, and a partial one behind it: counted
 * as for a replica of the server's own. */
static void synchronise_beside(struct server *server, size_t read_max)
{
    static struct observed observed;
    const char *version = server_two_connections(server);
    if (version == NULL) {
        printf("this server knows one connection only\n");
        return;
    }
    const struct profile *profile = profile_find(version);
    server_ask(server, "CONFIG SET repl-diskless-sync yes");
    int64_t full = server_number(server, "sync_full"),
            partial = server_number(server, "sync_partial_ok");
    begin(&observed, server,
          (struct replica_host_config){.profile = profile,
                                       .replica.second_channel = true,
                                       .kept_max = KEPT_MAX,
                                       .read_max = read_max});
    for (int i = 0; state_of(&observed) != REPLICA_CONNECTED; i++) {
        server_ask(server, "SET beside%d value", i % 100);
        run_once(&observed);
    }
    catch_up(&observed);
    acknowledge(&observed);
    require(observed.seconds == 1, "not one second connection");
    int64_t kept = replica_host_kept(observed.host);
    require(kept < KEPT_MAX + (int64_t)read_max, "%lld bytes kept", (long long)kept);
    require(server_number(server, "sync_full") == full + 1, "not one full");
    partial += profile->channel_main_psyncs;
    require(server_number(server, "sync_partial_ok") == partial, "not the partial ones of one");
    server_ask(server, "CLIENT KILL TYPE replica");
    server_ask(server, "SET key again");
    observed.has_answer = false;
    catch_up(&observed);
    require(observed.answer.kind == ACT_CONTINUE, "no partial resynchronisation");
    printf(
        "reads of %5zu: full over two connections as %s (%lld bytes, and %lld of stream kept), and "
        "partial: offset %lld, as the server has it\n",
        read_max, version, (long long)observed.loaded_size, (long long)kept,
        (long long)replica_host_history(observed.host)->offset);
    replica_host_free(observed.host);
}

struct view {
    struct history history;
    struct backlog_range backlog;
};

static void look(struct server *server, struct view *view)
{
    server_info(server, "master_replid", view->history.id, REPLID_SIZE);
    server_info(server, "master_replid2", view->history.id2, REPLID_SIZE);
    view->history.second_offset = server_number(server, "second_repl_offset");
    view->history.offset = server_number(server, "master_repl_offset");
    view->backlog.exists = server_number(server, "repl_backlog_active") == 1;
    view->backlog.first = server_number(server, "repl_backlog_first_byte_offset");
    view->backlog.length = server_number(server, "repl_backlog_histlen");
}

static void wait_until_alone(struct server *server)
{
    int64_t limit = wire_now() + WAIT_NS;
    while (server_number(server, "connected_slaves") > 0 ||
           server_number(server, "rdb_bgsave_in_progress") > 0)
        require(wire_now() < limit, "the server does not come to rest");
}

/* Asks for `offset` of `id`; the server's answer must be the decision's, and the reason the one
 * expected. */
static void ask_for(struct server *server, const char *id, int64_t offset, enum reason expected)
{
    static struct observed observed;
    struct view view = {0};
    wait_until_alone(server);
    look(server, &view);
    enum reason reason = history_decide(&view.history, &view.backlog, id, offset);
    int64_t partial = server_number(server, "sync_partial_ok");
    observed_start(&observed, server, 65536, id, offset);
    while (!observed.has_answer)
        run_once(&observed);
    bool is_partial = observed.answer.kind == ACT_CONTINUE;
    partial = server_number(server, "sync_partial_ok") - partial;
    replica_host_free(observed.host);
    printf("%.4s… from %6lld, of %6lld + %5lld, second until %6lld: %-7s %s\n", id,
           (long long)offset, (long long)view.backlog.first, (long long)view.backlog.length,
           (long long)view.history.second_offset, is_partial ? "partial" : "full",
           reason_name(reason));
    require(reason == expected, "expected %s", reason_name(expected));
    require((reason_kind(reason) == REASON_KIND_PARTIAL) == is_partial,
            "the server says otherwise");
    require(partial == is_partial, "the server counts otherwise");
}

static void ask_at_edges(struct server *server)
{
    struct view view = {0};
    look(server, &view);
    char id[REPLID_SIZE];
    int64_t first = view.backlog.first;
    int64_t end = view.history.offset;
    memcpy(id, view.history.id, REPLID_SIZE);
    require(first > 1 && end == first + view.backlog.length - 1, "no backlog to ask for");
    ask_for(server, id, first - 1, REASON_BACKLOG_PASSED);
    ask_for(server, id, first, REASON_ACCEPTED);
    ask_for(server, id, end, REASON_ACCEPTED);
    ask_for(server, id, end + 1, REASON_ACCEPTED);
    ask_for(server, id, end + 2, REASON_OFFSET_AHEAD);
    id[0] = id[0] == 'f' ? 'e' : 'f';
    ask_for(server, id, end, REASON_ID_MISMATCH);
}

/* A promotion: the old id counts up to its end. */
static void ask_for_second_id(struct server *server)
{
    struct view view = {0};
    look(server, &view);
    server_ask(server, "REPLICAOF 127.0.0.1 1");
    server_ask(server, "REPLICAOF NO ONE");
    ask_for(server, view.history.id, view.history.offset + 1, REASON_ACCEPTED_SECOND_ID);
    ask_for(server, view.history.id, view.history.offset + 2, REASON_SECOND_OFFSET);
    ask_for(server, view.history.id, view.backlog.first, REASON_ACCEPTED_SECOND_ID);
    ask_for(server, view.history.id, view.backlog.first - 1, REASON_BACKLOG_PASSED);
}

int main(void)
{
    static struct server server;
    static const size_t reads[] = {1, 7, 65536};
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!server_exists())
        return EXIT_SUCCESS;
    server_start(&server);
    for (size_t i = 0; i < 3; i++) {
        synchronise(&server, reads[i], false);
        wait_until_alone(&server);
        synchronise(&server, reads[i], true);
        wait_until_alone(&server);
        synchronise_beside(&server, reads[i]);
        wait_until_alone(&server);
    }
    for (int i = 0; i < 80; i++)
        server_ask(&server, "SETRANGE big 900 %d", i);
    for (int i = 0; i < 80; i++)
        server_ask(&server, "SET filler%d %0900d", i, i);
    ask_at_edges(&server);
    ask_for_second_id(&server);
    server_stop(&server);
    puts("the replica's machine and the server agree");
    return EXIT_SUCCESS;
}
