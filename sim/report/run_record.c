/* See run_record.h.
 *
 * Both sides of a connection speak of its end. The replica's word counts; its master's does as well if it says more than
 * that the connection is lost, and explains the loss if it came first. */
#include "sim/report/run_record.h"

#include <string.h>

static struct resync empty_resync(int32_t node)
{
    return (struct resync){.node = node,
                           .event = EVENT_ABSENT.resync,
                           .fault = -1,
                           .fault_began = TRACE_ABSENT,
                           .first_dial = TRACE_ABSENT,
                           .refusal = REASON_COUNT,
                           .mode = PAYLOAD_MODE_COUNT,
                           .decided = TRACE_ABSENT,
                           .flush_ns = TRACE_ABSENT,
                           .load_ns = TRACE_ABSENT,
                           .channels.kept_bytes = TRACE_ABSENT,
                           .identity.why = ID_CHANGE_COUNT};
}

static void init_node(struct node_record *node, const struct scenario_node *spec, int32_t index)
{
    *node = (struct node_record){.master = spec->begin == BEGIN_ALONE ? -1 : spec->replicaof,
                                 .down_since = TRACE_ABSENT,
                                 .first_resync = TRACE_ABSENT,
                                 .first_drop = TRACE_ABSENT,
                                 .last_online = TRACE_ABSENT,
                                 .spare_min = TRACE_ABSENT,
                                 .online = TRACE_ABSENT,
                                 .end = {.master = -1},
                                 .identity.why = ID_CHANGE_COUNT,
                                 .next = empty_resync(index)};
}

void run_record_init(struct run_record *record, const struct scenario *scenario, bool keeps_resyncs)
{
    *record = (struct run_record){.scenario = scenario};
    record->nodes = g_new0(struct node_record, scenario->node_count + 1);
    record->resyncs = keeps_resyncs ? g_array_new(FALSE, FALSE, sizeof(struct resync)) : NULL;
    record->losses = keeps_resyncs ? g_array_new(FALSE, FALSE, sizeof(struct loss_record)) : NULL;
    if (keeps_resyncs)
        periods_init(&record->periods, scenario);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        init_node(&record->nodes[i], &scenario->nodes[i], (int32_t)i);
}

void run_record_watch(struct run_record *record, struct trace *trace)
{
    trace->watcher = run_record_take;
    trace->watcher_user = record;
    trace->watches_all = false;
}

void run_record_clear(struct run_record *record)
{
    if (record->resyncs != NULL)
        g_array_free(record->resyncs, TRUE);
    if (record->losses != NULL)
        g_array_free(record->losses, TRUE);
    periods_clear(&record->periods);
    g_free(record->nodes);
}

/* ---- the link ---- */

static void take_up(struct node_record *node, const struct event *event)
{
    if (event->t > 0)
        node->identity = (struct identity){ID_CHANGE_COUNT, event->t, true};
    node->master = event->up.master;
    node->has_data = node->has_data || event->up.has_data > 0 || event->up.is_linked > 0;
    if (node->master >= 0 && event->up.is_linked <= 0 && node->down_since == TRACE_ABSENT)
        node->down_since = event->t;
}

static void take_loss(struct node_record *node, int64_t t)
{
    if (node->down_since == TRACE_ABSENT)
        node->down_since = t;
}

static void take_back(struct node_record *node, int64_t t)
{
    if (node->down_since != TRACE_ABSENT)
        node->down += t - node->down_since;
    node->down_since = TRACE_ABSENT;
}

static void take_role(struct node_record *node, const struct event *event)
{
    bool was_master = node->master < 0;
    node->master = event->role.master;
    if (node->master < 0)
        take_back(node, event->t);
    else if (was_master)
        take_loss(node, event->t);
    node->has_data = node->has_data || was_master;
}

static void count_drop(struct node_record *node, enum drop why, int64_t t)
{
    node->drops[why]++;
    if (node->first_drop == TRACE_ABSENT && why != DROP_REFUSED)
        node->first_drop = t;
}

static void take_attempt_failed(struct resync *next, enum drop why)
{
    next->failures++;
    next->failure = why;
}

