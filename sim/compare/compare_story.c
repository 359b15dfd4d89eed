/* A story out of events. See compare_story.h. Events become connections and roles first, in the
 * order in which they began; those become steps at the end. */
#include "sim/compare/compare_story.h"

#include <assert.h>
#include <string.h>
#include "models/psync/master.h"
#include "models/psync/replica.h"
#include "sim/engine/time.h"
#include "sim/compare/compare_conn.h"

/* PSYNC and its answer may come in either order when they are so close. */
#define SWAPPED (10 * NS_PER_MS)

struct builder {
    const struct trace_read *trace;
    struct compare_story *story;
    int32_t node;
    struct compare_conns conns;
    bool has_asked;
    bool *followed, *followers; /* by node: it was this one's master, or replica, at some time */
};

/* ---- values ---- */

static struct trace_value value_of(const struct builder *builder,
                                   const struct trace_read_event *event, int field)
{
    return trace_read_value(builder->trace, event, (size_t)field);
}

static const char *text_of(const struct builder *builder, const struct trace_read_event *event,
                           int field)
{
    const char *text = value_of(builder, event, field).text;
    return text != NULL ? text : COMPARE_UNSAID;
}

static int64_t number_of(const struct builder *builder, const struct trace_read_event *event,
                         int field)
{
    return value_of(builder, event, field).number;
}

/* `field`: the id that was asked for. */
static const char *asked_of(const struct builder *builder, const struct trace_read_event *event,
                            int field)
{
    const char *id = value_of(builder, event, field).text;
    return id == NULL ? COMPARE_UNSAID : strcmp(id, "?") == 0 ? "all" : "continue";
}

/* b - a; TRACE_ABSENT where one is, or where they are too far apart for a number. */
static int64_t between(int64_t a, int64_t b)
{
    int64_t difference;
    bool is_known = a != TRACE_ABSENT && b != TRACE_ABSENT;
    return is_known && !__builtin_sub_overflow(b, a, &difference) ? difference : TRACE_ABSENT;
}

static int64_t plus(int64_t a, int64_t b)
{
    int64_t sum;
    return __builtin_add_overflow(a, b, &sum) ? a : sum;
}

static void tally(GArray *tallies, const char *name)
{
    for (guint i = 0; i < tallies->len; i++) {
        struct compare_tally *tally = &g_array_index(tallies, struct compare_tally, i);
        if (strcmp(tally->name, name) == 0) {
            tally->count++;
            return;
        }
    }
    struct compare_tally fresh = {name, 1};
    g_array_append_val(tallies, fresh);
}

/* ---- events ---- */

static void take_ask(struct builder *builder, const struct trace_read_event *event)
{
    const char *master = text_of(builder, event, EVENT_AT(ask, master));
    struct compare_conn *conn = compare_conn_without_ask(&builder->conns);
    if (conn == NULL || strcmp(conn->attempt.master, master) != 0 ||
        event->t - conn->attempt.t > SWAPPED)
        conn = compare_conn_add_attempt(&builder->conns, event->t, master);
    conn->is_asked = true;
    conn->attempt.t = event->t;
    conn->attempt.asked = asked_of(builder, event, EVENT_AT(ask, asked_id));
    if (!builder->has_asked)
        conn->attempt.measures[COMPARE_ASKED] = event->t;
    builder->has_asked = true;
}

static void take_answer(struct builder *builder, const struct trace_read_event *event)
{
    const char *master = trace_read_name(builder->trace, event->node);
    struct compare_conn *conn = compare_conn_without_answer(&builder->conns);
    if (conn == NULL || strcmp(conn->attempt.master, master) != 0) {
        conn = compare_conn_add_attempt(&builder->conns, event->t, master);
        conn->attempt.asked = asked_of(builder, event, EVENT_AT(answer, asked_id));
    }
    int64_t asked = number_of(builder, event, EVENT_AT(answer, asked_offset));
    bool is_continuing = asked != TRACE_ABSENT && asked >= 0;
    conn->attempt.answer = text_of(builder, event, EVENT_AT(answer, kind));
    conn->attempt.reason = text_of(builder, event, EVENT_AT(answer, reason));
    conn->is_open = strcmp(conn->attempt.answer, "error") != 0;
    if (!is_continuing)
        return;
    int64_t behind = between(asked, number_of(builder, event, EVENT_AT(answer, offset)));
    conn->attempt.measures[COMPARE_BEHIND] = behind == TRACE_ABSENT ? behind : plus(behind, 1);
    conn->attempt.measures[COMPARE_SPARE] =
        between(number_of(builder, event, EVENT_AT(answer, backlog_first)), asked);
}

