/* The replica's table at work: replica_step() is the only place that changes the state; the actions
 * below are what the rows name, in the order of replica_rows.def. An action never looks at bytes:
 * lines were understood before. */
#include "models/psync/replica_step.h"

#include <assert.h>
#include <string.h>
#include "models/psync/handshake.h"

#define ANY REPLICA_STATE_COUNT

size_t replica_write_ack(char *out, int64_t offset)
{
    static const char head[] = "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$";
    char digits[DECIMAL_MAX];
    size_t count = decimal_write(digits, offset);
    size_t at = sizeof head - 1;
    memcpy(out, head, at);
    at += decimal_write(out + at, (int64_t)count);
    memcpy(out + at, "\r\n", 2);
    memcpy(out + at + 2, digits, count);
    memcpy(out + at + 2 + count, "\r\n", 2);
    return at + count + 4;
}

size_t replica_ack_len(int64_t offset)
{
    static const char around[] = "*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n$\r\n\r\n";
    size_t digits = 1;
    for (uint64_t limit = 10; (uint64_t)offset >= limit; limit *= 10) /* 10^19 is above all */
        digits++;
    return sizeof around - 1 + digits + (digits > 9 ? 2 : 1);
}

void replica_send_ack(const struct replica *replica, struct acts *out)
{
    char text[ACK_MAX];
    acts_add_text(out, ACT_SEND, text, replica_write_ack(text, replica->reploff));
}

static bool is_open(enum replica_state state)
{
    return state >= REPLICA_CONNECTING;
}

static void begin_stream(struct replica *replica)
{
    replica->read_reploff = replica->reploff;
    replica->in_multi = false;
    replica->is_poisoned = false;
    replica->counted_tail = 0;
    resp_reset(&replica->reader);
}

/* The live master becomes the cached one, unless its position means nothing. */
static void keep_cache(struct replica *replica)
{
    replica->has_cache = !replica->is_poisoned && !replica->pre_psync;
    begin_stream(replica);
}

static void forget_cache(struct replica *replica)
{
    replica->has_cache = false;
    replica->reploff = 0;
    begin_stream(replica);
}

static void end_channels(struct replica *replica)
{
    replica->two_channels = replica->second_is_open = false;
    replica->join = JOIN_NONE;
    replica->join_len = 0;
    replica->channel_id = 0;
}

static void end_connection(struct replica *replica, struct replica_step *s, enum drop drop)
{
    if (!is_open(s->from))
        return;
    if (s->from == REPLICA_CONNECTED)
        keep_cache(replica);
    if (drop == DROP_LOST && !s->site->profile->lost_master_kept)
        forget_cache(replica);
    if (replica->second_is_open)
        acts_add(s->out, ACT_SECOND_CLOSE)->drop = drop;
    acts_add(s->out, ACT_CLOSE)->drop = drop;
    end_channels(replica);
    s->is_closed = true;
    replica->line_len = 0;
    replica->streamed = false;
    replica->payload_left = 0;
    replica->payload_read = 0;
    replica->last40_len = 0;
    replica->pre_psync = false;
    replica->is_lost = false;
    replica->thread_drop = DROP_NONE;
}

static void take_cache(struct replica *replica, const struct history *history)
{
    memcpy(replica->cached_id, history->id, REPLID_SIZE);
    replica->reploff = history->offset;
    replica->has_cache = true;
    begin_stream(replica);
}

static void follow(struct replica *replica, struct replica_step *s)
{
    end_connection(replica, s, DROP_ROLE_CHANGED);
    if (!s->site->profile->psync2)
        forget_cache(replica);
    else if (s->has_position)
        take_cache(replica, s->site->history);
    if (!s->site->profile->replicas_kept_on_replicaof)
        acts_add(s->out, ACT_DROP_REPLICAS);
    if (replica->dials_at_once)
        s->then = ON_DIAL;
}

static void begin(struct replica *replica, struct replica_step *s)
{
    forget_cache(replica);
    if (s->has_position && s->site->profile->replica_restart_partial)
        take_cache(replica, s->site->history);
}

static void forget(struct replica *replica, struct replica_step *s)
{
    end_connection(replica, s, DROP_ROLE_CHANGED);
    forget_cache(replica);
    replica->asks_failover = false;
}

static void dial(struct replica *replica, struct replica_step *s)
{
    acts_add(s->out, ACT_CONNECT);
    replica->last_io_ns = s->site->now;
}

static void greet(struct replica *replica, struct replica_step *s)
{
    char text[HANDSHAKE_MAX];
    (void)replica;
    acts_add_text(s->out, ACT_SEND, text, handshake_ping(s->site->profile, text));
}

static void hang_up(struct replica *replica, struct replica_step *s)
{
    end_connection(replica, s, s->drop);
}

