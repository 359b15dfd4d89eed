/* See period.h. */
#include "sim/report/period.h"

#include <string.h>

void periods_init(struct periods *periods, const struct scenario *scenario)
{
    size_t count = scenario->node_count * PERIOD_KIND_COUNT + scenario->fault_count;
    *periods = (struct periods){.scenario = scenario,
                                .list = g_array_new(FALSE, FALSE, sizeof(struct period)),
                                .open = g_new(int32_t, count + 1)};
    for (size_t i = 0; i < count; i++)
        periods->open[i] = -1;
    periods->masters = g_new(int32_t, scenario->node_count + 1);
    for (uint32_t i = 0; i < scenario->node_count; i++)
        periods->masters[i] =
            scenario->nodes[i].begin == BEGIN_ALONE ? -1 : scenario->nodes[i].replicaof;
}

void periods_clear(struct periods *periods)
{
    if (periods->list != NULL)
        g_array_free(periods->list, TRUE);
    g_free(periods->open);
    g_free(periods->masters);
    *periods = (struct periods){0};
}

const struct period *periods_at(const struct periods *periods, size_t index)
{
    return &g_array_index(periods->list, struct period, index);
}

/* ---- opening and closing ---- */

static int32_t *slot_of_fault(struct periods *periods, int64_t fault)
{
    return &periods->open[periods->scenario->node_count * PERIOD_KIND_COUNT + (size_t)fault];
}

static int32_t *slot_of(struct periods *periods, const struct period *period)
{
    if (period->kind == PERIOD_FAULT)
        return slot_of_fault(periods, period->fault);
    return &periods->open[(size_t)period->node * PERIOD_KIND_COUNT + period->kind];
}

static struct period *at_slot(struct periods *periods, const int32_t *slot)
{
    return *slot < 0 ? NULL : &g_array_index(periods->list, struct period, (guint)*slot);
}

static struct period *open_of(struct periods *periods, int32_t node, enum period_kind kind)
{
    struct period key = {.kind = kind, .node = node};
    return at_slot(periods, slot_of(periods, &key));
}

static void append(struct periods *periods, struct period period)
{
    int32_t node = period.node;
    for (int hop = 0; hop < PERIOD_HOPS; hop++)
        period.above[hop] = node = node < 0 ? -1 : periods->masters[node];
    g_array_append_val(periods->list, period);
}

static void open(struct periods *periods, struct period period)
{
    int32_t *slot = slot_of(periods, &period);
    if (*slot >= 0)
        return;
    *slot = (int32_t)periods->list->len;
    period.ends = TRACE_ABSENT;
    append(periods, period);
}

static void shut(struct periods *periods, int32_t *slot, int64_t t)
{
    struct period *period = at_slot(periods, slot);
    if (period != NULL)
        period->ends = t;
    *slot = -1;
}

static void shut_of(struct periods *periods, int32_t node, enum period_kind kind, int64_t t)
{
    struct period key = {.kind = kind, .node = node};
    shut(periods, slot_of(periods, &key), t);
}

/* ---- events ---- */

static void take_fault(struct periods *periods, const struct event *event)
{
    int64_t index = event->fault.index;
    const struct scenario_fault *fault = &periods->scenario->faults[index];
    if (fault->link < 0)
        return;
    if (fault->kind != FAULT_HEAL) {
        open(periods,
             (struct period){
                 .kind = PERIOD_FAULT, .node = -1, .fault = (int32_t)index, .begins = event->t});
        return;
    }
    for (uint32_t i = 0; i < periods->scenario->fault_count; i++)
        if (periods->scenario->faults[i].link == fault->link)
            shut(periods, slot_of_fault(periods, i), event->t);
}

static void take_down(struct periods *periods, const struct event *event)
{
    static const enum period_kind ENDS[] = {PERIOD_STILL,    PERIOD_REFUSED, PERIOD_SHORT_WAITS,
                                            PERIOD_UNLINKED, PERIOD_LOAD,    PERIOD_SAVE};
    for (size_t i = 0; i < G_N_ELEMENTS(ENDS); i++)
        shut_of(periods, event->node, ENDS[i], event->t);
    open(periods, (struct period){.kind = PERIOD_DOWN,
                                  .node = event->node,
                                  .fault = -1,
                                  .begins = event->t,
                                  .why = g_intern_string(event->down.how)});
}

static void take_loaded(struct periods *periods, const struct event *event)
{
    const struct event_loaded *loaded = &event->loaded;
    struct period *period = open_of(periods, event->node, PERIOD_LOAD);
    if (period != NULL && loaded->load_ns != TRACE_ABSENT && loaded->flush_ns != TRACE_ABSENT) {
        period->begins = event->t - loaded->flush_ns - loaded->load_ns;
        period->flush_ns = loaded->flush_ns;
    }
    shut_of(periods, event->node, PERIOD_LOAD, event->t);
}

static void take_stale(struct periods *periods, const struct event *event)
{
    append(periods, (struct period){.kind = PERIOD_STALE,
                                    .node = event->node,
                                    .fault = -1,
                                    .begins = event->stale.begins,
                                    .ends = event->stale.ends,
                                    .amount = event->stale.age_max});
}