static void take_drop(struct run_record *record, const struct event *event)
{
    bool is_at_master = event->drop.is_at_master > 0;
    struct node_record *node = &record->nodes[is_at_master ? event->drop.peer : event->node];
    struct word word = {event->drop.why, event->t, event->drop.buffer_bytes};
    bool counts = !is_at_master || word.why != DROP_LOST || record->hears_masters_only;
    if (counts)
        count_drop(node, word.why, event->t);
    if (!is_at_master || record->hears_masters_only)
        take_loss(node, event->t);
    if (!is_at_master && node->next.dials > 0 && !node->next.is_asking)
        take_attempt_failed(&node->next, word.why); /* in the handshake: LOADING, for one */
    if (!is_at_master && node->next.drop.why == DROP_NONE)
        node->next.drop = word;
    if (!is_at_master || word.why == DROP_LOST)
        return;
    if (node->next.drop.why == DROP_NONE && node->next.dials == 0)
        node->next.before_drop = word;
    bool has_asked = node->next.is_asking || node->next.refusals > 0;
    if (node->next.drop.why != DROP_NONE && !has_asked)
        node->next.after_drop = word;
    node->next.after_ask = word;
}

static void take_connect(struct resync *next, int64_t t)
{
    next->is_asking = false;
    if (next->dials++ == 0)
        next->first_dial = t;
}

static void take_connect_failed(struct node_record *node, const struct event *event)
{
    take_attempt_failed(&node->next, event->connect_failed.why);
    count_drop(node, event->connect_failed.why, event->t);
}

/* ---- faults ---- */

/* Whether it strikes this node, its master, or the link between them. */
static bool touches(const struct run_record *record, const struct scenario_fault *fault,
                    int32_t node)
{
    int32_t master = record->nodes[node].master;
    if (fault->link < 0)
        return fault->node == node || (master >= 0 && fault->node == master);
    return master >= 0 && scenario_link_joins(record->scenario, fault->link, master, node);
}

static void take_fault_of(struct run_record *record, const struct event *event, int32_t node)
{
    const struct scenario_fault *fault = &record->scenario->faults[event->fault.index];
    struct resync *next = &record->nodes[node].next;
    bool is_lost = next->drop.why != DROP_NONE || next->dials > 0;
    if (is_lost || !touches(record, fault, node))
        return;
    next->fault = (int32_t)event->fault.index;
    next->fault_began = event->t;
}

static void take_fault(struct run_record *record, const struct event *event)
{
    const struct scenario *scenario = record->scenario;
    const struct scenario_fault *fault = &scenario->faults[event->fault.index];
    if (fault->kind == FAULT_HEAL || fault->kind == FAULT_RESUME || fault->kind == FAULT_MOVE_LOAD)
        return; /* what mends, or moves only the writers, breaks no link */
    if (fault->link >= 0) {
        take_fault_of(record, event, scenario->links[fault->link].upper);
        take_fault_of(record, event, scenario->links[fault->link].lower);
        return;
    }
    for (uint32_t i = 0; i < scenario->node_count; i++)
        take_fault_of(record, event, (int32_t)i);
}

/* ---- resynchronisations ---- */

static void take_ask(struct node_record *node, int64_t t)
{
    if (node->first_resync == TRACE_ABSENT)
        node->first_resync = t;
    node->next.after_ask = (struct word){0};
    node->next.is_asking = true;
}

static void take_answer(struct run_record *record, const struct event *event)
{
    struct node_record *node = &record->nodes[event->answer.replica];
    struct resync *next = &node->next;
    enum reason reason = event->answer.reason;
    next->decided = event->t;
    next->identity = record->nodes[event->node].identity;
    if (reason != REASON_COUNT)
        node->reasons[reason]++;
    if (event->answer.kind != REASON_KIND_ERROR)
        return;
    node->refused++;
    next->refusals++;
    next->refusal = reason;
}

static void take_loaded(struct node_record *node, const struct event *event)
{
    const struct event_loaded *loaded = &event->loaded;
    node->next.flush_ns = loaded->flush_ns;
    node->next.load_ns = loaded->load_ns;
    if (loaded->load_ns != TRACE_ABSENT)
        node->loading += loaded->flush_ns + loaded->load_ns;
}

static void take_second(struct two_channels *channels, const struct event_second *second)
{
    if (second->is_at_master > 0)
        return;
    if (strcmp(second->step, "connect") == 0)
        *channels = (struct two_channels){.is_so = true, .kept_bytes = TRACE_ABSENT};
    channels->is_full |= strcmp(second->step, "full-buffer") == 0;
    channels->joins |= strcmp(second->step, "join") == 0;
    channels->is_misplaced |= strcmp(second->step, "database") == 0;
    channels->is_fatal |= strcmp(second->step, "alone") == 0;
    if (strcmp(second->step, "kept") == 0)
        channels->kept_bytes = second->kept_bytes;
}