static void redial(struct replica *replica, struct replica_step *s)
{
    end_connection(replica, s, s->drop);
    if (replica->dials_at_once)
        s->then = ON_DIAL;
}

/* Enters the state that waits for an answer. */
static void ask(struct replica_step *s, enum replica_state waits)
{
    char text[HANDSHAKE_MAX];
    size_t len = handshake_ask(s->site->profile, s->site->config, waits, text);
    if (len > 0)
        acts_add_text(s->out, ACT_SEND, text, len);
    if (!handshake_is_asked(s->site->profile, s->site->config, waits))
        s->then = ON_SKIP;
}

static void ask_auth(struct replica *replica, struct replica_step *s)
{
    (void)replica;
    ask(s, REPLICA_AUTH_REPLY);
}

static void ask_port(struct replica *replica, struct replica_step *s)
{
    (void)replica;
    ask(s, REPLICA_PORT_REPLY);
}

static void ask_ip(struct replica *replica, struct replica_step *s)
{
    (void)replica;
    ask(s, REPLICA_IP_REPLY);
}

static void ask_capa(struct replica *replica, struct replica_step *s)
{
    (void)replica;
    ask(s, REPLICA_CAPA_REPLY);
}

static void ask_psync(struct replica *replica, struct replica_step *s)
{
    const char *id = replica->has_cache ? replica->cached_id : "?";
    int64_t offset = replica->has_cache ? replica->reploff + 1 : -1;
    char text[HANDSHAKE_MAX];
    size_t len = handshake_psync(s->site->profile, id, offset, replica->asks_failover, text);
    acts_add_text(s->out, ACT_SEND, text, len);
    acts_add_text(s->out, ACT_ASKED, id, strlen(id))->offset = offset;
}

static void wait(struct replica *replica, struct replica_step *s)
{
    (void)replica;
    (void)s;
}

/* Versions whose replicas pass on their master's history keep it from here on. */
static void add_backlog(struct replica_step *s)
{
    if (s->site->profile->psync2)
        acts_add(s->out, ACT_NEW_BACKLOG);
}

static void resume(struct replica *replica, struct replica_step *s)
{
    const char *id = s->reply->id;
    bool is_new = id[0] != '\0' && strcmp(id, replica->cached_id) != 0;
    assert(s->site->history->offset == replica->reploff);
    if (is_new) { /* nobody below gets a byte of the new history under the old id */
        history_continue_as(s->site->history, replica->cached_id, id);
        memcpy(replica->cached_id, id, REPLID_SIZE);
        acts_add(s->out, ACT_DROP_REPLICAS);
    }
    acts_add_text(s->out, ACT_CONTINUE, id, is_new ? REPLID_LEN : 0)->offset = replica->reploff + 1;
    add_backlog(s);
    begin_stream(replica);
    replica->has_cache = false;
    replica->asks_failover = false;
}

static void expect_payload(struct replica *replica, struct replica_step *s, const char *id,
                           int64_t offset)
{
    memcpy(replica->full_id, id, REPLID_SIZE);
    replica->full_offset = offset;
    replica->pre_psync = offset < 0;
    replica->asks_failover = false;
    if (!s->site->profile->keep_cache_until_attach)
        forget_cache(replica);
    acts_add_text(s->out, ACT_FULL, id, REPLID_LEN)->offset = offset;
    if (!s->site->profile->replicas_kept_until_attach)
        acts_add(s->out, ACT_DROP_REPLICAS);
}

static void expect_full(struct replica *replica, struct replica_step *s)
{
    expect_payload(replica, s, s->reply->id, s->reply->offset);
}

static void expect_nameless(struct replica *replica, struct replica_step *s)
{
    expect_payload(replica, s, "0000000000000000000000000000000000000000", -1);
}

static void fall_back(struct replica *replica, struct replica_step *s)
{
    acts_add_text(s->out, ACT_SEND, "SYNC\r\n", 6);
    expect_nameless(replica, s);
}

/* Older versions take the lost answer for an unknown one and write SYNC into a dead connection. */
static void lose_answer(struct replica *replica, struct replica_step *s)
{
    end_connection(replica, s, s->drop);
    if (s->site->profile->psync_read_error_is_try_later)
        return;
    if (!s->site->profile->keep_cache_until_attach)
        forget_cache(replica);
    if (replica->dials_at_once)
        s->then = ON_DIAL;
}

static void reject_failover(struct replica *replica, struct replica_step *s)
{
    end_connection(replica, s, s->drop);
    forget_cache(replica);
    replica->asks_failover = false;
    acts_add(s->out, ACT_PROMOTE);
}

static void begin_payload(struct replica *replica, struct replica_step *s, int64_t size)
{
    replica->streamed = size < 0;
    replica->payload_left = size;
    replica->payload_read = 0;
    replica->last40_len = 0;
    acts_add(s->out, ACT_PAYLOAD)->offset = size;
}

