/* The master's machine against a real replica: a redis-server replicates from it, by a full
 * synchronisation from a file and a streamed one, partially after a cut, partially after a
 * promotion, not at all while we have lost our own master, and by another full one when the backlog
 * has moved on. After each the server must hold our data, id and offset. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "models/psync/master.h"
#include "tests/wire/server.h"

#define CRON_NS INT64_C(1000000000)
#define WAIT_NS (INT64_C(1000000) * WAIT_MS)
#define ID_A    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define ID_B    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define MARK    "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee"
#define BASE    1000 /* offset before the first byte of `stream` */

/* A host of the master's machine: one replica, a real RDB, and every byte of the stream since BASE.
 */
struct host {
    struct server *server;
    struct history history;
    struct master_site site;
    struct master master;
    struct acts acts;
    int listener, port;
    int fd; /* -1: none */
    size_t read_max;
    bool is_streamed; /* payloads end with a mark */
    bool flows;       /* the stream is sent as it comes */
    int64_t cron_ns, limit_ns;
    int wants, grants, refusals;
    enum reason reason; /* of the last of them */
    size_t rdb_len, stream_len;
    char rdb[65536], stream[65536];
};

static void host_init(struct host *host, struct server *server)
{
    memset(host, 0, sizeof *host);
    host->server = server;
    history_init(&host->history, ID_A);
    host->history.offset = BASE;
    host->site = (struct master_site){.profile = profile_find("redis-7.0"),
                                      .history = &host->history,
                                      .backlog = {true, BASE + 1, 0},
                                      .timeout_s = 60,
                                      .auth_user = "",
                                      .auth_password = ""};
    host->listener = wire_listen(&host->port);
    host->fd = -1;
    host->cron_ns = wire_now() + CRON_NS;
}

/* A valid RDB with one key, made by the server itself. */
static void borrow_rdb(struct host *host)
{
    char path[128];
    server_ask(host->server, "SET from rdb");
    require(strcmp(server_ask(host->server, "SAVE"), "OK") == 0, "SAVE failed");
    snprintf(path, sizeof path, "%s/dump.rdb", host->server->dir);
    FILE *file = fopen(path, "rb");
    require(file != NULL, "%s: %s", path, strerror(errno));
    host->rdb_len = fread(host->rdb, 1, sizeof host->rdb, file);
    fclose(file);
    require(host->rdb_len > 100 && host->rdb_len < sizeof host->rdb, "a strange RDB");
    server_ask(host->server, "FLUSHALL");
}

/* The stream */

static void send_from(struct host *host, int64_t offset)
{
    size_t at = (size_t)(offset - BASE - 1);
    wire_write(host->fd, host->stream + at, host->stream_len - at);
}

static void produce(struct host *host, const char *bytes)
{
    size_t len = strlen(bytes);
    require(len <= sizeof host->stream - host->stream_len, "the stream is too long");
    memcpy(host->stream + host->stream_len, bytes, len);
    host->stream_len += len;
    host->history.offset += (int64_t)len;
    host->site.backlog.length += (int64_t)len;
    if (host->flows)
        wire_write(host->fd, bytes, len);
}

static void produce_set(struct host *host, const char *key, const char *value)
{
    char text[256];
    const char *argv[] = {"SET", key, value};
    size_t len = resp_write(text, sizeof text - 1, true, 3, argv);
    text[len] = '\0';
    produce(host, text);
}

/* The acts */

static void note(struct host *host, const struct act *act)
{
    host->wants += act->kind == ACT_WANT;
    host->grants += act->kind == ACT_GRANT;
    host->refusals += act->kind == ACT_REFUSE;
    host->reason = act->reason;
}