static void take_writes(struct periods *periods, const struct event *event)
{
    const struct event_writes *writes = &event->writes;
    int64_t in_all = MAX(writes->in_all, 0);
    struct period *period = open_of(periods, event->node, PERIOD_REFUSED);
    if (period != NULL)
        period->amount += in_all;
    shut_of(periods, event->node, PERIOD_REFUSED, event->t);
    if (writes->refused > 0)
        open(periods, (struct period){.kind = PERIOD_REFUSED,
                                      .node = event->node,
                                      .fault = -1,
                                      .begins = event->t,
                                      .why = g_intern_string(writes->cause),
                                      .amount = -in_all,
                                      .wanted = writes->min_replicas,
                                      .found = writes->good,
                                      .lag_s = writes->lag_s});
}

static void take_wait(struct periods *periods, const struct event *event)
{
    const struct event_wait *wait = &event->wait;
    if (wait->got >= wait->replicas) {
        struct period key = {.kind = PERIOD_SHORT_WAITS, .node = event->node};
        *slot_of(periods, &key) = -1;
        return;
    }
    open(periods, (struct period){.kind = PERIOD_SHORT_WAITS,
                                  .node = event->node,
                                  .fault = -1,
                                  .begins = event->t - wait->waited_ns,
                                  .wanted = wait->replicas,
                                  .found = wait->got});
    struct period *period = open_of(periods, event->node, PERIOD_SHORT_WAITS);
    period->amount++;
    period->ends = event->t;
    period->found = MIN(period->found, wait->got);
}

static void take_end(struct periods *periods, const struct event *event)
{
    struct period *refused = open_of(periods, event->node, PERIOD_REFUSED);
    if (refused != NULL)
        refused->amount += event->end.refused_writes;
}

static void take_of_node(struct periods *periods, const struct event *event)
{
    int32_t node = event->node;
    struct period period = {.node = node, .fault = -1, .begins = event->t};
    switch (event->kind) {
    case EVENT_UP:
        periods->masters[node] = event->up.master;
        shut_of(periods, node, PERIOD_DOWN, event->t);
        period.kind = PERIOD_UNLINKED;
        if (event->up.master >= 0 && event->up.is_linked <= 0)
            open(periods, period);
        break;
    case EVENT_PAUSE:
        period.kind = PERIOD_STILL;
        period.why = g_intern_string(event->pause.why);
        open(periods, period);
        break;
    case EVENT_FORK:
        period.kind = PERIOD_SAVE;
        open(periods, period);
        break;
    case EVENT_SAVED:
        shut_of(periods, node, PERIOD_SAVE, event->t);
        break;
    case EVENT_RESUME:
        shut_of(periods, node, PERIOD_STILL, event->t);
        break;
    case EVENT_RECEIVED:
        period.kind = PERIOD_LOAD;
        period.flush_ns = TRACE_ABSENT;
        open(periods, period);
        break;
    case EVENT_DROP:
        period.kind = PERIOD_UNLINKED;
        if (event->drop.is_at_master > 0)
            break;
        shut_of(periods, node, PERIOD_LOAD, event->t);
        open(periods, period);
        break;
    case EVENT_ONLINE:
        shut_of(periods, node, PERIOD_UNLINKED, event->t);
        break;
    case EVENT_ROLE:
        periods->masters[node] = event->role.master;
        period.kind = PERIOD_UNLINKED;
        if (event->role.master >= 0)
            open(periods, period);
        else
            shut_of(periods, node, PERIOD_UNLINKED, event->t);
        break;
    default:
        break;
    }
}

void periods_take(struct periods *periods, const struct event *event)
{
    if (periods->list == NULL)
        return;
    switch (event->kind) {
    case EVENT_FAULT:
        take_fault(periods, event);
        break;
    case EVENT_HEAL:
        if (event->heal.index >= 0)
            shut(periods, slot_of_fault(periods, event->heal.index), event->t);
        break;
    case EVENT_DOWN:
        take_down(periods, event);
        break;
    case EVENT_LOADED:
        take_loaded(periods, event);
        break;
    case EVENT_STALE:
        take_stale(periods, event);
        break;
    case EVENT_WRITES:
        take_writes(periods, event);
        break;
    case EVENT_WAIT:
        take_wait(periods, event);
        break;
    case EVENT_END:
        take_end(periods, event);
        break;
    default:
        if (event->node >= 0)
            take_of_node(periods, event);
    }
}

/* ---- questions ---- */

bool period_overlaps(const struct period *period, int64_t from, int64_t to)
{
    return period->begins <= to && (period->ends == TRACE_ABSENT || period->ends >= from);
}

const struct period *periods_find(const struct periods *periods, enum period_kind kind,
                                  int32_t node, int64_t t)
{
    for (guint i = 0; i < periods->list->len; i++) {
        const struct period *period = periods_at(periods, i);
        if (period->kind == kind && period->node == node && period_overlaps(period, t, t))
            return period;
    }
    return NULL;
}