static void count_resync(struct node_record *node, const struct event *event)
{
    const struct event_resync *resync = &event->resync;
    bool is_online = resync->outcome == OUTCOME_ONLINE, is_full = resync->kind == REASON_KIND_FULL;
    node->full += is_online && is_full;
    node->partial += is_online && !is_full;
    node->full_failed += !is_online && is_full;
    if (resync->sent_bytes != TRACE_ABSENT)
        node->bytes += resync->sent_bytes;
    if (resync->spare_bytes != TRACE_ABSENT &&
        (node->spare_min == TRACE_ABSENT || resync->spare_bytes < node->spare_min))
        node->spare_min = resync->spare_bytes;
    if (!is_online)
        return;
    take_back(node, event->t);
    node->last_online = event->t;
    node->has_data = true;
}

/* Age of the first write that it lacked, when its master decided. */
static int64_t gap_of(const struct resync *resync)
{
    int64_t gap = resync->event.gap_ns, asked = resync->event.asked_ns;
    bool is_timed = asked != TRACE_ABSENT && resync->decided >= asked;
    return gap == TRACE_ABSENT || !is_timed ? gap : gap + resync->decided - asked;
}

static void take_resync(struct run_record *record, const struct event *event)
{
    struct node_record *node = &record->nodes[event->node];
    struct resync resync = node->next;
    count_resync(node, event);
    resync.t = event->t;
    resync.event = event->resync;
    resync.event.asked_id = NULL; /* a copy has an address of its own */
    resync.gap_ns = gap_of(&resync);
    g_strlcpy(resync.asked_id, event->resync.asked_id, sizeof resync.asked_id);
    node->next = empty_resync(event->node);
    if (event->resync.outcome == OUTCOME_ONLINE) /* dropped while it loaded: it will notice now */
        node->next.before_drop = resync.after_ask;
    else {
        node->next.failed_before = resync.failed_before + 1;
        node->next.failed_at = event->t;
    }
    if (record->resyncs != NULL)
        g_array_append_val(record->resyncs, resync);
}

/* ---- the rest ---- */

static void take_wait(struct wait_sum *sum, const struct event_wait *wait)
{
    sum->count++;
    sum->met += wait->got >= wait->replicas;
    sum->waited += wait->waited_ns;
    sum->waited_max = MAX(sum->waited_max, wait->waited_ns);
}

static void take_lost(struct run_record *record, const struct event *event)
{
    struct loss_sum *sum = &record->nodes[event->node].lost;
    struct loss_record loss = {.t = event->t, .node = event->node, .event = event->lost};
    sum->commands += event->lost.commands;
    sum->unreplicated += event->lost.unreplicated;
    sum->bytes += event->lost.bytes;
    sum->data_bytes += event->lost.data_bytes;
    if (event->lost.replid != NULL)
        g_strlcpy(loss.replid, event->lost.replid, sizeof loss.replid);
    loss.event.replid = NULL; /* a copy has an address of its own */
    if (record->losses != NULL)
        g_array_append_val(record->losses, loss);
}

static void take_end(struct node_record *node, const struct event *event)
{
    take_back(node, event->t);
    node->master = event->end.master;
    node->end = event->end;
    node->online = node->master < 0 ? TRACE_ABSENT : event->end.is_online;
    node->final = event->end.is_identical    ? FINAL_IDENTICAL
                  : event->end.is_consistent ? FINAL_CONSISTENT
                                             : FINAL_INCONSISTENT;
    if (event->end.config == NULL)
        return;
    node->config = *event->end.config;
    node->end.config = &node->config;
}

/* What concerns no other node. */
static void take_own(struct node_record *node, const struct event *event)
{
    switch (event->kind) {
    case EVENT_UP:
        take_up(node, event);
        break;
    case EVENT_DOWN:
        if (node->master >= 0)
            take_loss(node, event->t);
        break;
    case EVENT_ROLE:
        take_role(node, event);
        break;
    case EVENT_CONNECT:
        take_connect(&node->next, event->t);
        break;
    case EVENT_CONNECT_FAILED:
        take_connect_failed(node, event);
        break;
    case EVENT_ASK:
        take_ask(node, event->t);
        break;
    case EVENT_LOADED:
        take_loaded(node, event);
        break;
    case EVENT_SECOND:
        take_second(&node->next.channels, &event->second);
        node->kept_peak = MAX(node->kept_peak, event->second.kept_bytes);
        break;
    case EVENT_IDENTITY:
        node->identity = (struct identity){event->identity.why, event->t, false};
        break;
    case EVENT_FORK:
        node->forks++;
        break;
    case EVENT_SAVED:
        node->cow_peak = MAX(node->cow_peak, event->saved.cow_bytes);
        node->cow_huge_peak = MAX(node->cow_huge_peak, event->saved.cow_huge_bytes);
        break;
    case EVENT_WAIT:
        take_wait(&node->waits, &event->wait);
        break;
    default:
        break;
    }
}

