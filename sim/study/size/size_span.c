/* See size_span.h. */
#include "sim/study/size/size_span.h"

#include <glib.h>
#include "models/psync/profile.h"
#include "sim/engine/time.h"
#include "sim/study/size/outage_run.h"
#include "sim/world/world.h"

#define SMALL_COMMAND 16384 /* fits into the smallest block, and no limit looks at it by itself */
#define TIMER_NS      (100 * NS_PER_MS) /* a round of the event loop at least */

static int64_t own_size(const struct world *world)
{
    return world->scenario->nodes[0].config.backlog_bytes;
}

void size_span_narrow(struct size_span *span, const struct world *world)
{
    *span = (struct size_span){own_size(world), own_size(world) + 1};
}

static bool is_set_while_it_runs(const struct scenario_fault *fault)
{
    return fault->kind == FAULT_CONFIG_SET || fault->server != NULL;
}

/* All nodes have one size throughout, and no command is so large that it matters by itself. */
static bool has_one_size(const struct world *world)
{
    for (uint32_t i = 0; i < world->scenario->fault_count; i++)
        if (is_set_while_it_runs(&world->scenario->faults[i]))
            return false;
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct node *node = &world->nodes[i];
        if (node->spec->config.backlog_bytes != own_size(world))
            return false;
        if (node->load != NULL && load_largest_command(node->load) >= SMALL_COMMAND)
            return false;
    }
    return true;
}

struct size_span size_span_begin(const struct world *world)
{
    struct size_span span = {0, INT64_MAX};
    if (!has_one_size(world))
        size_span_narrow(&span, world);
    return span;
}

/* ---- answers ---- */

/* Since a replica let go of it, the backlog has dropped what it holds too much: a larger one, which has less to drop,
 * then has as well. */
static bool is_trimmed(const struct world *world, const struct node *node, int64_t offset)
{
    const struct backlog *backlog = &node->backlog;
    if (backlog->trim_from == INT64_MAX)
        return true;
    struct backlog trimmed = *backlog;
    trimmed.trim_from = INT64_MAX;
    int64_t loops = (world->now - node->unpinned_at) / TIMER_NS;
    int64_t blocks = backlog->trim_call_blocks + backlog->trim_loop_blocks * loops;
    return backlog->trim_from + blocks * backlog->block_bytes >=
           backlog_range(&trimmed, offset, INT64_MAX, 0).first;
}

/* It had passed: the smallest backlog that would have held it. */
static void note_passed(struct size_span *span, const struct world *world, const struct node *node,
                        const struct event_answer *answer)
{
    struct backlog whole = node->backlog;
    if (answer->asked_offset < whole.grid)
        return; /* it is older than any backlog of this node */
    if (!is_trimmed(world, node, answer->offset)) {
        span->below = MIN(span->below, own_size(world) + 1);
        return;
    }
    whole.floor = whole.grid;
    whole.size = answer->offset - whole.grid + 2;
    span->below = MIN(span->below, outage_run_need(&whole, answer->offset, answer->asked_offset));
}

void size_span_answer(struct size_span *span, const struct world *world, const struct event *event,
                      int64_t need_bytes)
{
    const struct event_answer *answer = &event->answer;
    if (answer->kind == REASON_KIND_PARTIAL)
        span->from = MAX(span->from, need_bytes);
    else if (answer->reason == REASON_BACKLOG_PASSED)
        note_passed(span, world, &world->nodes[event->node], answer);
}

/* ---- limits ---- */

/* The smallest limit, and the smallest one that a larger backlog raises. INT64_MAX: there is none. */
struct limits {
    int64_t least, raised;
};

static void add_limit(struct limits *limits, int64_t bytes, bool has_floor)
{
    if (bytes == 0)
        return;
    limits->least = MIN(limits->least, bytes);
    if (has_floor)
        limits->raised = MIN(limits->raised, bytes);
}

/* Without a soft limit nobody looks at a buffer before it reaches the hard one. */
static struct limits limits_of(const struct world *world)
{
    struct limits limits = {INT64_MAX, INT64_MAX};
    for (uint32_t i = 0; i < world->node_count; i++) {
        const struct scenario_node *spec = world->nodes[i].spec;
        const struct output_limit *limit = &spec->config.limit;
        add_limit(&limits, limit->hard_bytes, spec->profile->hard_limit_floor);
        add_limit(&limits, limit->soft_bytes, spec->profile->soft_limit_floor);
        if (limit->hard_bytes > 0 && limit->soft_bytes == 0)
            limits.least = 0;
    }
    return limits;
}

/* A limit that no buffer came near is the same to the run whatever it is; one that mattered must stay what it was. */
void size_span_buffers(struct size_span *span, const struct world *world, int64_t peak_bytes,
                       bool is_limited)
{
    struct limits limits = limits_of(world);
    if (limits.raised == INT64_MAX || (!is_limited && peak_bytes < limits.least))
        return;
    if (own_size(world) <= limits.raised)
        span->below = MIN(span->below, limits.raised + 1);
    else
        size_span_narrow(span, world);
}

bool size_span_holds(const struct size_span *span, int64_t backlog_bytes)
{
    return backlog_bytes >= span->from && backlog_bytes < span->below;
}
