/* The replica's machine: what comes in (bytes, ticks, the host's orders and reports) becomes events
 * of replica_rows.def, whose actions are in replica_table.c.
 *
 * Positions: read_reploff counts every byte of the stream, reploff those of complete commands
 * outside MULTI (FACTS 4.4). What lies between them is thrown away with the connection and asked
 * for again. */
#include "models/psync/replica.h"

#include <assert.h>
#include <string.h>
#include "models/psync/replica_step.h"

#define NS_PER_S INT64_C(1000000000)
/* A line is read with a time limit for each byte (FACTS 1.1). */
#define HALF_LINE_NS (5 * NS_PER_S)

struct replica_step replica_begin_step(const struct replica_site *site, struct acts *out)
{
    assert(site->now >= 0);
    acts_begin(out);
    return (struct replica_step){.site = site, .out = out, .then = REPLICA_ON_COUNT};
}

/* Whether a thread has the connection, so that the process notices nothing until its cron. */
static bool is_of_thread(const struct replica *replica, const struct replica_site *site)
{
    bool in_transfer = replica->state == REPLICA_PREAMBLE || replica->state == REPLICA_PAYLOAD;
    return in_transfer && site->payload_to_file && site->profile->payload_by_thread;
}

/* An event that ends the connection, by whoever notices it. */
void replica_step_failed(struct replica *replica, struct replica_step *s, enum replica_on on)
{
    replica_step(replica, s, is_of_thread(replica, s->site) ? ON_THREAD_FAILED : on);
}

/* The kind of second connection that this replica takes. */
static int64_t offered_channel(const struct replica_site *site)
{
    return site->config->second_channel ? site->profile->second_channel : SECOND_CHANNEL_NONE;
}

/* Some versions take the offer for a refusal of FAILOVER. */
static struct reply take_offer(const struct replica *replica, const struct replica_step *s,
                               struct reply offer)
{
    if (replica->asks_failover && !s->site->profile->channel_failover_answer_ok)
        return (struct reply){.on = ON_FAILOVER_REJECTED, .drop = DROP_ROLE_CHANGED};
    return offer;
}

static struct reply understand(const struct replica *replica, const struct replica_step *s)
{
    const char *line = replica->line;
    struct reply reply;
    switch (replica->state) {
    case REPLICA_PING_REPLY:
        return reply_to_ping(line);
    case REPLICA_AUTH_REPLY:
        return reply_to_auth(line);
    case REPLICA_PSYNC_REPLY:
        if (reply_offers_channel(line, offered_channel(s->site), &reply))
            return take_offer(replica, s, reply);
        reply = reply_to_psync(line, replica->has_cache, s->site->profile->psync2);
        if (replica->asks_failover && (reply.on == ON_LATER || reply.on == ON_UNKNOWN))
            reply = (struct reply){.on = ON_FAILOVER_REJECTED, .drop = DROP_ROLE_CHANGED};
        return reply;
    case REPLICA_SECOND_AUTH_REPLY:
        return reply_to_auth(line);
    case REPLICA_SECOND_CONF_REPLY:
        reply = reply_to_replconf(line);
        reply.drop = reply.on == ON_REJECT ? DROP_PAYLOAD_ERROR : DROP_NONE;
        return reply;
    case REPLICA_POSITION:
        reply = reply_position(line);
        if (reply.on == ON_POSITION && replica->is_lost)
            reply = (struct reply){.on = ON_POSITION_ALONE, .drop = DROP_LOST};
        return reply;
    case REPLICA_PREAMBLE:
        return reply_preamble(line);
    default:
        return reply_to_replconf(line);
    }
}

/* The last sign of life moves with every line, but in PREAMBLE only with empty ones (FACTS 4.7,
 * T2). */