/* Once all nodes have ended: replicas of which none runs are no good end. */
static void judge_end(struct run_record *record)
{
    struct node_record *replica = NULL;
    for (uint32_t i = record->scenario->node_count; i-- > 0;) {
        struct node_record *node = &record->nodes[i];
        if (node->master >= 0 && node->end.is_up)
            return;
        replica = node->master >= 0 ? node : replica;
    }
    if (replica != NULL)
        replica->final = FINAL_INCONSISTENT;
}

void run_record_take(void *user, const struct event *event)
{
    struct run_record *record = user;
    periods_take(&record->periods, event);
    switch (event->kind) {
    case EVENT_DROP:
        take_drop(record, event);
        break;
    case EVENT_FAULT:
        take_fault(record, event);
        break;
    case EVENT_ANSWER:
        take_answer(record, event);
        break;
    case EVENT_PAYLOAD:
        record->nodes[event->payload.replica].next.mode = event->payload.mode;
        break;
    case EVENT_RESYNC:
        take_resync(record, event);
        break;
    case EVENT_LOST:
        take_lost(record, event);
        break;
    case EVENT_END:
        take_end(&record->nodes[event->node], event);
        if (event->node + 1 == (int32_t)record->scenario->node_count)
            judge_end(record);
        break;
    default:
        if (event->node >= 0)
            take_own(&record->nodes[event->node], event);
    }
}

/* ---- questions ---- */

const struct resync *run_record_resync(const struct run_record *record, size_t index)
{
    return &g_array_index(record->resyncs, struct resync, index);
}

bool run_record_is_replica(const struct run_record *record, uint32_t index)
{
    const struct node_record *node = &record->nodes[index];
    return node->master >= 0 || node->first_resync != TRACE_ABSENT ||
           node->first_drop != TRACE_ABSENT;
}

int64_t run_record_down(const struct run_record *record, uint32_t index, int64_t t)
{
    const struct node_record *node = &record->nodes[index];
    return node->down + (node->down_since == TRACE_ABSENT ? 0 : t - node->down_since);
}

struct loss_sum run_record_lost(const struct run_record *record)
{
    struct loss_sum all = {0};
    for (uint32_t i = 0; i < record->scenario->node_count; i++) {
        const struct loss_sum *lost = &record->nodes[i].lost;
        all.commands += lost->commands;
        all.unreplicated += lost->unreplicated;
        all.bytes += lost->bytes;
        all.data_bytes += lost->data_bytes;
    }
    return all;
}

bool run_record_has_lost(const struct run_record *record)
{
    struct loss_sum lost = run_record_lost(record);
    return lost.commands > 0 || lost.data_bytes > 0;
}

/* Whether a node runs at the end, and whether it is known that nothing acknowledged is lost. */
static void look_at_all(const struct run_record *record, bool *any_runs, bool *is_complete)
{
    *any_runs = false;
    *is_complete = !run_record_has_lost(record);
    for (uint32_t i = 0; i < record->scenario->node_count; i++) {
        *any_runs = *any_runs || record->nodes[i].end.is_up;
        *is_complete = *is_complete && record->nodes[i].end.knows_losses;
    }
}

enum final_state run_record_final(const struct run_record *record, int32_t *why)
{
    int64_t worst = FINAL_IDENTICAL;
    int32_t who = -1;
    for (uint32_t i = 0; i < record->scenario->node_count; i++) {
        if (record->nodes[i].final >= worst)
            continue;
        worst = record->nodes[i].final;
        who = (int32_t)i;
    }
    if (why != NULL)
        *why = who;
    bool any_runs, is_complete;
    look_at_all(record, &any_runs, &is_complete);
    if (!any_runs)
        return FINAL_INCONSISTENT;
    return worst == FINAL_IDENTICAL && is_complete ? FINAL_COMPLETE : (enum final_state)worst;
}
