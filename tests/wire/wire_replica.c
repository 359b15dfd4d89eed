/* The replica's machine against a real master: full synchronisations from disk and streamed, a
 * partial one, GETACK by WAIT, and PSYNC at each edge of the backlog and of the second id, where
 * history_decide must say what the server does. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "models/psync/replica.h"
#include "tests/wire/server.h"

#define CRON_NS INT64_C(1000000000)
#define WAIT_NS (INT64_C(1000000) * WAIT_MS)

/* A host of the replica's machine: one socket, no data set; payloads are counted and looked at, not
 * loaded. */
struct host {
    struct server *server;
    const struct profile *profile;
    struct replica_config config;
    struct replica replica;
    struct history history;
    struct acts acts;
    int fd; /* -1: none */
    size_t read_max;
    int64_t cron_ns;  /* when the next tick is due */
    int64_t limit_ns; /* when waiting has been too long; moved by everything that comes */
    bool has_answer;  /* ACT_CONTINUE or ACT_FULL came since host_ask */
    struct act answer;
    int64_t payload_size; /* as announced; -1: streamed */
    int64_t loaded_size;
    uint64_t payload_len;
    char payload[65536];
    size_t held_len; /* read, but not taken while loading */
    char held[65536];
};

static void host_init(struct host *host, struct server *server, size_t read_max)
{
    memset(host, 0, sizeof *host);
    host->server = server;
    host->profile = profile_find("redis-7.0");
    host->config = (struct replica_config){
        .timeout_s = 60, .port = 1, .announce_ip = "", .auth_user = "", .auth_password = ""};
    host->fd = -1;
    host->read_max = read_max;
    host->cron_ns = wire_now() + CRON_NS;
    host->limit_ns = wire_now() + WAIT_NS;
    replica_init(&host->replica);
    history_init(&host->history, "0123456789012345678901234567890123456789");
}

static struct replica_site site_now(struct host *host)
{
    return (struct replica_site){.profile = host->profile,
                                 .config = &host->config,
                                 .history = &host->history,
                                 .now = wire_now()};
}

static void close_socket(struct host *host)
{
    if (host->fd >= 0)
        close(host->fd);
    host->fd = -1;
}

static void keep_payload(struct host *host, const struct act *act)
{
    require(act->len <= sizeof host->payload - host->payload_len, "the payload is too large");
    memcpy(host->payload + host->payload_len, act->bytes, act->len);
    host->payload_len += act->len;
}

static void carry_out(struct host *host)
{
    for (uint32_t i = 0; i < host->acts.count; i++) {
        const struct act *act = &host->acts.list[i];
        if (act->kind == ACT_SEND) {
            wire_write(host->fd, act->text, act->len);
        } else if (act->kind == ACT_CLOSE) {
            close_socket(host);
        } else if (act->kind == ACT_CONNECT) {
            host->fd = wire_dial(host->server->port);
        } else if (act->kind == ACT_CONTINUE || act->kind == ACT_FULL) {
            host->has_answer = true;
            host->answer = *act;
        } else if (act->kind == ACT_PAYLOAD) {
            host->payload_size = act->offset;
            host->payload_len = 0;
        } else if (act->kind == ACT_PAYLOAD_BYTES) {
            keep_payload(host, act);
        } else if (act->kind == ACT_LOAD) {
            host->loaded_size = act->offset;
        }
    }
    replica_check(&host->replica);
}

static void boot(struct host *host, bool has_position)
{
    struct replica_site site = site_now(host);
    replica_boot(&host->replica, &site, has_position, false, &host->acts);
    carry_out(host);
}

static void give(struct host *host, const char *bytes, size_t len)
{
    while (len > 0 && host->fd >= 0) {
        struct span span = span_bytes(bytes, len);
        struct replica_site site = site_now(host);
        replica_receive(&host->replica, &site, &span, &host->acts);
        carry_out(host);
        bytes += len - host->acts.left;
        len = (size_t)host->acts.left;
        if (host->replica.state == REPLICA_LOADING) {
            memcpy(host->held, bytes, len);
            host->held_len = len;
            return;
        }
    }
}

/* The data set of this replica is nothing, so that loading is checking. */
static void load(struct host *host)
{
    size_t len = host->held_len;
    require(memcmp(host->payload, "REDIS", 5) == 0, "the payload is no RDB");
    require(host->payload_size < 0 || host->payload_size == host->loaded_size, "a wrong size");
    require(host->payload_len == (uint64_t)host->loaded_size + (host->payload_size < 0 ? 40 : 0),
            "payload bytes are missing");
    host->held_len = 0;
    struct replica_site site = site_now(host);
    replica_loaded(&host->replica, &site, &host->acts);
    carry_out(host);
    give(host, host->held, len);
}

