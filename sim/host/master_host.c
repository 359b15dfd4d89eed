/* See master_host.h. A connection gets its texts at once; payload and stream follow as the socket
 * takes them, so that `sent` is what a real output buffer has let go. */
#include "sim/host/master_host.h"

#include <assert.h>
#include <glib.h>
#include <string.h>
#include "models/server/backlog.h"
#include "models/server/cron.h"
#include "models/server/limit.h"
#include "sim/engine/time.h"
#include "sim/host/listener.h"
#include "sim/host/stream_buffer.h"
#include "sim/host/tcp_conn.h"

#define TICK_MS   1000
#define CHUNK_MAX 65536 /* bytes given to a socket at a time */
/* How often an idle server's loop goes round before the backlog is looked at again: often enough
 * that what was pinned is trimmed. */
#define LOOPS INT64_MAX

struct peer {
    struct master_host *host;
    int32_t index;
    struct tcp_conn *tcp_conn; /* NULL: the place is free */
    struct master master;
    bool flows;       /* the stream is sent as it comes */
    int64_t sent;     /* stream: offset of the last byte given to the socket */
    int64_t paid;     /* payload: bytes given to the socket */
    int64_t save_due; /* WAIT_END: when its save is done */
    int64_t client_id;
    bool is_pinning; /* for a payload only: the stream from `sent` on is kept for another one */
    struct limit_state limit;
    struct resp_reader splitter; /* only finds where commands end */
    size_t heard_len;
    char heard[HEARD_MAX];
    char address[48];
};

struct master_host {
    struct master_host_config config;
    uv_loop_t own_loop;
    uv_loop_t *loop;
    uv_timer_t cron, save, turn;
    struct listener *listener;
    int open_handles;
    int64_t start_ns;
    int64_t ticks;
    int64_t produced_ns; /* when the stream last grew */
    int64_t clients;     /* ids given */
    bool refuses;
    bool needs_select;
    struct history history;
    struct backlog backlog;
    struct stream_buffer stream_buffer;
    struct acts acts;
    struct peer peers[MASTER_PEERS_MAX];
};

int64_t master_host_now(const struct master_host *host)
{
    return (int64_t)uv_hrtime() - host->start_ns;
}

static bool is_recorded(const struct peer *peer)
{
    return peer->tcp_conn != NULL && master_records_stream(&peer->master);
}

static bool is_pinned(const struct peer *peer)
{
    return is_recorded(peer) || (peer->tcp_conn != NULL && peer->is_pinning);
}

/* What the slowest replica has been sent; INT64_MAX: there is none. */
static int64_t pinned(const struct master_host *host)
{
    int64_t sent = INT64_MAX;
    for (int i = 0; i < MASTER_PEERS_MAX; i++)
        if (is_pinned(&host->peers[i]) && host->peers[i].sent < sent)
            sent = host->peers[i].sent;
    return sent;
}

struct backlog_range master_host_backlog(const struct master_host *host)
{
    return backlog_range(&host->backlog, host->history.offset, pinned(host), LOOPS);
}

/* Whether the other connection of a pair is one that this one may name. */
static bool knows_client(const void *user, int64_t id)
{
    const struct master_host *host = ((const struct peer *)user)->host;
    for (int i = 0; i < MASTER_PEERS_MAX; i++) {
        const struct peer *other = &host->peers[i];
        if (other->tcp_conn == NULL || other->client_id != id)
            continue;
        return host->config.profile->channel_main_psyncs
                   ? other->master.is_channel && master_is_replica(&other->master)
                   : other->master.state == MASTER_WAIT_CHANNEL;
    }
    return false;
}

static struct master_site site_of(const struct peer *peer)
{
    const struct master_host *host = peer->host;
    return (struct master_site){
        .profile = host->config.profile,
        .second_channel = config_serves_channel(&host->config.config, host->config.profile),
        .client_id = peer->client_id,
        .stream_db = -1,
        .knows_client = knows_client,
        .user = peer,
        .history = &host->history,
        .now = master_host_now(host),
        .backlog = master_host_backlog(host),
        .is_replica = host->refuses,
        .timeout_s = host->config.config.timeout_s,
        .auth_user = host->config.user,
        .auth_password = host->config.password};
}