static void take_line(struct replica *replica, struct replica_step *s)
{
    size_t len = replica->line_len;
    if (len > 0 && replica->line[len - 1] == '\r')
        len--;
    replica->line[len] = '\0';
    replica->line_len = 0;
    if (replica->state != REPLICA_PREAMBLE || replica->line[0] == '\0')
        replica->last_io_ns = s->site->now;
    struct reply reply = understand(replica, s);
    s->reply = &reply;
    s->drop = reply.drop;
    if (reply.on == ON_GARBAGE || reply.on == ON_ABORT)
        replica_step_failed(replica, s, reply.on);
    else
        replica_step(replica, s, reply.on);
    s->reply = NULL;
}

static size_t read_line(struct replica *replica, struct replica_step *s, const char *bytes,
                        size_t len)
{
    const char *end = memchr(bytes, '\n', len);
    size_t part = end != NULL ? (size_t)(end - bytes) : len;
    replica->line_time_ns = s->site->now;
    if (part >= sizeof replica->line - replica->line_len) {
        s->drop = DROP_PROTOCOL;
        replica_step_failed(replica, s, ON_GARBAGE);
        return len;
    }
    memcpy(replica->line + replica->line_len, bytes, part);
    replica->line_len += (uint32_t)part;
    if (end == NULL)
        return len;
    take_line(replica, s);
    return part + 1;
}

static void remember_last40(struct replica *replica, const char *bytes, size_t len)
{
    size_t fresh = len < REPLID_LEN ? len : REPLID_LEN;
    size_t kept =
        replica->last40_len < REPLID_LEN - fresh ? replica->last40_len : REPLID_LEN - fresh;
    memmove(replica->last40, replica->last40 + replica->last40_len - kept, kept);
    memcpy(replica->last40 + kept, bytes + len - fresh, fresh);
    replica->last40_len = (uint32_t)(kept + fresh);
}

/* The end of a streamed payload is seen only if its mark ends the bytes read (FACTS 3.7). `bytes`
 * is NULL for counted ones. Returns how many were taken. */
static uint64_t read_payload(struct replica *replica, struct replica_step *s, const char *bytes,
                             uint64_t len)
{
    bool is_complete = false;
    uint64_t part = len;
    if (!replica->streamed) {
        part = len < (uint64_t)replica->payload_left ? len : (uint64_t)replica->payload_left;
        replica->payload_left -= (int64_t)part;
        is_complete = replica->payload_left == 0;
    } else if (bytes != NULL) {
        remember_last40(replica, bytes, (size_t)len);
        is_complete = replica->last40_len == REPLID_LEN &&
                      memcmp(replica->last40, replica->mark, REPLID_LEN) == 0;
    } else {
        replica->last40_len = 0;
    }
    replica->payload_read += (int64_t)part;
    s->bytes = bytes;
    s->len = part;
    bool by_thread = is_complete && is_of_thread(replica, s->site);
    replica_step(replica, s, by_thread ? ON_THREAD_DONE : is_complete ? ON_COMPLETE : ON_PART);
    return part;
}

static void report_applied(const struct replica *replica, struct replica_step *s, int64_t *reported)
{
    if (replica->reploff != *reported)
        acts_add(s->out, ACT_APPLIED)->offset = replica->reploff;
    *reported = replica->reploff;
}

/* The answer to GETACK does not count the GETACK itself. */
static void apply_command(struct replica *replica, struct replica_step *s, int64_t *reported)
{
    const struct resp_reader *reader = &replica->reader;
    if (resp_arg_is(reader, 0, "multi"))
        replica->in_multi = true;
    else if (resp_arg_is(reader, 0, "exec") || resp_arg_is(reader, 0, "discard"))
        replica->in_multi = false;
    if (replica->in_multi)
        return;
    if (resp_arg_is(reader, 0, "replconf") && resp_arg_is(reader, 1, "getack")) {
        report_applied(replica, s, reported);
        replica_send_ack(replica, s->out);
    }
    s->offset = replica->read_reploff;
    replica_step(replica, s, ON_STREAM);
}