static void begin_sized(struct replica *replica, struct replica_step *s)
{
    begin_payload(replica, s, s->reply->offset);
}

static void begin_streamed(struct replica *replica, struct replica_step *s)
{
    memcpy(replica->mark, s->reply->id, REPLID_SIZE);
    begin_payload(replica, s, -1);
}

static void keep_part(struct replica *replica, struct replica_step *s)
{
    replica->last_io_ns = s->site->now;
    if (s->bytes == NULL)
        return;
    struct act *act = acts_add(s->out, ACT_PAYLOAD_BYTES);
    act->bytes = s->bytes;
    act->len = s->len;
}

static void hand_over(struct replica *replica, struct replica_step *s)
{
    keep_part(replica, s);
    acts_add(s->out, ACT_RECEIVED);
}

static void note_failure(struct replica *replica, struct replica_step *s)
{
    replica->thread_drop = s->drop;
    replica->line_len = 0;
}

static void attach(struct replica *replica, struct replica_step *s)
{
    keep_part(replica, s);
    forget_cache(replica);
    if (s->site->profile->replicas_kept_until_attach)
        acts_add(s->out, ACT_DROP_REPLICAS);
    acts_add(s->out, ACT_LOAD)->offset =
        replica->payload_read - (replica->streamed ? REPLID_LEN : 0);
    replica->newline_s = -1;
}

static void begin_at_payload(struct replica *replica, struct replica_step *s)
{
    acts_add(s->out, ACT_ONLINE);
    add_backlog(s);
    if (replica->is_lost) {
        s->drop = DROP_LOST;
        s->then = ON_LOST;
    } else if (replica->streamed || s->site->profile->ack_after_length_payload) {
        replica_send_ack(replica, s->out);
    }
}

/* Two connections */

static void open_second(struct replica *replica, struct replica_step *s)
{
    replica->two_channels = replica->second_is_open = true;
    replica->channel_id = s->reply->client_id;
    replica->asks_failover = false;
    acts_add(s->out, ACT_SECOND_CONNECT);
    replica->last_io_ns = s->site->now;
}

static void send_second(struct replica_step *s, const char *text, size_t len)
{
    acts_add_text(s->out, ACT_SECOND_SEND, text, len);
}

static void greet_second(struct replica *replica, struct replica_step *s)
{
    char text[HANDSHAKE_MAX];
    const struct replica_site *site = s->site;
    send_second(s, text, handshake_second(site->profile, site->config, replica->channel_id, text));
    if (!handshake_is_asked(site->profile, site->config, REPLICA_AUTH_REPLY))
        s->then = ON_SKIP;
}

static void ask_payload(struct replica *replica, struct replica_step *s)
{
    char text[HANDSHAKE_MAX];
    (void)replica;
    send_second(s, text, handshake_payload(s->site->profile, text));
    acts_add(s->out, ACT_PAYLOAD_ASKED);
}

static void take_position(struct replica *replica, struct replica_step *s)
{
    char text[HANDSHAKE_MAX];
    expect_full(replica, s);
    if (!s->site->profile->channel_main_psyncs)
        return;
    replica->channel_id = s->reply->client_id;
    replica->join = JOIN_KNOWN;
    size_t len = handshake_join(s->site->profile, replica->channel_id, text);
    acts_add_text(s->out, ACT_SEND, text, len);
}

static void ask_stream(struct replica *replica, struct replica_step *s)
{
    char text[HANDSHAKE_MAX];
    int64_t offset = replica->full_offset + 1;
    size_t len = handshake_psync(s->site->profile, replica->full_id, offset, false, text);
    replica->join = JOIN_ASKED;
    acts_add_text(s->out, ACT_SEND, text, len);
    acts_add(s->out, ACT_STREAM_ASKED)->offset = offset;
}

static void keep_stream(struct replica *replica, struct replica_step *s)
{
    (void)s;
    replica->join = JOIN_STREAM;
}

static void close_second(struct replica *replica, struct replica_step *s)
{
    if (replica->second_is_open)
        acts_add(s->out, ACT_SECOND_CLOSE)->drop = DROP_RDB_ONLY;
    replica->second_is_open = false;
}

/* What was loaded so far is of no use, and the old position is gone. */
static void abort_load(struct replica *replica, struct replica_step *s)
{
    acts_add(s->out, ACT_ABORT_LOAD);
    redial(replica, s);
}

static void end_process(struct replica *replica, struct replica_step *s)
{
    (void)replica;
    acts_add(s->out, ACT_EXIT);
}

static void end_two_channels(struct replica *replica, struct replica_step *s)
{
    if (!s->site->profile->channel_buffer_in_backlog)
        add_backlog(s);
    end_channels(replica);
    if (replica->is_lost) {
        s->drop = DROP_LOST;
        s->then = ON_LOST;
    } else {
        replica_send_ack(replica, s->out);
    }
}

