/* The master's table at work: master_step() is the only place that changes the state; the actions
 * below are what the rows name. An action never looks at commands: they were understood before. */
#include "models/psync/master_step.h"

#include <assert.h>
#include <string.h>

#define ANY        MASTER_STATE_COUNT
#define MASTER_ANY ANY

static void send_text(struct master_step *s, const char *text)
{
    acts_add_text(s->out, ACT_SEND, text, strlen(text));
}

/* An ordinary client */

static void ignore(struct master *master, struct master_step *s)
{
    (void)master;
    (void)s;
}

static void answer(struct master *master, struct master_step *s)
{
    const struct request *request = s->request;
    master->capa |= request->capa;
    master->is_authenticated |= request->authenticates;
    if (request->has_port)
        master->listening_port = request->port;
    if (request->has_rdb_only)
        master->rdb_only = request->rdb_only;
    master->is_channel |= request->is_channel;
    if (request->main_id != 0)
        master->main_id = request->main_id;
    if (request->payload_id != 0)
        master->payload_id = request->payload_id;
    if (request->has_filter)
        master->wants_filtered = request->is_filtered;
    acts_add_text(s->out, ACT_SEND, request->answer, request->answer_len);
}

static void hang_up(struct master *master, struct master_step *s)
{
    (void)master;
    acts_add(s->out, ACT_CLOSE)->drop = s->drop;
}

static void complain(struct master *master, struct master_step *s)
{
    char text[128] = "-ERR Protocol error: ";
    size_t len = strlen(text);
    len += resp_error(&master->reader, text + len, sizeof text - len - 2);
    memcpy(text + len, "\r\n", 2);
    acts_add_text(s->out, ACT_SEND, text, len + 2);
    hang_up(master, s);
}

static void ask_promotion(struct master *master, struct master_step *s)
{
    (void)master;
    acts_add(s->out, ACT_PROMOTE);
}

static void refuse(struct master *master, struct master_step *s)
{
    answer(master, s);
    acts_add(s->out, ACT_REFUSE)->reason = s->request->reason;
}

static void add_asked(struct master_step *s, enum act_kind kind)
{
    const struct request *request = s->request;
    struct act *act = acts_add_text(s->out, kind, request->id, strlen(request->id));
    act->reason = request->reason;
    act->offset = request->offset;
}

static void grant(struct master *master, struct master_step *s)
{
    char text[16 + REPLID_LEN] = "+CONTINUE";
    size_t len = strlen(text);
    if (s->site->profile->psync2 && (master->capa & CAPA_PSYNC2)) {
        text[len++] = ' ';
        memcpy(text + len, s->site->history->id, REPLID_LEN);
        len += REPLID_LEN;
    }
    memcpy(text + len, "\r\n", 2);
    acts_add_text(s->out, ACT_SEND, text, len + 2);
    master->ack_time_ns = s->site->now;
    add_asked(s, ACT_GRANT);
}

static void offer_channel(struct master *master, struct master_step *s)
{
    char text[16 + DECIMAL_MAX + 4] = "+DUALCHANNELSYNC";
    size_t len = strlen(text);
    if (master->state == MASTER_WAIT_CHANNEL) {
        memcpy(text, "+RDBCHANNELSYNC ", len);
        len += decimal_write(text + len, s->site->client_id);
    }
    memcpy(text + len, "\r\n", 2);
    acts_add_text(s->out, ACT_SEND, text, len + 2);
    master->ack_time_ns = s->site->now;
    add_asked(s, ACT_OFFER);
}

/* A full synchronisation */

static void want(struct master *master, struct master_step *s)
{
    master->pre_psync = s->request->is_sync;
    if (s->request->answer_len > 0) /* an offset that is no number, in versions that go on */
        acts_add_text(s->out, ACT_SEND, s->request->answer, s->request->answer_len);
    add_asked(s, ACT_WANT);
}

/* "$ENDOFF:<offset> <id> <database> <client id>" */
static void announce_end(struct master_step *s)
{
    const struct master_site *site = s->site;
    char text[16 + REPLID_LEN + 3 * (DECIMAL_MAX + 1)] = "$ENDOFF:";
    size_t len = strlen(text);
    len += decimal_write(text + len, s->offset);
    text[len++] = ' ';
    memcpy(text + len, site->history->id, REPLID_LEN);
    len += REPLID_LEN;
    text[len++] = ' ';
    len += decimal_write(text + len, site->stream_db);
    text[len++] = ' ';
    len += decimal_write(text + len, site->client_id);
    memcpy(text + len, "\r\n", 2);
    acts_add_text(s->out, ACT_SEND, text, len + 2);
}

