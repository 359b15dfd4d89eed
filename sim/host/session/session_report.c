/* See session_report.h. */
#include "sim/host/session/session_report.h"

#include <assert.h>
#include "sim/report/report_json.h"

#define MASTER 0

#define EMIT(self, t, name, node, ...)                                                             \
    TRACE_EMIT(&(self)->report->trace, t, name, node, __VA_ARGS__)

int32_t session_report_add(struct session_report *self, const char *name)
{
    int32_t node = (int32_t)self->scenario.node_count++;
    assert(node < SESSION_NODES);
    g_strlcpy(self->nodes[node].name, name, sizeof self->nodes[node].name);
    return node;
}

void session_report_init(struct session_report *self, const struct session_output *output,
                         const struct session_about *about)
{
    *self = (struct session_report){.output = output};
    self->scenario = (struct scenario){
        .why = g_strdup(about->why), .nodes = self->nodes, .node_count = SESSION_NODES};
    for (int i = 0; i < SESSION_NODES; i++) {
        self->nodes[i].replicaof = i == MASTER ? -1 : MASTER;
        self->nodes[i].profile = (i == MASTER) == about->is_master ? about->profile : NULL;
        attempt_init(&self->attempts[i]);
    }
    self->report = report_new(&self->scenario, 0, output->version);
    self->report->live = about->live;
    self->report->record.hears_masters_only = about->is_master;
    for (int i = MASTER + 1; i < SESSION_NODES; i++)
        self->report->record.nodes[i].down_since = 0; /* there is no link yet */
    self->scenario.node_count = 0;
    if (output->sink != NULL) {
        self->report->trace.mode = TRACE_LINES;
        self->report->trace.has_heartbeats = output->has_heartbeats;
        self->report->trace.sink = output->sink;
        self->report->trace.sink_user = output->sink_user;
    }
    session_report_add(self, "master");
}

void session_report_clear(struct session_report *self)
{
    report_free(self->report);
    g_free(self->scenario.path);
    g_free(self->scenario.why);
}

/* ---- the first and the last line ---- */

static void put_line(struct session_report *self,
                     void (*print)(const struct report *report, GString *out))
{
    GString *line = g_string_new(NULL);
    const struct session_output *output = self->output;
    print(self->report, line);
    if (output->sink != NULL && !output->sink(output->sink_user, line->str, line->len))
        self->report->trace.is_broken = true;
    g_string_free(line, TRUE);
}

void session_report_header(struct session_report *self, const char *path)
{
    self->scenario.path = g_strdup(path);
    put_line(self, report_json_header);
}

static void end_master(struct session_report *self, int64_t t,
                       const struct session_position *position)
{
    bool has_backlog = position->backlog != NULL && position->backlog->exists;
    trace_end(&self->report->trace, t, MASTER,
              &(struct event_end){
                  .master = -1,
                  .is_up = true,
                  .is_consistent = true,
                  .is_identical = true,
                  .replid = position->id,
                  .offset = position->offset,
                  .backlog_first = has_backlog ? position->backlog->first : TRACE_ABSENT,
                  .backlog_bytes = has_backlog ? position->backlog->length : TRACE_ABSENT,
              });
}

static void end_replica(struct session_report *self, int64_t t, int32_t r,
                        const struct session_position *position)
{
    bool is_online = session_report_node(self, r)->down_since == TRACE_ABSENT;
    bool is_known = position->backlog != NULL; /* else the position is the replica's own */
    int64_t behind = is_known ? position->offset - self->offsets[r] : TRACE_ABSENT;
    trace_end(&self->report->trace, t, r,
              &(struct event_end){
                  .master = MASTER,
                  .is_up = true,
                  .is_online = is_online,
                  .is_consistent = is_online,
                  .is_identical = is_online && behind == 0,
                  .state = is_online ? REPLICA_CONNECTED : REPLICA_NONE,
                  .offset = self->offsets[r],
                  .behind = behind,
                  .buffer_peak_bytes = self->peaks[r],
                  .backlog_first = TRACE_ABSENT,
              });
}

void session_report_summary(struct session_report *self, int64_t t,
                            const struct session_position *position)
{
    self->scenario.duration = t;
    end_master(self, t, position);
    for (uint32_t r = MASTER + 1; r < self->scenario.node_count; r++)
        end_replica(self, t, (int32_t)r, position);
    put_line(self, report_json_print);
}

/* ---- what happens ---- */

void session_report_connect(struct session_report *self, int64_t t, int32_t r)
{
    self->attempts[r].event.dialled_ns = t;
    EMIT(self, t, connect, r, e->master = MASTER);
}

void session_report_connect_failed(struct session_report *self, int64_t t, int32_t r,
                                   enum drop drop)
{
    EMIT(self, t, connect_failed, r, e->master = MASTER, e->why = drop);
}