/* The stream that was kept belongs behind the payload before anything else happens. */
static void drain(struct replica *replica, struct replica_step *s)
{
    close_second(replica, s);
    acts_add(s->out, ACT_ONLINE);
    if (s->site->profile->channel_buffer_in_backlog)
        add_backlog(s);
    acts_add(s->out, ACT_DRAIN);
}

static void come_online(struct replica *replica, struct replica_step *s)
{
    memcpy(replica->cached_id, replica->full_id, REPLID_SIZE);
    replica->reploff = replica->full_offset < 0 ? 0 : replica->full_offset;
    begin_stream(replica);
    replica->last_io_ns = s->site->now;
    if (s->site->profile->psync2)
        history_replace(s->site->history, replica->full_id, replica->reploff);
    else /* its name stays its own; what it passes on is counted as its master counts it */
        s->site->history->offset = replica->reploff;
    if (replica->two_channels)
        drain(replica, s);
    else
        begin_at_payload(replica, s);
    replica->streamed = false;
    replica->payload_left = 0;
    replica->payload_read = 0;
}

static void remember_loss(struct replica *replica, struct replica_step *s)
{
    (void)s;
    replica->is_lost = true;
}

static void ignore(struct replica *replica, struct replica_step *s)
{
    (void)replica;
    (void)s;
}

static void apply(struct replica *replica, struct replica_step *s)
{
    assert(s->offset >= replica->reploff && s->offset <= replica->read_reploff);
    replica->reploff = s->offset;
    s->site->history->offset = s->offset;
}

static void acknowledge(struct replica *replica, struct replica_step *s)
{
    if (!replica->pre_psync)
        replica_send_ack(replica, s->out);
}

static void poison(struct replica *replica, struct replica_step *s)
{
    (void)s;
    replica->is_poisoned = true;
}

struct row {
    enum replica_state next;
    void (*does)(struct replica *replica, struct replica_step *s);
    enum replica_state state;
    enum replica_on on;
    const char *name; /* of the action */
    const char *why;
};

enum {
#define ROW(state, on, next, does, why) ROW_##state##_##on,
#include "models/psync/replica_rows.def"
#undef ROW
    ROW_COUNT
};

_Static_assert(ROW_COUNT <= ROWS_MAX, "rows_fired is too small");

#define REPLICA_ANY ANY

static const struct row rows[] = {
#define ROW(state, on, next, does, why)                                                            \
    {REPLICA_##next, does, REPLICA_##state, ON_##on, #does, why},
#include "models/psync/replica_rows.def"
#undef ROW
};

/* Row + 1 of a state and event; 0 for none. */
static const uint8_t row_of[REPLICA_STATE_COUNT + 1][REPLICA_ON_COUNT] = {
#define ROW(state, on, next, does, why) [REPLICA_##state][ON_##on] = ROW_##state##_##on + 1,
#include "models/psync/replica_rows.def"
#undef ROW
};

static uint16_t find_row(enum replica_state state, enum replica_on on)
{
    uint8_t row = row_of[state][on] != 0 ? row_of[state][on] : row_of[ANY][on];
    assert(row != 0); /* the host's reports are checked, every line is an event with a row */
    return (uint16_t)(row - 1);
}

void replica_step(struct replica *replica, struct replica_step *s, enum replica_on on)
{
    while (on != REPLICA_ON_COUNT) {
        uint16_t row = find_row(replica->state, on);
        replica->last_row = row;
        replica->fired.word[row / 64] |= UINT64_C(1) << (row % 64);
        acts_add_row(s->out, row);
        s->from = replica->state;
        s->then = REPLICA_ON_COUNT;
        if (rows[row].next != ANY) /* else it stays */
            replica->state = rows[row].next;
        rows[row].does(replica, s);
        on = s->then;
    }
}

static const char *const state_names[] = {
#define REPLICA_STATE(name, text, holds) [REPLICA_##name] = text,
#include "models/psync/replica_states.def"
#undef REPLICA_STATE
    [ANY] = "any",
};

static const char *const event_names[] = {
#define EVENT(name, text, what) [ON_##name] = text,
#include "models/psync/replica_events.def"
#undef EVENT
};

const char *replica_state_name(enum replica_state state)
{
    assert(state < REPLICA_STATE_COUNT);
    return state_names[state];
}

uint16_t replica_row_count(void)
{
    return ROW_COUNT;
}

struct row_info replica_row_info(uint16_t row)
{
    assert(row < ROW_COUNT);
    return (struct row_info){
        .state = state_names[rows[row].state],
        .on = event_names[rows[row].on],
        .next = state_names[rows[row].next],
        .does = rows[row].name,
        .why = rows[row].why,
    };
}