static void measure_resync(const struct builder *builder, const struct trace_read_event *event,
                           int64_t *measures, bool is_partial)
{
#define NUMBER(key) number_of(builder, event, EVENT_AT(resync, key))
    measures[COMPARE_ANSWER] = between(NUMBER(asked_ns), NUMBER(answered_ns));
    measures[COMPARE_PAYLOAD] = between(NUMBER(answered_ns), NUMBER(payload_ns));
    measures[COMPARE_RECEIVED] = between(NUMBER(payload_ns), NUMBER(received_ns));
    measures[COMPARE_ONLINE] = between(NUMBER(received_ns), NUMBER(online_ns));
    if (is_partial)
        measures[COMPARE_CONTINUED] = between(NUMBER(answered_ns), NUMBER(online_ns));
    measures[COMPARE_DOWN] = NUMBER(down_ns);
    measures[COMPARE_OWED] = NUMBER(owed_bytes);
    measures[COMPARE_SIZE] = is_partial ? TRACE_ABSENT : NUMBER(payload_bytes);
    measures[COMPARE_SENT] = NUMBER(sent_bytes);
    measures[COMPARE_BUFFER] = NUMBER(buffer_peak_bytes);
#undef NUMBER
}

static void take_resync(struct builder *builder, const struct trace_read_event *event)
{
    const char *kind = text_of(builder, event, EVENT_AT(resync, kind));
    const char *outcome = text_of(builder, event, EVENT_AT(resync, outcome));
    struct compare_conn *conn = compare_conn_without_outcome(&builder->conns);
    if (conn == NULL) { /* a trace of nothing but these */
        conn = compare_conn_add_attempt(&builder->conns, event->t,
                                        text_of(builder, event, EVENT_AT(resync, master)));
        conn->attempt.asked = asked_of(builder, event, EVENT_AT(resync, asked_id));
        conn->attempt.answer = kind;
        conn->attempt.reason = text_of(builder, event, EVENT_AT(resync, reason));
        conn->is_open = strcmp(outcome, "online") == 0;
    }
    conn->attempt.outcome = outcome;
    measure_resync(builder, event, conn->attempt.measures, strcmp(kind, "partial") == 0);
    int64_t sent = number_of(builder, event, EVENT_AT(resync, sent_bytes));
    if (sent != TRACE_ABSENT)
        builder->story->sent_bytes = plus(builder->story->sent_bytes, sent);
}

/* As a run has it, or as the replica's machine names its state. */
static bool was_online(const char *phase)
{
    return strcmp(phase, "online") == 0 ||
           strcmp(phase, replica_state_name(REPLICA_CONNECTED)) == 0;
}

static void take_replica_drop(struct builder *builder, const struct trace_read_event *event)
{
    const char *why = text_of(builder, event, EVENT_AT(drop, why));
    const char *phase = text_of(builder, event, EVENT_AT(drop, phase));
    const char *peer = text_of(builder, event, EVENT_AT(drop, peer));
    struct compare_conn *conn = compare_conn_current(&builder->conns);
    tally(builder->story->replica_drops, why);
    if (conn == NULL && !was_online(phase)) {
        builder->story->handshakes_ended++;
        return;
    }
    if (conn == NULL)
        conn = compare_conn_add_unbegun(&builder->conns, event->t, peer);
    struct compare_step *end = compare_conn_end(conn, event->t);
    end->by_replica = why;
    end->measures[COMPARE_REPLICA_DROP] = event->t;
    builder->conns.current = COMPARE_NO_CONN;
}