static void carry_out(struct host *host)
{
    for (uint32_t i = 0; i < host->acts.count; i++) {
        const struct act *act = &host->acts.list[i];
        if (act->kind == ACT_SEND) {
            wire_write(host->fd, act->text, act->len);
        } else if (act->kind == ACT_CLOSE) {
            printf("closed: %s\n", drop_why(act->drop));
            close(host->fd);
            host->fd = -1;
            host->flows = false;
        } else if (act->kind == ACT_WANT || act->kind == ACT_REFUSE) {
            note(host, act);
        } else if (act->kind == ACT_GRANT) {
            note(host, act);
            host->flows = true;
            send_from(host, act->offset);
        } else if (act->kind == ACT_START_STREAM) {
            host->flows = true;
        }
    }
    master_check(&host->master);
}

static void save(struct host *host)
{
    struct master_site *site = &host->site;
    int64_t offset = host->history.offset;
    site->now = wire_now();
    master_save_started(&host->master, site, offset, host->is_streamed, &host->acts);
    carry_out(host);
    master_cron(&host->master, site, false, &host->acts);
    carry_out(host);
    master_payload(&host->master, site, (int64_t)host->rdb_len, MARK, &host->acts);
    carry_out(host);
    wire_write(host->fd, host->rdb, host->rdb_len);
    if (host->is_streamed)
        wire_write(host->fd, MARK, REPLID_LEN);
    master_payload_sent(&host->master, site, &host->acts);
    carry_out(host);
}

/* The sockets */

static void accept_replica(struct host *host)
{
    int fd = accept(host->listener, NULL, NULL);
    require(fd >= 0, "accept: %s", strerror(errno));
    if (host->fd >= 0)
        close(host->fd);
    host->fd = fd;
    host->flows = false;
    host->site.now = wire_now();
    master_init(&host->master, &host->site);
}

static void take_socket(struct host *host)
{
    static char bytes[65536];
    ssize_t got = recv(host->fd, bytes, host->read_max, 0);
    size_t len = got > 0 ? (size_t)got : 0;
    const char *at = bytes;
    if (got <= 0) {
        master_lost(&host->master, &host->site, &host->acts);
        carry_out(host);
        return;
    }
    do {
        struct span span = span_bytes(at, len);
        host->site.now = wire_now();
        master_receive(&host->master, &host->site, &span, &host->acts);
        at += len - host->acts.left;
        len = (size_t)host->acts.left;
        carry_out(host);
        if (host->master.state == MASTER_WAIT_START)
            save(host);
    } while (len > 0 && host->fd >= 0);
}

static void run_once(struct host *host)
{
    struct pollfd items[] = {{.fd = host->fd, .events = POLLIN},
                             {.fd = host->listener, .events = POLLIN}};
    int64_t rest = host->cron_ns - wire_now();
    require(wire_now() < host->limit_ns, "the replica does not come");
    require(poll(items, 2, rest > 0 ? (int)(rest / 1000000) + 1 : 0) >= 0, "poll failed");
    if (items[0].revents != 0)
        take_socket(host);
    if (items[1].revents != 0)
        accept_replica(host);
    if (wire_now() < host->cron_ns)
        return;
    host->cron_ns += CRON_NS;
    if (host->fd >= 0) {
        host->site.now = wire_now();
        master_cron(&host->master, &host->site, false, &host->acts);
        carry_out(host);
    }
}

/* The replica has acknowledged every byte (GETACK makes it say so at once), and agrees on the
 * history. */
static void settle(struct host *host)
{
    char text[64];
    host->limit_ns = wire_now() + WAIT_NS;
    while (!host->flows || host->master.state != MASTER_ONLINE)
        run_once(host);
    int64_t wanted = host->history.offset;
    produce(host, stream_getack);
    while (host->master.ack_offset < wanted)
        run_once(host);
    require(host->master.ack_offset == wanted, "GETACK counted itself");
    server_info(host->server, "master_link_status", text, sizeof text);
    require(strcmp(text, "up") == 0, "the replica says its link is %s", text);
    server_info(host->server, "master_replid", text, sizeof text);
    require(strcmp(text, host->history.id) == 0, "the replica has another id");
    require(server_number(host->server, "slave_repl_offset") == host->history.offset,
            "the replica is at another offset");
}