/* ---- notifications ---- */

static void notify(struct master_host *host, int32_t peer, struct host_event event)
{
    event.now = master_host_now(host);
    event.peer = peer;
    if (host->config.listener != NULL)
        host->config.listener(host->config.listener_user, &event);
}

static void notify_rows(struct peer *peer)
{
    const struct acts *acts = &peer->host->acts;
    for (uint32_t i = 0; i < acts->row_count; i++)
        notify(peer->host, peer->index,
               (struct host_event){.kind = HOST_ROW, .row = master_row_info(acts->rows[i])});
}

/* Notifies of each command that ends within these bytes. */
static void notify_heard(struct peer *peer, const char *bytes, size_t len)
{
    while (len > 0) {
        struct resp_progress progress = resp_read(&peer->splitter, bytes, len);
        size_t room = sizeof peer->heard - peer->heard_len;
        size_t kept = progress.eaten < room ? progress.eaten : room;
        memcpy(peer->heard + peer->heard_len, bytes, kept);
        peer->heard_len += kept;
        bytes += progress.eaten;
        len -= progress.eaten;
        if (progress.event == RESP_MORE)
            return;
        notify(
            peer->host, peer->index,
            (struct host_event){.kind = HOST_HEARD, .bytes = peer->heard, .len = peer->heard_len});
        peer->heard_len = 0;
        if (progress.event == RESP_ERROR)
            return;
    }
}

/* ---- the backlog ---- */

static void settle(struct master_host *host)
{
    backlog_settle(&host->backlog, host->history.offset, pinned(host), LOOPS);
}

static void begin_backlog(struct master_host *host)
{
    if (host->backlog.exists)
        return;
    host->history.offset += host->config.profile->backlog_first_adds_one;
    struct backlog_plan plan = {.profile = host->config.profile,
                                .allocator = ALLOCATOR_JEMALLOC,
                                .size = host->config.config.backlog_bytes};
    backlog_create(&host->backlog, &plan, host->history.offset);
    stream_buffer_clear(&host->stream_buffer);
    stream_buffer_init(&host->stream_buffer, host->history.offset + 1);
}

/* Forgets what neither the backlog nor a replica needs. */
static void cut_stream(struct master_host *host)
{
    settle(host);
    int64_t first = master_host_backlog(host).first, slowest = pinned(host);
    if (slowest != INT64_MAX && slowest + 1 < first)
        first = slowest + 1;
    if (first > host->stream_buffer.first)
        stream_buffer_cut(&host->stream_buffer, first);
}

/* ---- the acts ---- */

static void let_go(struct peer *peer)
{
    tcp_conn_close(peer->tcp_conn);
    peer->tcp_conn = NULL;
    peer->flows = false;
    settle(peer->host);
    if (peer->host->backlog.exists)
        backlog_unpin(&peer->host->backlog);
}

static void carry_out(struct peer *peer)
{
    struct master_host *host = peer->host;
    notify_rows(peer);
    for (uint32_t i = 0; i < host->acts.count; i++) {
        const struct act *act = &host->acts.list[i];
        if (act->kind == ACT_GRANT) {
            peer->flows = true;
            peer->sent = act->offset - 1;
        } else if (act->kind == ACT_START_STREAM) {
            peer->flows = true;
        } else if (act->kind == ACT_OFFER && peer->master.state == MASTER_WAIT_CHANNEL) {
            begin_backlog(host);
        }
        notify(host, peer->index, (struct host_event){.kind = HOST_ACT, .act = act});
        if (act->kind == ACT_SEND)
            tcp_conn_write(peer->tcp_conn, act->text, act->len);
        else if (act->kind == ACT_CLOSE)
            let_go(peer);
    }
    master_check(&peer->master);
}