/* A master says of each connection once how it ended, so it is the oldest of which it has not. */
static void take_master_drop(struct builder *builder, const struct trace_read_event *event)
{
    const char *master = trace_read_name(builder->trace, event->node);
    const char *why = text_of(builder, event, EVENT_AT(drop, why));
    if (strcmp(text_of(builder, event, EVENT_AT(drop, phase)),
               master_state_name(MASTER_COMMANDS)) == 0)
        return; /* before its PSYNC */
    struct compare_conn *conn = compare_conn_open_at(&builder->conns, master);
    if (conn == NULL)
        conn = compare_conn_add_unbegun(&builder->conns, event->t, master);
    struct compare_step *end = compare_conn_end(conn, event->t);
    end->by_master = why;
    end->measures[COMPARE_MASTER_DROP] = event->t;
    conn->is_open = false;
    tally(builder->story->master_drops, why);
}

/* A process that ended says nothing of its connections. */
static void take_down(struct builder *builder, const struct trace_read_event *event)
{
    if (event->node < 0)
        return;
    if (event->node == builder->node)
        builder->conns.current = COMPARE_NO_CONN;
    const char *name = trace_read_name(builder->trace, event->node);
    struct compare_conn *conn;
    while ((conn = compare_conn_open_at(&builder->conns, name)) != NULL)
        conn->is_open = false;
}

static void take_role(struct builder *builder, const struct trace_read_event *event)
{
    const char *master = value_of(builder, event, EVENT_AT(role, master)).text;
    struct compare_conn *conn = compare_conn_add_role(&builder->conns, event->t, master);
    conn->attempt.role = text_of(builder, event, EVENT_AT(role, role));
}

static void take_own(struct builder *builder, const struct trace_read_event *event)
{
    if (event->kind == EVENT_ASK)
        take_ask(builder, event);
    else if (event->kind == EVENT_RESYNC)
        take_resync(builder, event);
    else if (event->kind == EVENT_ROLE)
        take_role(builder, event);
    else if (event->kind == EVENT_CONNECT_FAILED)
        builder->story->dials_failed++;
    else if (event->kind == EVENT_FORK)
        builder->story->forks++;
    else if (event->kind == EVENT_LOST)
        builder->story->lost += MAX(number_of(builder, event, EVENT_AT(lost, commands)), 0);
}

static bool is_master_phase(const char *phase)
{
    for (int i = 0; i < MASTER_STATE_COUNT; i++)
        if (i != MASTER_ONLINE && strcmp(phase, master_state_name((enum master_state)i)) == 0)
            return true;
    return false;
}

/* A drop does not say whether its node was the master or the replica of the connection. Only a
 * master has a buffer, and most phases are of one side only; else it is the master unless it
 * followed the peer at some time. */
static bool is_masters_word(const struct builder *builder, const struct trace_read_event *event)
{
    const char *phase = text_of(builder, event, EVENT_AT(drop, phase));
    int64_t peer = number_of(builder, event, EVENT_AT(drop, peer));
    if (number_of(builder, event, EVENT_AT(drop, buffer_bytes)) != TRACE_ABSENT ||
        is_master_phase(phase))
        return true;
    if (strcmp(phase, master_state_name(MASTER_ONLINE)) != 0)
        return false;
    return event->node == builder->node ? !builder->followed[peer]
                                        : !builder->followers[event->node];
}

static void take_drop(struct builder *builder, const struct trace_read_event *event)
{
    bool is_own = event->node == builder->node;
    if (!is_own && number_of(builder, event, EVENT_AT(drop, peer)) != builder->node)
        return;
    if (is_masters_word(builder, event) == is_own) /* it belongs to the other one's story */
        return;
    if (is_own)
        take_replica_drop(builder, event);
    else
        take_master_drop(builder, event);
}

static void take(struct builder *builder, const struct trace_read_event *event)
{
    if (event->kind == EVENT_DOWN) {
        take_down(builder, event);
    } else if (event->kind == EVENT_ANSWER) {
        if (number_of(builder, event, EVENT_AT(answer, replica)) == builder->node)
            take_answer(builder, event);
    } else if (event->kind == EVENT_DROP) {
        take_drop(builder, event);
    } else if (event->node == builder->node) {
        take_own(builder, event);
    }
}

/* ---- steps ---- */