static size_t read_stream(struct replica *replica, struct replica_step *s, const char *bytes,
                          size_t len)
{
    int64_t reported = replica->reploff;
    size_t at = 0;
    assert(replica->counted_tail == 0);
    replica->last_io_ns = s->site->now;
    while (at < len && !replica->is_poisoned && acts_has_room(s->out)) {
        struct resp_progress progress = resp_read(&replica->reader, bytes + at, len - at);
        at += progress.eaten;
        replica->read_reploff += (int64_t)progress.eaten;
        bool is_inline = progress.event == RESP_COMMAND && replica->reader.is_inline;
        if (progress.event == RESP_ERROR || is_inline)
            replica_step(replica, s, ON_GARBAGE);
        else if (progress.event == RESP_COMMAND)
            apply_command(replica, s, &reported);
    }
    if (replica->is_poisoned)
        at = len;
    report_applied(replica, s, &reported);
    return at;
}

void replica_read_bytes(struct replica *replica, struct replica_step *s, const char *bytes,
                        uint64_t len)
{
    uint64_t at = 0;
    while (at < len && !s->is_closed && !replica_holds_payload(replica) && acts_has_room(s->out) &&
           replica->state != REPLICA_SECOND_CONNECTING) {
        if (replica->state == REPLICA_CONNECTED)
            at += read_stream(replica, s, bytes + at, (size_t)(len - at));
        else if (replica->state == REPLICA_PAYLOAD)
            at += read_payload(replica, s, bytes + at, len - at);
        else
            at += read_line(replica, s, bytes + at, (size_t)(len - at));
    }
    s->out->left = s->is_closed ? 0 : len - at;
}

/* Counted bytes end in a command or not: the tail says so. They never move the applied offset back.
 */
static void count_stream(struct replica *replica, struct replica_step *s, const struct span *span)
{
    assert(resp_is_idle(&replica->reader) && !replica->in_multi && !replica->is_poisoned);
    replica->last_io_ns = s->site->now;
    replica->read_reploff += (int64_t)span->len;
    replica->counted_tail = (int64_t)span->tail;
    int64_t applied = replica->read_reploff - (int64_t)span->tail;
    s->offset = applied > replica->reploff ? applied : replica->reploff;
    replica_step(replica, s, ON_STREAM);
}

void replica_count_payload(struct replica *replica, struct replica_step *s, uint64_t len)
{
    assert(replica->state == REPLICA_PAYLOAD);
    uint64_t taken = read_payload(replica, s, NULL, len);
    assert(taken == len);
}

void replica_receive(struct replica *replica, const struct replica_site *site,
                     const struct span *span, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state >= REPLICA_PING_REPLY);
    if (replica->two_channels && replica->state != REPLICA_CONNECTED) {
        replica_read_first(replica, &s, span);
        return;
    }
    if (replica_holds_payload(replica)) {
        out->left = span->len;
        return;
    }
    if (span->kind == SPAN_BYTES) {
        replica_read_bytes(replica, &s, span->bytes, span->len);
    } else if (span->kind == SPAN_STREAM) {
        assert(replica->state == REPLICA_CONNECTED);
        count_stream(replica, &s, span);
    } else {
        replica_count_payload(replica, &s, span->len);
    }
}

void replica_init(struct replica *replica)
{
    *replica = (struct replica){.state = REPLICA_NONE};
}

void replica_of(struct replica *replica, const struct replica_site *site, bool was_master,
                struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state != REPLICA_LOADING);
    s.has_position = was_master;
    replica->dials_at_once = site->profile->reconnect_at_once;
    replica->asks_failover = false;
    replica_step(replica, &s, ON_OF);
}

void replica_fail_over(struct replica *replica, const struct replica_site *site, struct acts *out)
{
    assert(site->profile->failover_command && replica->state == REPLICA_NONE);
    replica_of(replica, site, true, out);
    replica->asks_failover = true;
}