static void expect_value(struct host *host, const char *key, const char *value)
{
    const char *text = server_ask(host->server, "GET %s", key);
    require(strcmp(text, value) == 0, "%s is %s, not %s", key, text, value);
}

static void cut(struct host *host)
{
    master_close(&host->master, &host->site, DROP_CUT, &host->acts);
    carry_out(host);
}

/* What is in a step: a cut (or none, at first), what happens meanwhile, and how the replica must
 * come back. */
static void come_back(struct host *host, const char *what, enum reason reason, const char *value)
{
    int wants = host->wants, grants = host->grants;
    bool is_partial = reason_kind(reason) == REASON_KIND_PARTIAL;
    host->limit_ns = wire_now() + WAIT_NS;
    while (host->wants + host->grants == wants + grants)
        run_once(host);
    require(host->reason == reason, "%s: %s", what, reason_name(host->reason));
    require(host->grants == grants + is_partial && host->wants == wants + !is_partial, "%s", what);
    while (!host->flows)
        run_once(host);
    produce_set(host, "last", value);
    settle(host);
    expect_value(host, "last", value);
    printf("reads of %5zu, %s: %s, offset %lld\n", host->read_max, what, reason_name(reason),
           (long long)host->history.offset);
}

static void follow(struct host *host, bool is_streamed, const char *value)
{
    host->is_streamed = is_streamed;
    server_ask(host->server, "REPLICAOF 127.0.0.1 %d", host->port);
    come_back(host, is_streamed ? "full, streamed" : "full, from a file", REASON_ID_MISMATCH,
              value);
    expect_value(host, "from", "rdb");
}

/* Our own master is gone: the replica is told so and asks again each second, and keeps its
 * position. */
static void refuse_for_a_while(struct host *host)
{
    int refusals = host->refusals;
    host->site.is_replica = true;
    cut(host);
    host->limit_ns = wire_now() + WAIT_NS;
    while (host->refusals < refusals + 2)
        run_once(host);
    require(host->reason == REASON_NO_MASTER_LINK, "refused for %s", reason_name(host->reason));
    host->site.is_replica = false;
    come_back(host, "after refusals", REASON_ACCEPTED, "five");
}

static void tell(struct host *host, size_t read_max)
{
    const char *select = "*2\r\n$6\r\nSELECT\r\n$1\r\n0\r\n";
    host->read_max = read_max;
    produce(host, select);
    follow(host, true, "one");
    server_ask(host->server, "REPLICAOF NO ONE");
    server_ask(host->server, "FLUSHALL");
    follow(host, false, "two");
    cut(host);
    produce_set(host, "meanwhile", "yes");
    come_back(host, "after a cut", REASON_ACCEPTED, "three");
    expect_value(host, "meanwhile", "yes");
    cut(host);
    history_shift(&host->history, host->history.id[0] == 'a' ? ID_B : ID_A);
    come_back(host, "after a promotion", REASON_ACCEPTED_SECOND_ID, "four");
    if (read_max > 7)
        refuse_for_a_while(host);
    cut(host);
    produce_set(host, "meanwhile", "no");
    host->site.backlog.first = host->history.offset;
    host->site.backlog.length = 1;
    come_back(host, "after the backlog moved on", REASON_BACKLOG_PASSED, "six");
    expect_value(host, "from", "rdb");
    require(strcmp(server_ask(host->server, "GET meanwhile"), "$-1") == 0,
            "old data survived the full synchronisation");
    server_ask(host->server, "REPLICAOF NO ONE");
    server_ask(host->server, "FLUSHALL");
}

int main(void)
{
    static struct server server;
    static struct host host;
    static const size_t reads[] = {1, 7, 65536};
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (!server_exists())
        return EXIT_SUCCESS;
    server_start(&server);
    host_init(&host, &server);
    borrow_rdb(&host);
    for (size_t i = 0; i < 3; i++)
        tell(&host, reads[i]);
    server_stop(&server);
    puts("a real replica follows the master's machine");
    return EXIT_SUCCESS;
}
