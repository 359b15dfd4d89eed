/* See replica_host.h. Acts are carried out in order; what a machine left over of the bytes is given
 * to it again at once. */
#include "sim/host/replica_host.h"

#include <assert.h>
#include <glib.h>
#include <string.h>
#include "sim/host/tcp_conn.h"

#define TICK_MS 1000

struct replica_host {
    struct replica_host_config config;
    uv_loop_t own_loop;
    uv_loop_t *loop;
    uv_timer_t cron, turn;
    int64_t start_ns;
    struct replica replica;
    struct history history;
    struct acts acts;
    struct tcp_conn *tcp_conn; /* NULL: none */
    struct tcp_conn *second;   /* for a payload; NULL: none */
    GByteArray *kept;          /* of the first of two: what nobody read yet, or was to be kept */
    int64_t kept_most;         /* bytes it had at a time */
    size_t place;              /* which of the addresses is tried */
    bool is_away;
    bool was_online;  /* the last connection lived to see a tick online */
    bool dials_later; /* at the next tick */
    int open_handles;
    size_t heard_len; /* a line that is not complete yet */
    char heard[HEARD_MAX];
};

int64_t replica_host_now(const struct replica_host *host)
{
    return (int64_t)uv_hrtime() - host->start_ns;
}

static struct replica_site site_now(struct replica_host *host)
{
    return (struct replica_site){.profile = host->config.profile,
                                 .config = &host->config.replica,
                                 .history = &host->history,
                                 .now = replica_host_now(host)};
}

/* ---- notifications ---- */

static void notify(struct replica_host *host, struct host_event event)
{
    event.now = replica_host_now(host);
    if (host->config.listener != NULL)
        host->config.listener(host->config.listener_user, &event);
}

static void notify_rows(struct replica_host *host)
{
    for (uint32_t i = 0; i < host->acts.row_count; i++)
        notify(host,
               (struct host_event){.kind = HOST_ROW, .row = replica_row_info(host->acts.rows[i])});
}

/* Bytes and parts of the payload come in their thousands: their rows say nothing new. */
static bool is_news(enum replica_state from, enum replica_state to)
{
    return from != to || (from != REPLICA_PAYLOAD && from != REPLICA_CONNECTED);
}

/* ---- the acts ---- */

static void carry_out(struct replica_host *host, enum replica_state from);

static void take_opened(void *user);
static void take_failed(void *user, int error);
static void take_bytes(void *user, const char *bytes, size_t len);
static void take_ended(void *user, int error);
static void take_drained(void *user);

static const struct tcp_conn_hooks HOOKS = {take_opened, take_failed, take_bytes, take_ended,
                                            take_drained};

static void second_opened(void *user);
static void second_failed(void *user, int error);
static void second_bytes(void *user, const char *bytes, size_t len);
static void second_ended(void *user, int error);

static const struct tcp_conn_hooks SECOND_HOOKS = {second_opened, second_failed, second_bytes,
                                                   second_ended, take_drained};

static void close_second(struct replica_host *host)
{
    if (host->second != NULL)
        tcp_conn_close(host->second);
    host->second = NULL;
}

static struct tcp_conn *dial_place(struct replica_host *host, const struct tcp_conn_hooks *hooks)
{
    const struct places *places = host->config.places;
    return tcp_conn_dial(host->loop,
                         (const struct sockaddr *)&places->list[host->place % places->count],
                         host->config.read_max, hooks, host);
}

static void close_conn(struct replica_host *host)
{
    g_byte_array_set_size(host->kept, 0);
    if (host->tcp_conn != NULL)
        tcp_conn_close(host->tcp_conn);
    host->tcp_conn = NULL;
    host->heard_len = 0;
}

static void dial(struct replica_host *host)
{
    host->dials_later = false;
    host->was_online = false;
    host->tcp_conn = dial_place(host, &HOOKS);
}

static void keep(struct replica_host *host, const char *bytes, size_t len)
{
    g_byte_array_append(host->kept, (const guint8 *)bytes, (guint)len);
    host->kept_most = MAX(host->kept_most, (int64_t)host->kept->len);
    if (host->tcp_conn != NULL && host->kept->len >= host->config.kept_max)
        tcp_conn_hold(host->tcp_conn, true);
}