/* Of two connections of one full synchronisation the other one; NULL: gone, or not known. */
static struct peer *other_of_pair(struct peer *peer)
{
    struct master_host *host = peer->host;
    bool names_payload = host->config.profile->channel_main_psyncs;
    for (int i = 0; i < MASTER_PEERS_MAX; i++) {
        struct peer *other = &host->peers[i];
        const struct peer *main = peer->master.is_channel ? other : peer;
        const struct peer *payload = peer->master.is_channel ? peer : other;
        bool is_pair = names_payload ? main->master.payload_id == payload->client_id
                                     : payload->master.main_id == main->client_id;
        if (other->tcp_conn != NULL && other->master.is_channel != peer->master.is_channel &&
            is_pair)
            return other;
    }
    return NULL;
}

static void close_peer(struct peer *peer, enum drop drop);

/* The stream behind a payload was asked for: that need not keep it any longer. */
static void release_payload(struct peer *peer)
{
    struct peer *payload = other_of_pair(peer);
    if (payload == NULL)
        return;
    payload->is_pinning = false;
    if (payload->master.state == MASTER_TRANSMITTED)
        close_peer(payload, DROP_RDB_ONLY);
}

static void close_peer(struct peer *peer, enum drop drop)
{
    struct master_site site = site_of(peer);
    master_close(&peer->master, &site, drop, &peer->host->acts);
    carry_out(peer);
}

/* ---- payload and stream ---- */

static int64_t payload_size(const struct peer *peer)
{
    return peer->host->config.rdb_bytes + (peer->master.diskless ? REPLID_LEN : 0);
}

static void finish_payload(struct peer *peer)
{
    struct master_site site = site_of(peer);
    notify(peer->host, peer->index,
           (struct host_event){.kind = HOST_PAYLOAD, .number = peer->host->config.rdb_bytes});
    struct peer *main = peer->master.is_channel ? other_of_pair(peer) : NULL;
    if (peer->is_pinning)
        master_payload_kept(&peer->master, &site, &peer->host->acts);
    else
        master_payload_sent(&peer->master, &site, &peer->host->acts);
    carry_out(peer);
    if (main == NULL || !site.profile->channel_online_at_child_end)
        return;
    master_payload_done(&main->master, &site, &main->host->acts);
    carry_out(main);
}

static void send_payload(struct peer *peer)
{
    const struct master_host_config *config = &peer->host->config;
    struct master_site site = site_of(peer);
    int64_t left = config->rdb_bytes - peer->paid;
    int64_t part = left < CHUNK_MAX ? left : CHUNK_MAX;
    const char *bytes = config->rdb + peer->paid;
    if (left <= 0) {
        bytes = peer->master.mark;
        part = REPLID_LEN;
    }
    tcp_conn_write(peer->tcp_conn, bytes, (size_t)part);
    peer->paid += part;
    master_payload_moved(&peer->master, &site);
}

static void send_stream(struct peer *peer)
{
    size_t len = 0;
    const char *bytes = stream_buffer_read(&peer->host->stream_buffer, peer->sent + 1, &len);
    len = len < CHUNK_MAX ? len : CHUNK_MAX;
    tcp_conn_write(peer->tcp_conn, bytes, len);
    peer->sent += (int64_t)len;
}

/* Gives the socket what it takes. */
static void pump(struct peer *peer)
{
    while (peer->tcp_conn != NULL && tcp_conn_pending(peer->tcp_conn) == 0) {
        if (peer->master.state == MASTER_SEND_BULK && peer->paid == payload_size(peer))
            finish_payload(peer);
        else if (peer->master.state == MASTER_SEND_BULK)
            send_payload(peer);
        else if (peer->flows && peer->sent < peer->host->history.offset)
            send_stream(peer);
        else
            return;
    }
}

static void make_mark(char mark[REPLID_SIZE])
{
    for (int i = 0; i < REPLID_LEN; i++)
        mark[i] = "0123456789abcdef"[g_random_int_range(0, 16)];
    mark[REPLID_LEN] = '\0';
}

static void finish_save(struct peer *peer)
{
    struct master_host *host = peer->host;
    struct master_site site = site_of(peer);
    char mark[REPLID_SIZE];
    make_mark(mark);
    peer->paid = 0;
    master_payload(&peer->master, &site, host->config.rdb_bytes, mark, &host->acts);
    carry_out(peer);
    pump(peer);
}