static void take_socket(struct host *host)
{
    static char bytes[65536];
    int error = 0;
    socklen_t size = sizeof error;
    struct replica_site site = site_now(host);
    if (host->replica.state == REPLICA_CONNECTING) {
        getsockopt(host->fd, SOL_SOCKET, SO_ERROR, &error, &size);
        require(error == 0, "connecting to the server failed");
        replica_connected(&host->replica, &site, &host->acts);
        carry_out(host);
        return;
    }
    ssize_t len = recv(host->fd, bytes, host->read_max, 0);
    if (len > 0) {
        give(host, bytes, (size_t)len);
    } else {
        replica_lost(&host->replica, &site, &host->acts);
        carry_out(host);
    }
}

static void tick(struct host *host)
{
    host->cron_ns += CRON_NS;
    struct replica_site site = site_now(host);
    replica_cron(&host->replica, &site, &host->acts);
    carry_out(host);
}

/* Waits for the socket, the control connection or the cron, and does what is to be done. */
static void run_once(struct host *host)
{
    short events = host->replica.state == REPLICA_CONNECTING ? POLLOUT : POLLIN;
    struct pollfd items[] = {{.fd = host->fd, .events = events},
                             {.fd = host->server->control, .events = POLLIN}};
    int64_t rest = host->cron_ns - wire_now();
    require(wire_now() < host->limit_ns, "nothing happens in state %s",
            replica_state_name(host->replica.state));
    require(poll(items, 2, rest > 0 ? (int)(rest / 1000000) + 1 : 0) >= 0, "poll failed");
    if (items[0].revents != 0) {
        host->limit_ns = wire_now() + WAIT_NS;
        take_socket(host);
    }
    if (host->replica.state == REPLICA_LOADING)
        load(host);
    if (wire_now() >= host->cron_ns)
        tick(host);
}

static void run_until_online(struct host *host)
{
    while (host->replica.state != REPLICA_CONNECTED)
        run_once(host);
}

/* All that the master has produced is applied here, and the ids are the same. */
static void catch_up(struct host *host)
{
    char id[64];
    int64_t offset = server_number(host->server, "master_repl_offset");
    while (host->replica.state != REPLICA_CONNECTED || host->history.offset < offset)
        run_once(host);
    server_info(host->server, "master_replid", id, sizeof id);
    require(strcmp(id, host->history.id) == 0, "ids differ");
    require(host->history.offset == offset, "offsets differ");
}

/* The master has our position: the cron's ACK came through. */
static void acknowledge(struct host *host)
{
    char line[256] = "", wanted[64];
    int64_t limit = wire_now() + WAIT_NS;
    tick(host);
    snprintf(wanted, sizeof wanted, "state=online,offset=%lld,", (long long)host->history.offset);
    do {
        require(wire_now() < limit, "the ACK does not show in INFO: %s, not %s", line, wanted);
        server_info(host->server, "slave0", line, sizeof line);
    } while (strstr(line, wanted) == NULL);
}

/* WAIT makes the master ask with GETACK. */
static void answer_getack(struct host *host)
{
    struct pollfd item = {.fd = host->server->control, .events = POLLIN};
    server_ask(host->server, "SET waited yes");
    server_send(host->server, "WAIT 1 5000");
    while (poll(&item, 1, 0) == 0)
        run_once(host);
    require(strcmp(server_reply(host->server), "1") == 0, "WAIT did not see the replica");
    catch_up(host);
}

static void synchronise(struct server *server, size_t read_max, bool is_streamed)
{
    static struct host host;
    host_init(&host, server, read_max);
    server_ask(server, "CONFIG SET repl-diskless-sync %s", is_streamed ? "yes" : "no");
    int64_t full = server_number(server, "sync_full"),
            partial = server_number(server, "sync_partial_ok");
    boot(&host, false);
    run_until_online(&host);
    require((host.payload_size < 0) == is_streamed, "the payload came the other way");
    server_ask(server, "SET key value");
    catch_up(&host);
    acknowledge(&host);
    answer_getack(&host);
    server_ask(server, "CLIENT KILL TYPE replica");
    server_ask(server, "SET key again");
    host.has_answer = false;
    catch_up(&host);
    require(host.answer.kind == ACT_CONTINUE, "no partial resynchronisation");
    acknowledge(&host);
    require(server_number(server, "sync_full") == full + 1, "more than one full");
    require(server_number(server, "sync_partial_ok") == partial + 1, "not one partial");
    close_socket(&host);
    printf("reads of %5zu: full (%s, %lld bytes), ACK, GETACK and partial: offset %lld, as the "
           "server has it\n",
           read_max, is_streamed ? "streamed" : "from disk", (long long)host.loaded_size,
           (long long)host.history.offset);
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
    static struct host host;
    struct view view = {0};
    host_init(&host, server, 65536);
    wait_until_alone(server);
    look(server, &view);
    enum reason reason = history_decide(&view.history, &view.backlog, id, offset);
    int64_t partial = server_number(server, "sync_partial_ok");
    history_init(&host.history, id);
    host.history.offset = offset - 1;
    boot(&host, true);
    while (!host.has_answer)
        run_once(&host);
    bool is_partial = host.answer.kind == ACT_CONTINUE;
    partial = server_number(server, "sync_partial_ok") - partial;
    close_socket(&host);
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