static void connect_master(struct replica_host *host, bool is_retry)
{
    host->place = 0;
    if (is_retry && !host->was_online)
        host->dials_later = true;
    else
        dial(host);
}

/* Nothing is loaded, so it is loaded at once. */
static void finish_load(struct replica_host *host)
{
    struct replica_site site = site_now(host);
    replica_loaded(&host->replica, &site, &host->acts);
    carry_out(host, REPLICA_LOADING);
}

static void carry_out_act(struct replica_host *host, const struct act *act, bool is_retry)
{
    notify(host, (struct host_event){.kind = HOST_ACT, .act = act});
    switch (act->kind) {
    case ACT_SEND:
        tcp_conn_write(host->tcp_conn, act->text, act->len);
        break;
    case ACT_CLOSE:
        host->dials_later = false;
        close_conn(host);
        break;
    case ACT_CONNECT:
        connect_master(host, is_retry);
        break;
    case ACT_SECOND_CONNECT:
        host->second = dial_place(host, &SECOND_HOOKS);
        break;
    case ACT_SECOND_SEND:
        tcp_conn_write(host->second, act->text, act->len);
        break;
    case ACT_SECOND_CLOSE:
        close_second(host);
        break;
    case ACT_KEEP:
        keep(host, act->bytes, act->len);
        break;
    default: /* no data, no backlog, no replicas of its own: nothing to be done */
        break;
    }
}

static void refuse_away(struct replica_host *host)
{
    struct replica_site site = site_now(host);
    replica_refused(&host->replica, &site, &host->acts);
}

static void give_kept(struct replica_host *host);

/* What was kept is applied. */
static void drain(struct replica_host *host)
{
    give_kept(host);
    if (!host->replica.two_channels)
        return;
    struct replica_site site = site_now(host);
    replica_drained(&host->replica, &site, &host->acts);
    carry_out(host, REPLICA_CONNECTED);
}

static void carry_out(struct replica_host *host, enum replica_state from)
{
    bool is_closed = false, loads = false, drains = false;
    if (is_news(from, host->replica.state))
        notify_rows(host);
    for (uint32_t i = 0; i < host->acts.count; i++) {
        const struct act *act = &host->acts.list[i];
        if (act->kind == ACT_CONNECT && host->is_away)
            break;
        carry_out_act(host, act, is_closed);
        is_closed |= act->kind == ACT_CLOSE;
        loads |= act->kind == ACT_LOAD;
        drains |= act->kind == ACT_DRAIN;
    }
    replica_check(&host->replica);
    if (loads)
        finish_load(host);
    if (drains)
        drain(host);
    if (host->is_away && host->replica.state == REPLICA_CONNECTING)
        refuse_away(host);
}

/* ---- the socket ---- */

/* Up to the end of a line in the handshake: what follows is another one. */
static size_t next_piece(const struct replica_host *host, const char *bytes, size_t len)
{
    if (host->replica.state > REPLICA_PREAMBLE)
        return len;
    const char *end = memchr(bytes, '\n', len);
    return end != NULL ? (size_t)(end - bytes) + 1 : len;
}

static void remember_heard(struct replica_host *host, const char *bytes, size_t len)
{
    size_t room = sizeof host->heard - host->heard_len;
    size_t part = len < room ? len : room;
    memcpy(host->heard + host->heard_len, bytes, part);
    host->heard_len += part;
}

static void notify_heard(struct replica_host *host)
{
    notify(host,
           (struct host_event){.kind = HOST_HEARD, .bytes = host->heard, .len = host->heard_len});
    host->heard_len = 0;
}

static size_t give_piece(struct replica_host *host, const char *bytes, size_t len)
{
    enum replica_state from = host->replica.state;
    struct span span = span_bytes(bytes, next_piece(host, bytes, len));
    struct replica_site site = site_now(host);
    replica_receive(&host->replica, &site, &span, &host->acts);
    size_t taken = (size_t)(span.len - host->acts.left);
    if (from <= REPLICA_PREAMBLE) {
        remember_heard(host, bytes, taken);
        if (bytes[taken - 1] == '\n' || host->acts.count > 0)
            notify_heard(host);
    } else if (from == REPLICA_CONNECTED) {
        notify(host, (struct host_event){.kind = HOST_STREAM, .bytes = bytes, .len = taken});
    }
    carry_out(host, from);
    return taken;
}