static void look_at_saves(uv_timer_t *timer)
{
    struct master_host *host = timer->data;
    int64_t now = master_host_now(host), next = INT64_MAX;
    for (int i = 0; i < MASTER_PEERS_MAX; i++) {
        struct peer *peer = &host->peers[i];
        if (peer->tcp_conn == NULL || peer->master.state != MASTER_WAIT_END)
            continue;
        if (peer->save_due <= now)
            finish_save(peer);
        else if (peer->save_due < next)
            next = peer->save_due;
    }
    if (next != INT64_MAX)
        uv_timer_start(&host->save, look_at_saves, (uint64_t)((next - now) / NS_PER_MS + 1), 0);
}

static void start_stream_beside(struct peer *payload)
{
    struct peer *peer = other_of_pair(payload);
    if (peer == NULL || peer->master.state != MASTER_WAIT_CHANNEL)
        return;
    struct master_site site = site_of(peer);
    peer->sent = payload->sent;
    master_stream_started(&peer->master, &site, &peer->host->acts);
    carry_out(peer);
}

/* Each replica has a save of its own, which starts at once; the stream is recorded from here. */
static void start_save(struct peer *peer)
{
    struct master_host *host = peer->host;
    bool is_diskless = host->config.config.diskless_sync != 0 && (peer->master.capa & CAPA_EOF);
    begin_backlog(host);
    settle(host);
    struct master_site site = site_of(peer);
    host->needs_select = true;
    peer->sent = host->history.offset;
    peer->is_pinning = peer->master.is_channel && host->config.profile->channel_main_psyncs;
    if (peer->master.is_channel)
        start_stream_beside(peer);
    peer->save_due = site.now + host->config.save_ns;
    master_save_started(&peer->master, &site, host->history.offset, is_diskless, &host->acts);
    carry_out(peer);
    look_at_saves(&host->save);
}

/* ---- the sockets ---- */

static void give(struct peer *peer, const char *bytes, size_t len)
{
    struct master_host *host = peer->host;
    while (len > 0 && peer->tcp_conn != NULL) {
        struct span span = span_bytes(bytes, len);
        struct master_site site = site_of(peer);
        settle(host);
        master_receive(&peer->master, &site, &span, &host->acts);
        size_t taken = len - (size_t)host->acts.left;
        notify_heard(peer, bytes, taken);
        carry_out(peer);
        bytes += taken;
        len -= taken;
        if (peer->tcp_conn != NULL && peer->master.state == MASTER_WAIT_START)
            start_save(peer);
        if (peer->tcp_conn != NULL && peer->master.state == MASTER_STREAMING)
            release_payload(peer);
    }
}

static void take_bytes(void *user, const char *bytes, size_t len)
{
    give(user, bytes, len);
    pump(user);
}

static void take_ended(void *user, int error)
{
    struct peer *peer = user;
    struct master_site site = site_of(peer);
    (void)error; /* closed or reset: the same to a master */
    master_lost(&peer->master, &site, &peer->host->acts);
    carry_out(peer);
}

static void take_drained(void *user)
{
    pump(user);
}

static const struct tcp_conn_hooks HOOKS = {
    .bytes = take_bytes, .ended = take_ended, .drained = take_drained};

static struct peer *free_place(struct master_host *host)
{
    for (int i = 0; i < MASTER_PEERS_MAX; i++)
        if (host->peers[i].tcp_conn == NULL)
            return &host->peers[i];
    return NULL;
}

static void take_peer(void *user, uv_tcp_t *tcp)
{
    struct master_host *host = user;
    struct peer *peer = free_place(host);
    struct tcp_conn *tcp_conn = tcp_conn_accept(tcp, host->config.read_max, &HOOKS, peer);
    if (tcp_conn != NULL && peer == NULL)
        tcp_conn_close(tcp_conn);
    if (tcp_conn == NULL || peer == NULL)
        return;
    *peer = (struct peer){.host = host,
                          .index = (int32_t)(peer - host->peers),
                          .tcp_conn = tcp_conn,
                          .client_id = ++host->clients,
                          .limit = {LIMIT_NOT_OVER}};
    struct master_site site = site_of(peer);
    tcp_conn_peer(tcp_conn, peer->address, sizeof peer->address);
    master_init(&peer->master, &site);
    notify(host, peer->index, (struct host_event){.kind = HOST_OPENED});
}