static void count(struct compare_story *story, const struct compare_step *step)
{
    if (step->kind != COMPARE_ATTEMPT)
        return;
    const char *answer = step->answer != NULL ? step->answer : "none";
    const char *outcome = step->outcome != NULL ? step->outcome : "none";
    bool is_online = strcmp(outcome, "online") == 0;
    story->unanswered += step->answer == NULL;
    story->refused += compare_step_is_refusal(step);
    story->failed += strcmp(outcome, "failed") == 0;
    story->full += is_online && strcmp(answer, "full") == 0;
    story->partial += is_online && strcmp(answer, "partial") == 0;
}

static void add_step(struct compare_story *story, const struct compare_step *step)
{
    struct compare_step *last =
        story->steps->len > 0
            ? &g_array_index(story->steps, struct compare_step, story->steps->len - 1)
            : NULL;
    count(story, step);
    if (last != NULL && compare_step_is_refusal(last) && compare_step_is_same(last, step))
        last->repeats++;
    else
        g_array_append_vals(story->steps, step, 1);
}

static void add_steps(struct compare_story *story, const struct compare_conn *conn)
{
    if (conn->is_role || conn->has_attempt)
        add_step(story, &conn->attempt);
    if (conn->has_ended && !compare_step_is_refusal(&conn->attempt))
        add_step(story, &conn->end);
}

static void note_pair(const struct builder *builder, int64_t replica, int64_t master)
{
    if (replica == builder->node && master >= 0)
        builder->followed[master] = true;
    if (master == builder->node && replica >= 0)
        builder->followers[replica] = true;
}

static void note_pairs(const struct builder *builder)
{
    const struct trace_read *trace = builder->trace;
    for (guint i = 0; i < trace->names->len; i++)
        note_pair(builder, i, trace_read_master(trace, (int32_t)i));
    for (guint i = 0; i < trace->events->len; i++) {
        const struct trace_read_event *event = trace_read_event(trace, i);
        if (event->kind == EVENT_ASK)
            note_pair(builder, event->node, number_of(builder, event, EVENT_AT(ask, master)));
        else if (event->kind == EVENT_RESYNC)
            note_pair(builder, event->node, number_of(builder, event, EVENT_AT(resync, master)));
        else if (event->kind == EVENT_ROLE)
            note_pair(builder, event->node, number_of(builder, event, EVENT_AT(role, master)));
    }
}

static void build(struct builder *builder)
{
    guint nodes = builder->trace->names->len;
    compare_conns_init(&builder->conns);
    builder->followed = g_new0(bool, nodes);
    builder->followers = g_new0(bool, nodes);
    note_pairs(builder);
    for (guint i = 0; i < builder->trace->events->len; i++)
        take(builder, trace_read_event(builder->trace, i));
    for (guint i = 0; i < builder->conns.list->len; i++)
        add_steps(builder->story, compare_conn_at(&builder->conns, i));
    compare_conns_clear(&builder->conns);
    g_free(builder->followed);
    g_free(builder->followers);
}

static int32_t index_of(const struct trace_read *trace, const char *node)
{
    for (guint i = 0; i < trace->names->len; i++)
        if (strcmp(trace->names->pdata[i], node) == 0)
            return (int32_t)i;
    return -1;
}

struct compare_story *compare_story_new(const struct trace_read *trace, const char *node)
{
    struct compare_story *story = g_new0(struct compare_story, 1);
    story->node = node;
    story->steps = g_array_new(FALSE, FALSE, sizeof(struct compare_step));
    story->replica_drops = g_array_new(FALSE, FALSE, sizeof(struct compare_tally));
    story->master_drops = g_array_new(FALSE, FALSE, sizeof(struct compare_tally));
    struct builder builder = {.trace = trace, .story = story, .node = index_of(trace, node)};
    if (builder.node >= 0)
        build(&builder);
    return story;
}

void compare_story_free(struct compare_story *story)
{
    g_array_free(story->steps, TRUE);
    g_array_free(story->replica_drops, TRUE);
    g_array_free(story->master_drops, TRUE);
    g_free(story);
}

const struct compare_step *compare_story_step(const struct compare_story *story, size_t index)
{
    assert(index < story->steps->len);
    return &g_array_index(story->steps, struct compare_step, index);
}

bool compare_story_is_empty(const struct compare_story *story)
{
    return story->steps->len == 0 && story->dials_failed == 0 && story->handshakes_ended == 0 &&
           story->forks == 0 && story->lost == 0;
}