void replica_boot(struct replica *replica, const struct replica_site *site, bool has_position,
                  bool dials_later, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state == REPLICA_NONE);
    s.has_position = has_position;
    replica->dials_at_once = site->profile->reconnect_at_once;
    replica_step(replica, &s, ON_BOOT);
    if (!dials_later)
        replica_step(replica, &s, ON_DIAL);
}

void replica_promote(struct replica *replica, const struct replica_site *site, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state != REPLICA_LOADING);
    replica_step(replica, &s, ON_PROMOTE);
}

void replica_connected(struct replica *replica, const struct replica_site *site, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state == REPLICA_CONNECTING);
    replica_step(replica, &s, ON_CONNECTED);
}

void replica_refused(struct replica *replica, const struct replica_site *site, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state == REPLICA_CONNECTING);
    s.drop = DROP_REFUSED;
    replica_step(replica, &s, ON_REFUSED);
}

void replica_lost(struct replica *replica, const struct replica_site *site, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    s.drop = DROP_LOST;
    if (replica->two_channels && replica->state != REPLICA_CONNECTED) {
        replica_lose_first(replica, &s);
        return;
    }
    bool rejects = replica->state == REPLICA_PSYNC_REPLY && replica->asks_failover;
    replica_step_failed(replica, &s, rejects ? ON_FAILOVER_REJECTED : ON_LOST);
}

static enum drop timeout_drop(enum replica_state state)
{
    if (state == REPLICA_CONNECTED)
        return DROP_TIMEOUT_MASTER;
    return state >= REPLICA_PREAMBLE ? DROP_TIMEOUT_PAYLOAD : DROP_TIMEOUT_CONNECT;
}

static void check_clocks(struct replica *replica, struct replica_step *s)
{
    int64_t now = s->site->now;
    if (now / NS_PER_S - replica->last_io_ns / NS_PER_S > s->site->config->timeout_s) {
        s->drop = timeout_drop(replica->state);
        replica_step(replica, s, ON_TIMEOUT);
    } else if (replica->line_len > 0 && now - replica->line_time_ns >= HALF_LINE_NS) {
        s->drop = DROP_LINE_TIMEOUT;
        replica_step(replica, s, ON_HALF_LINE);
    }
}

void replica_cron(struct replica *replica, const struct replica_site *site, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    check_clocks(replica, &s);
    if (replica->state == REPLICA_CONNECT) {
        replica_step(replica, &s, ON_DIAL);
    } else if (replica->state == REPLICA_RECEIVED) {
        s.drop = replica->thread_drop;
        replica_step(replica, &s, s.drop == DROP_NONE ? ON_NOTICED : ON_NOTICED_FAILURE);
    } else if (replica->state == REPLICA_CONNECTED) {
        s.drop = DROP_PROTOCOL;
        replica_step(replica, &s, replica->is_poisoned ? ON_POISONED : ON_TICK);
    }
}

void replica_loaded(struct replica *replica, const struct replica_site *site, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state == REPLICA_LOADING);
    bool awaits = replica->two_channels && site->profile->channel_main_psyncs &&
                  replica->join != JOIN_STREAM && !replica->is_lost;
    replica_step(replica, &s, awaits ? ON_LOADED_FIRST : ON_LOADED);
}

void replica_load_failed(struct replica *replica, const struct replica_site *site, struct acts *out)
{
    struct replica_step s = replica_begin_step(site, out);
    assert(replica->state == REPLICA_LOADING);
    s.drop = DROP_LOAD_FAILED;
    replica_step(replica, &s, ON_LOAD_FAILED);
}

void replica_loading_tick(struct replica *replica, const struct replica_site *site,
                          struct acts *out)
{
    int64_t second = site->now / NS_PER_S;
    acts_begin(out);
    assert(replica->state == REPLICA_LOADING);
    if (!site->profile->newline_while_loading || replica->is_lost || second == replica->newline_s)
        return;
    replica->newline_s = second;
    acts_add_text(out, ACT_SEND, "\n", 1);
}

bool replica_holds_payload(const struct replica *replica)
{
    return replica->state == REPLICA_RECEIVED || replica->state == REPLICA_LOADING;
}