void session_report_ask(struct session_report *self, int64_t t, int32_t r, const char *id,
                        int64_t offset)
{
    attempt_ask(&self->attempts[r], t, MASTER, id, offset);
    self->attempts[r].event.buffer_peak_bytes = TRACE_ABSENT;
    EMIT(self, t, ask, r, e->master = MASTER, e->asked_id = id, e->asked_offset = offset);
}

void session_report_answer(struct session_report *self, int64_t t, int32_t r,
                           const struct session_answer *answer)
{
    struct attempt *attempt = &self->attempts[r];
    struct event_resync *resync = &attempt->event;
    bool has_backlog = answer->backlog != NULL && answer->backlog->exists;
    attempt_decided(attempt, answer->kind, answer->reason);
    resync->answered_ns = t;
    resync->backlog_first = has_backlog ? answer->backlog->first : TRACE_ABSENT;
    resync->backlog_bytes = has_backlog ? answer->backlog->length : TRACE_ABSENT;
    if (answer->kind == REASON_KIND_PARTIAL && answer->offset != TRACE_ABSENT)
        resync->owed_bytes = answer->offset + 1 - resync->asked_offset;
    EMIT(self, t, answer, MASTER, e->replica = r, e->kind = answer->kind,
         e->reason = answer->reason, e->asked_id = attempt->asked_id,
         e->asked_offset = resync->asked_offset, e->offset = answer->offset,
         e->backlog_first = resync->backlog_first, e->backlog_bytes = resync->backlog_bytes);
}

void session_report_payload(struct session_report *self, int64_t t, int32_t r, int64_t size)
{
    self->attempts[r].event.payload_ns = t;
    EMIT(self, t, payload, MASTER, e->replica = r,
         e->mode = size < 0 ? PAYLOAD_EOF : PAYLOAD_LENGTH,
         e->payload_bytes = size < 0 ? TRACE_ABSENT : size);
}

void session_report_payload_sent(struct session_report *self, int64_t t, int32_t r, int64_t size,
                                 int64_t buffer_bytes)
{
    self->attempts[r].event.payload_bytes = size;
    self->attempts[r].event.buffer_peak_bytes = buffer_bytes;
    self->peaks[r] = MAX(self->peaks[r], buffer_bytes);
    EMIT(self, t, payload_sent, MASTER, e->replica = r, e->buffer_bytes = buffer_bytes);
}

void session_report_received(struct session_report *self, int64_t t, int32_t r, int64_t size)
{
    self->attempts[r].event.received_ns = t;
    self->attempts[r].event.payload_bytes = size;
    EMIT(self, t, received, r, e->master = MASTER, e->payload_bytes = size);
    EMIT(self, t, loaded, r, e->flush_ns = 0, e->load_ns = 0);
}

void session_report_online(struct session_report *self, int64_t t, int32_t r, int64_t offset)
{
    struct attempt *attempt = &self->attempts[r];
    int64_t owed = attempt->event.owed_bytes;
    self->offsets[r] = offset;
    attempt->event.sent_bytes = attempt->event.payload_bytes + (owed == TRACE_ABSENT ? 0 : owed);
    EMIT(self, t, online, r, e->master = MASTER, e->kind = attempt->event.kind, e->offset = offset);
    attempt_online(attempt, &self->report->trace, t, r);
}

void session_report_drop(struct session_report *self, int64_t t, int32_t r, enum drop drop,
                         const char *phase)
{
    bool is_at_master = self->report->record.hears_masters_only;
    struct attempt *attempt = &self->attempts[r];
    bool was_online = session_report_node(self, r)->down_since == TRACE_ABSENT;
    EMIT(self, t, drop, is_at_master ? MASTER : r, e->peer = is_at_master ? r : MASTER,
         e->why = drop, e->phase = phase, e->is_at_master = is_at_master);
    attempt->event.sent_bytes = attempt->event.payload_bytes;
    attempt_failed(attempt, &self->report->trace, t, r, drop);
    attempt->is_open = false;
    if (was_online)
        attempt_lost(attempt, t, drop);
}

void session_report_ack(struct session_report *self, int64_t t, int32_t r, int64_t offset)
{
    self->offsets[r] = offset;
    EMIT(self, t, ack, MASTER, e->replica = r, e->offset = offset);
}

void session_report_ping(struct session_report *self, int64_t t, int64_t offset)
{
    EMIT(self, t, ping, MASTER, e->offset = offset);
}

/* ---- questions ---- */

const struct node_record *session_report_node(const struct session_report *self, int32_t r)
{
    return &self->report->record.nodes[r];
}

int64_t session_report_online_ns(const struct session_report *self, int32_t r, int64_t t)
{
    return t - run_record_down(&self->report->record, (uint32_t)r, t);
}