static bool is_read(const struct replica_host *host)
{
    return !host->replica.two_channels || replica_reads_first(&host->replica);
}

static void take_bytes(void *user, const char *bytes, size_t len)
{
    struct replica_host *host = user;
    struct tcp_conn *tcp_conn = host->tcp_conn;
    while (len > 0 && host->tcp_conn == tcp_conn) {
        if (!is_read(host)) {
            keep(host, bytes, len);
            return;
        }
        size_t taken = give_piece(host, bytes, len);
        bytes += taken;
        len -= taken;
    }
}

static void give_kept(struct replica_host *host)
{
    GByteArray *kept = host->kept;
    host->kept = g_byte_array_new();
    take_bytes(host, (const char *)kept->data, kept->len);
    g_byte_array_unref(kept);
    if (host->tcp_conn != NULL && host->kept->len < host->config.kept_max)
        tcp_conn_hold(host->tcp_conn, false);
}

/* ---- the second connection ---- */

static void second_opened(void *user)
{
    struct replica_host *host = user;
    struct replica_site site = site_now(host);
    replica_second_connected(&host->replica, &site, &host->acts);
    carry_out(host, REPLICA_SECOND_CONNECTING);
}

static void second_failed(void *user, int error)
{
    struct replica_host *host = user;
    struct replica_site site = site_now(host);
    notify(host, (struct host_event){.kind = HOST_FAILED, .words = uv_strerror(error)});
    replica_second_refused(&host->replica, &site, &host->acts);
    carry_out(host, REPLICA_SECOND_CONNECTING);
}

static size_t give_second(struct replica_host *host, const char *bytes, size_t len)
{
    enum replica_state from = host->replica.state;
    struct span span = span_bytes(bytes, next_piece(host, bytes, len));
    struct replica_site site = site_now(host);
    bool was_unread = !is_read(host);
    replica_second_receive(&host->replica, &site, &span, &host->acts);
    size_t taken = (size_t)(span.len - host->acts.left);
    if (from <= REPLICA_PREAMBLE && taken > 0) {
        remember_heard(host, bytes, taken);
        if (bytes[taken - 1] == '\n')
            notify_heard(host);
    }
    carry_out(host, from);
    if (was_unread && is_read(host))
        give_kept(host);
    return taken;
}

static void second_bytes(void *user, const char *bytes, size_t len)
{
    struct replica_host *host = user;
    struct tcp_conn *second = host->second;
    while (len > 0 && host->second == second) {
        size_t taken = give_second(host, bytes, len);
        bytes += taken;
        len -= taken;
    }
}

static void second_ended(void *user, int error)
{
    struct replica_host *host = user;
    enum replica_state from = host->replica.state;
    struct replica_site site = site_now(host);
    (void)error;
    replica_second_lost(&host->replica, &site, &host->acts);
    carry_out(host, from);
}

/* ---- the first ---- */

static void take_opened(void *user)
{
    struct replica_host *host = user;
    struct replica_site site = site_now(host);
    notify(host, (struct host_event){.kind = HOST_OPENED});
    replica_connected(&host->replica, &site, &host->acts);
    carry_out(host, REPLICA_CONNECTING);
}

static void take_failed(void *user, int error)
{
    struct replica_host *host = user;
    struct replica_site site = site_now(host);
    if (++host->place < host->config.places->count) {
        tcp_conn_close(host->tcp_conn);
        dial(host);
        return;
    }
    notify(host, (struct host_event){.kind = HOST_FAILED, .words = uv_strerror(error)});
    replica_refused(&host->replica, &site, &host->acts);
    carry_out(host, REPLICA_CONNECTING);
}

static void lose(struct replica_host *host)
{
    enum replica_state from = host->replica.state;
    struct replica_site site = site_now(host);
    replica_lost(&host->replica, &site, &host->acts);
    carry_out(host, from);
}