/* ---- the stream ---- */

static void look_at_limit(struct peer *peer, int64_t second)
{
    struct master_host *host = peer->host;
    struct output_limit limit =
        limit_in_force(&host->config.config.limit, host->config.profile, host->backlog.size);
    int64_t usage = backlog_usage(&host->backlog, host->history.offset, peer->sent);
    enum drop drop = limit_look(&peer->limit, &limit, usage, second);
    if (drop != DROP_NONE)
        close_peer(peer, drop);
}

static void look_at_limits(struct master_host *host)
{
    int64_t second = master_host_now(host) / NS_PER_S;
    for (int i = 0; i < MASTER_PEERS_MAX; i++)
        if (is_recorded(&host->peers[i]))
            look_at_limit(&host->peers[i], second);
}

void master_host_produce(struct master_host *host, const char *bytes, size_t len)
{
    if (!host->backlog.exists)
        return;
    settle(host);
    stream_buffer_append(&host->stream_buffer, bytes, len);
    host->history.offset += (int64_t)len;
    host->produced_ns = master_host_now(host);
    notify(host, -1, (struct host_event){.kind = HOST_STREAM, .bytes = bytes, .len = len});
    for (int i = 0; i < MASTER_PEERS_MAX; i++)
        if (host->peers[i].tcp_conn != NULL)
            pump(&host->peers[i]);
    look_at_limits(host);
    cut_stream(host);
}

void master_host_set(struct master_host *host, const char *key, const char *value)
{
    const char *select[] = {"SELECT", "0"}, *set[] = {"SET", key, value};
    size_t room = strlen(key) + strlen(value) + 128, len = 0;
    assert(room <= MASTER_SET_MAX + 128);
    char *text = g_malloc(room);
    if (host->needs_select)
        len = resp_write(text, room, true, 2, select);
    len += resp_write(text + len, room - len, true, 3, set);
    host->needs_select &= !host->backlog.exists;
    master_host_produce(host, text, len);
    g_free(text);
}

/* ---- time and orders ---- */

static void ping(struct master_host *host)
{
    const struct profile *profile = host->config.profile;
    int64_t idle_ns = master_host_now(host) - host->produced_ns;
    if (cron_ping_is_due(profile, host->config.config.ping_period_s, host->ticks, idle_ns) &&
        cron_pings(profile, host->backlog.exists, master_host_replicas(host)))
        master_host_produce(host, stream_ping, STREAM_PING_BYTES);
}

void master_host_tick(struct master_host *host)
{
    host->ticks++;
    ping(host);
    for (int i = 0; i < MASTER_PEERS_MAX; i++) {
        struct peer *peer = &host->peers[i];
        if (peer->tcp_conn == NULL)
            continue;
        struct master_site site = site_of(peer);
        bool is_stalled =
            peer->master.state == MASTER_SEND_BULK && tcp_conn_pending(peer->tcp_conn) > 0;
        master_cron(&peer->master, &site, is_stalled, &host->acts);
        carry_out(peer);
    }
    if (host->config.profile->limit_checked_by_cron && host->backlog.exists)
        look_at_limits(host);
    notify(host, -1, (struct host_event){.kind = HOST_TICK});
}

static void take_tick(uv_timer_t *timer)
{
    master_host_tick(timer->data);
}

const char *master_host_start(struct master_host *host)
{
    const char *wrong = listener_open(host->listener);
    if (wrong == NULL)
        uv_timer_start(&host->cron, take_tick, TICK_MS, TICK_MS);
    return wrong;
}

void master_host_drop(struct master_host *host, bool is_away)
{
    if (is_away)
        listener_close(host->listener);
    for (int i = 0; i < MASTER_PEERS_MAX; i++)
        if (host->peers[i].tcp_conn != NULL)
            close_peer(&host->peers[i], DROP_CUT);
}