static void announce(struct master *master, struct master_step *s)
{
    char text[16 + REPLID_LEN + DECIMAL_MAX + 4] = "+FULLRESYNC ";
    size_t len = strlen(text);
    master->diskless = s->is_diskless;
    if (master->pre_psync && master->is_channel)
        announce_end(s);
    if (master->pre_psync)
        return;
    memcpy(text + len, s->site->history->id, REPLID_LEN);
    len += REPLID_LEN;
    text[len++] = ' ';
    len += decimal_write(text + len, s->offset);
    memcpy(text + len, "\r\n", 2);
    acts_add_text(s->out, ACT_SEND, text, len + 2);
}

static void excuse(struct master *master, struct master_step *s)
{
    send_text(s, "-ERR BGSAVE failed, replication can't continue\r\n");
    hang_up(master, s);
}

static void keep_awake(struct master *master, struct master_step *s)
{
    (void)master;
    send_text(s, "\n");
}

static void begin_payload(struct master *master, struct master_step *s)
{
    char text[16 + REPLID_LEN] = "$EOF:";
    size_t len = master->diskless ? 5 : 1;
    if (master->diskless) {
        memcpy(master->mark, s->mark, REPLID_SIZE);
        memcpy(text + len, s->mark, REPLID_LEN);
        len += REPLID_LEN;
    } else {
        len += decimal_write(text + len, s->offset);
    }
    memcpy(text + len, "\r\n", 2);
    acts_add_text(s->out, ACT_SEND, text, len + 2);
    master->moved_ns = s->site->now;
}

static void go_online(struct master *master, struct master_step *s)
{
    master->ack_time_ns = s->site->now;
    acts_add(s->out, ACT_START_STREAM);
}

static void await_ack(struct master *master, struct master_step *s)
{
    master->ack_time_ns = s->site->now;
}

/* Signs of life */

static void note_sign(struct master *master, struct master_step *s)
{
    master->ack_time_ns = s->site->now;
}

static void note_ack(struct master *master, struct master_step *s)
{
    if (s->offset > master->ack_offset)
        master->ack_offset = s->offset;
    master->ack_time_ns = s->site->now;
    acts_add(s->out, ACT_ACK)->offset = s->offset;
}

static void open_gate(struct master *master, struct master_step *s)
{
    note_ack(master, s);
    acts_add(s->out, ACT_START_STREAM);
}

struct row {
    enum master_state next;
    void (*does)(struct master *master, struct master_step *s);
    enum master_state state;
    enum master_on on;
    const char *name; /* of the action */
    const char *why;
};

enum {
#define ROW(state, on, next, does, why) ROW_##state##_##on,
#include "models/psync/master_rows.def"
#undef ROW
    ROW_COUNT
};

_Static_assert(ROW_COUNT <= ROWS_MAX, "rows_fired is too small");

static const struct row rows[] = {
#define ROW(state, on, next, does, why) {MASTER_##next, does, MASTER_##state, ON_##on, #does, why},
#include "models/psync/master_rows.def"
#undef ROW
};

/* Row + 1 of a state and event; 0 for none. */
static const uint8_t row_of[MASTER_STATE_COUNT + 1][MASTER_ON_COUNT] = {
#define ROW(state, on, next, does, why) [MASTER_##state][ON_##on] = ROW_##state##_##on + 1,
#include "models/psync/master_rows.def"
#undef ROW
};

static uint16_t find_row(enum master_state state, enum master_on on)
{
    uint8_t row = row_of[state][on] != 0 ? row_of[state][on] : row_of[ANY][on];
    assert(row != 0); /* the host's reports are checked, every command is an event with a row */
    return (uint16_t)(row - 1);
}

void master_step(struct master *master, struct master_step *s, enum master_on on)
{
    uint16_t row = find_row(master->state, on);
    master->last_row = row;
    master->fired.word[row / 64] |= UINT64_C(1) << (row % 64);
    acts_add_row(s->out, row);
    s->from = master->state;
    master->state = rows[row].next;
    rows[row].does(master, s);
}

static const char *const state_names[] = {
#define MASTER_STATE(name, text, holds) [MASTER_##name] = text,
#include "models/psync/master_states.def"
#undef MASTER_STATE
    [ANY] = "any",
};

static const char *const event_names[] = {
#define EVENT(name, text, what) [ON_##name] = text,
#include "models/psync/master_events.def"
#undef EVENT
};

const char *master_state_name(enum master_state state)
{
    assert(state < MASTER_STATE_COUNT);
    return state_names[state];
}

uint16_t master_row_count(void)
{
    return ROW_COUNT;
}

struct row_info master_row_info(uint16_t row)
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