static void take_ended(void *user, int error)
{
    (void)error; /* closed or reset: the same to a replica */
    lose(user);
}

static void take_drained(void *user)
{
    (void)user;
}

/* ---- time and orders ---- */

void replica_host_tick(struct replica_host *host)
{
    enum replica_state from = host->replica.state;
    struct replica_site site = site_now(host);
    if (host->is_away)
        return;
    if (host->dials_later) {
        dial(host);
        return;
    }
    host->was_online |= from == REPLICA_CONNECTED;
    replica_cron(&host->replica, &site, &host->acts);
    carry_out(host, from);
    notify(host, (struct host_event){.kind = HOST_TICK});
}

static void take_tick(uv_timer_t *timer)
{
    replica_host_tick(timer->data);
}

void replica_host_start(struct replica_host *host)
{
    struct replica_site site = site_now(host);
    replica_boot(&host->replica, &site, host->config.ask_id != NULL, false, &host->acts);
    carry_out(host, REPLICA_NONE);
    uv_timer_start(&host->cron, take_tick, TICK_MS, TICK_MS);
}

void replica_host_drop(struct replica_host *host, bool is_away)
{
    host->is_away = is_away;
    host->was_online |= host->tcp_conn != NULL; /* it was no failure of the master's */
    if (host->replica.state >= REPLICA_CONNECTING)
        lose(host);
}

void replica_host_back(struct replica_host *host)
{
    host->is_away = false;
    replica_host_tick(host);
}

static void wake(uv_timer_t *timer)
{
    (void)timer;
}

void replica_host_turn(struct replica_host *host, int wait_ms)
{
    uv_update_time(host->loop);
    uv_timer_start(&host->turn, wake, (uint64_t)wait_ms, 0);
    uv_run(host->loop, UV_RUN_ONCE);
}

const struct replica *replica_host_replica(const struct replica_host *host)
{
    return &host->replica;
}

const struct history *replica_host_history(const struct replica_host *host)
{
    return &host->history;
}

int64_t replica_host_kept(const struct replica_host *host)
{
    return host->kept_most;
}

bool replica_host_is_away(const struct replica_host *host)
{
    return host->is_away;
}

bool replica_host_is_connected(const struct replica_host *host)
{
    return host->tcp_conn != NULL;
}

/* ---- beginning and end ---- */

static const char NO_HISTORY[] = "0000000000000000000000000000000000000000";

struct replica_host *replica_host_new(const struct replica_host_config *config, uv_loop_t *loop)
{
    assert(!config->replica.second_channel || config->kept_max > 0);
    struct replica_host *host = g_new0(struct replica_host, 1);
    host->config = *config;
    if (host->config.read_max == 0)
        host->config.read_max = TCP_CONN_READ_MAX;
    host->loop = loop != NULL ? loop : &host->own_loop;
    if (loop == NULL)
        uv_loop_init(&host->own_loop);
    uv_timer_init(host->loop, &host->cron);
    uv_timer_init(host->loop, &host->turn);
    host->cron.data = host->turn.data = host;
    host->start_ns = (int64_t)uv_hrtime();
    host->kept = g_byte_array_new();
    replica_init(&host->replica);
    history_init(&host->history, config->ask_id != NULL ? config->ask_id : NO_HISTORY);
    if (config->ask_id != NULL)
        host->history.offset = config->ask_offset - 1;
    return host;
}

static void let_go(uv_handle_t *handle)
{
    struct replica_host *host = handle->data;
    host->open_handles--;
}

void replica_host_free(struct replica_host *host)
{
    close_second(host);
    close_conn(host);
    g_byte_array_unref(host->kept);
    host->open_handles = 2;
    uv_close((uv_handle_t *)&host->cron, let_go);
    uv_close((uv_handle_t *)&host->turn, let_go);
    while (host->open_handles > 0)
        uv_run(host->loop, UV_RUN_NOWAIT);
    if (host->loop == &host->own_loop && uv_loop_close(&host->own_loop) != 0)
        g_assert_not_reached();
    g_free(host);
}