const char *master_host_back(struct master_host *host)
{
    return listener_open(host->listener);
}

void master_host_refuse(struct master_host *host, bool refuses)
{
    host->refuses = refuses;
}

void master_host_save_as(struct master_host *host, bool is_diskless)
{
    host->config.config.diskless_sync = is_diskless;
}

void master_host_shift(struct master_host *host, const char *new_id)
{
    settle(host);
    history_shift(&host->history, new_id);
}

static void wake(uv_timer_t *timer)
{
    (void)timer;
}

void master_host_turn(struct master_host *host, int wait_ms)
{
    uv_update_time(host->loop);
    uv_timer_start(&host->turn, wake, (uint64_t)wait_ms, 0);
    uv_run(host->loop, UV_RUN_ONCE);
}

/* ---- what it is like ---- */

int master_host_port(const struct master_host *host)
{
    return listener_port(host->listener);
}

bool master_host_has(const struct master_host *host, int32_t peer)
{
    return host->peers[peer].tcp_conn != NULL;
}

const struct master *master_host_master(const struct master_host *host, int32_t peer)
{
    return &host->peers[peer].master;
}

const char *master_host_peer_address(const struct master_host *host, int32_t peer)
{
    return host->peers[peer].address;
}

int64_t master_host_buffer(const struct master_host *host, int32_t peer)
{
    const struct peer *at = &host->peers[peer];
    return is_recorded(at) ? backlog_usage(&host->backlog, host->history.offset, at->sent) : 0;
}

bool master_host_flows(const struct master_host *host, int32_t peer)
{
    return host->peers[peer].flows;
}

int32_t master_host_replicas(const struct master_host *host)
{
    int32_t count = 0;
    for (int i = 0; i < MASTER_PEERS_MAX; i++)
        count += host->peers[i].tcp_conn != NULL && master_is_replica(&host->peers[i].master);
    return count;
}

const struct history *master_host_history(const struct master_host *host)
{
    return &host->history;
}

/* ---- beginning and end ---- */

struct master_host *master_host_new(const struct master_host_config *config, uv_loop_t *loop)
{
    struct master_host *host = g_new0(struct master_host, 1);
    assert(config->rdb_bytes > 0);
    host->config = *config;
    if (host->config.read_max == 0)
        host->config.read_max = TCP_CONN_READ_MAX;
    host->loop = loop != NULL ? loop : &host->own_loop;
    if (loop == NULL)
        uv_loop_init(&host->own_loop);
    uv_timer_t *timers[] = {&host->cron, &host->save, &host->turn};
    for (size_t i = 0; i < 3; i++) {
        uv_timer_init(host->loop, timers[i]);
        timers[i]->data = host;
    }
    host->listener = listener_new(host->loop, config->places, take_peer, host);
    host->start_ns = (int64_t)uv_hrtime();
    host->needs_select = true;
    history_init(&host->history, config->id);
    host->history.offset = config->offset;
    stream_buffer_init(&host->stream_buffer, config->offset + 1);
    if (config->has_backlog)
        begin_backlog(host);
    return host;
}

static void count_closed(uv_handle_t *handle)
{
    struct master_host *host = handle->data;
    host->open_handles--;
}

void master_host_free(struct master_host *host)
{
    uv_timer_t *timers[] = {&host->cron, &host->save, &host->turn};
    for (size_t i = 0; i < 3; i++)
        uv_close((uv_handle_t *)timers[i], count_closed);
    host->open_handles += 3;
    listener_free(host->listener);
    for (int i = 0; i < MASTER_PEERS_MAX; i++)
        if (host->peers[i].tcp_conn != NULL)
            tcp_conn_close(host->peers[i].tcp_conn);
    while (host->open_handles > 0)
        uv_run(host->loop, UV_RUN_NOWAIT);
    stream_buffer_clear(&host->stream_buffer);
    if (host->loop == &host->own_loop && uv_loop_close(&host->own_loop) != 0)
        g_assert_not_reached();
    g_free(host);
}