bool replica_is_online(const struct replica *replica)
{
    return replica->state == REPLICA_CONNECTED;
}

static void check_texts(const struct replica *replica)
{
    bool reads_lines = replica->state >= REPLICA_PING_REPLY && replica->state <= REPLICA_PREAMBLE;
    assert(replica->line_len < sizeof replica->line);
    assert(replica->line_len == 0 || reads_lines);
    assert(replica->last40_len <= REPLID_LEN);
    resp_check(&replica->reader);
}

static void check_positions(const struct replica *replica)
{
    bool is_connected = replica->state == REPLICA_CONNECTED;
    assert(replica->read_reploff >= replica->reploff);
    assert(is_connected || replica->read_reploff == replica->reploff);
    assert(is_connected || (!replica->in_multi && !replica->is_poisoned));
    assert(is_connected || replica->counted_tail == 0);
    assert(replica->counted_tail <= replica->read_reploff - replica->reploff);
    assert(!replica->has_cache || strlen(replica->cached_id) == REPLID_LEN);
    assert(replica->reploff >= 0);
    assert(!replica->has_cache || !is_connected);
    assert(!is_connected || strlen(replica->cached_id) == REPLID_LEN);
}

static void check_payload(const struct replica *replica)
{
    bool in_payload = replica->state == REPLICA_PAYLOAD;
    bool is_received = replica->state == REPLICA_RECEIVED;
    bool is_loading = replica->state == REPLICA_LOADING || is_received;
    bool has_failed = replica->thread_drop != DROP_NONE;
    bool awaits = replica->state == REPLICA_AWAIT_STREAM;
    bool in_full = in_payload || is_loading || awaits || replica->state == REPLICA_PREAMBLE;
    assert(!in_full || strlen(replica->full_id) == REPLID_LEN);
    assert(!in_full || replica->pre_psync == (replica->full_offset < 0));
    assert(in_full || replica->state == REPLICA_CONNECTED || !replica->pre_psync);
    assert(!replica->streamed || in_payload || is_loading || awaits);
    assert(!replica->streamed ||
           (replica->payload_left == -1 && strlen(replica->mark) == REPLID_LEN));
    assert(!in_payload || replica->streamed || replica->payload_left > 0);
    assert(!is_loading || has_failed || replica->streamed || replica->payload_left == 0);
    assert(replica->state != REPLICA_LOADING || !replica->has_cache);
    assert(is_received || !has_failed);
    assert(in_payload || is_loading || awaits ||
           (replica->payload_left == 0 && replica->payload_read == 0));
    assert(is_loading || !replica->is_lost || replica->two_channels);
}

static void check_channels(const struct replica *replica)
{
    bool asks = replica->state >= REPLICA_SECOND_CONNECTING && replica->state <= REPLICA_POSITION;
    bool in_full = replica->state >= REPLICA_PREAMBLE && replica->state <= REPLICA_CONNECTED;
    assert(!asks || (replica->two_channels && replica->second_is_open));
    assert(!replica->two_channels || asks || in_full);
    assert(!replica->second_is_open || (replica->two_channels && !replica_is_online(replica)));
    assert(replica->join == JOIN_NONE || (replica->two_channels && in_full));
    assert(replica->join_len < sizeof replica->join_line);
    assert(replica->join_len == 0 || replica->join == JOIN_KNOWN || replica->join == JOIN_ASKED);
    assert(replica->state != REPLICA_AWAIT_STREAM ||
           (replica->two_channels && replica->join != JOIN_STREAM));
}

void replica_check(const struct replica *replica)
{
    assert(replica->state < REPLICA_STATE_COUNT);
    assert(replica->state != REPLICA_NONE || (!replica->has_cache && !replica->asks_failover));
    assert(!replica->asks_failover || replica->state <= REPLICA_PSYNC_REPLY);
    check_texts(replica);
    check_positions(replica);
    check_payload(replica);
    check_channels(replica);
}
