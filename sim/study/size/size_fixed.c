/* Whole scenarios under settings. See size_story.h. */
#include "sim/study/size/size_fixed.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/report/run_record.h"
#include "sim/world/world.h"

#define SAMPLES       30
#define ATTEMPTS      10
#define LEAST_BACKLOG (INT64_C(1) << 20)

struct printer {
    const struct scenario *scenario;
    struct size_setting setting;
    uint64_t seed;
};

/* What came of one run. */
struct told {
    bool holds; /* nobody was resynchronised in full but for a first time, and nobody was left */
    bool is_killed; /* a limit struck a replica that had no data yet */
    int64_t need_bytes, buffer_bytes, copied_bytes;
    char broken[128];
};

struct listener {
    struct trace trace;
    const struct world *world;
    struct run_record record;
    struct told *told;
};

static void heard(void *user, const struct event *event)
{
    struct listener *listener = user;
    const struct event_answer *answer = &event->answer;
    run_record_take(&listener->record, event);
    if (event->kind != EVENT_ANSWER)
        return;
    const struct node_record *replica = &listener->record.nodes[answer->replica];
    bool is_first = !replica->has_data && replica->full_failed == 0;
    if (answer->kind == REASON_KIND_FULL && !is_first)
        listener->told->holds = false;
    if (answer->kind != REASON_KIND_PARTIAL)
        return;
    int64_t need = outage_run_need(&listener->world->nodes[event->node].backlog, answer->offset,
                                   answer->asked_offset);
    listener->told->need_bytes = MAX(listener->told->need_bytes, need);
}

static void look_at(const struct run_record *record, struct told *told)
{
    for (uint32_t i = 0; i < record->scenario->node_count; i++) {
        const struct node_record *node = &record->nodes[i];
        told->copied_bytes = MAX(told->copied_bytes, node->cow_peak);
        told->buffer_bytes = MAX(told->buffer_bytes, node->end.buffer_peak_bytes);
        told->is_killed =
            told->is_killed || (record->scenario->nodes[i].begin == BEGIN_COLD &&
                                node->drops[DROP_LIMIT_HARD] + node->drops[DROP_LIMIT_SOFT] > 0);
        bool is_left = node->master >= 0 && node->end.is_up && node->end.state != REPLICA_CONNECTED;
        told->holds = told->holds && !is_left;
    }
}

static void tell_once(void *user, uint64_t index, void *record)
{
    const struct printer *printer = user;
    struct told *told = record;
    struct scenario *scenario = outage_run_with(printer->scenario, &printer->setting);
    *told = (struct told){.holds = true};
    struct listener listener = {.told = told};
    trace_init(&listener.trace, TRACE_OFF, NULL);
    run_record_init(&listener.record, scenario, false);
    listener.trace.watcher = heard;
    listener.trace.watcher_user = &listener;
    struct world *world = world_new(scenario, printer->seed, index, &listener.trace);
    world->is_checked = false;
    listener.world = world;
    if (!world_run(world))
        g_strlcpy(told->broken, world->broken, sizeof told->broken);
    look_at(&listener.record, told);
    world_free(world);
    run_record_clear(&listener.record);
    outage_run_release(scenario);
}

static struct told tell(const struct size_question *question, struct worker_pool *pool,
                        const struct size_setting *setting)
{
    struct printer printer = {question->scenario, *setting, question->seed};
    struct told told[SAMPLES], sum = {.holds = true};
    struct worker_pool_task task = {
        .work = tell_once, .user = &printer, .record_size = sizeof(struct told)};
    worker_pool_map(pool, &task, 0, SAMPLES, told);
    for (int i = 0; i < SAMPLES; i++) {
        sum.holds = sum.holds && told[i].holds;
        sum.is_killed = sum.is_killed || told[i].is_killed;
        sum.need_bytes = MAX(sum.need_bytes, told[i].need_bytes);
        sum.buffer_bytes = MAX(sum.buffer_bytes, told[i].buffer_bytes);
        sum.copied_bytes = MAX(sum.copied_bytes, told[i].copied_bytes);
        if (told[i].broken[0] != '\0')
            g_strlcpy(sum.broken, told[i].broken, sizeof sum.broken);
    }
    return sum;
}

/* What the backlog must hold: what was owed, and, where it is the floor of the hard limit, the
 * buffer of a connection that survived. */
static int64_t need_of(const struct told *told, const struct size_answer *answer,
                       const struct output_limit *limit)
{
    bool is_floor = answer->master->profile->hard_limit_floor && limit->hard_bytes > 0;
    int64_t need = told->need_bytes;
    if (is_floor && told->buffer_bytes >= limit->hard_bytes)
        need = MAX(need, told->buffer_bytes + 1);
    return MAX(need + need / 10, LEAST_BACKLOG);
}

/* Limits that are off stay off. */
static struct output_limit raised(struct output_limit limit, int64_t buffer)
{
    if (limit.hard_bytes > 0)
        limit.hard_bytes = MAX(limit.hard_bytes, size_round_up(buffer + buffer / 2));
    if (limit.soft_bytes > 0)
        limit.soft_bytes = MAX(limit.soft_bytes, size_round_up(buffer + buffer / 4));
    return limit;
}

/* With a backlog that forgets nothing: first with the limits in force, for a larger backlog alone
 * may do; then with none. */
static struct told look_for(const struct size_question *question, struct worker_pool *pool,
                            struct size_answer *answer)
{
    struct size_setting open = answer->now;
    open.backlog_bytes = OUTAGE_RUN_ENDLESS_BYTES;
    struct told told = tell(question, pool, &open);
    if (told.holds && !told.is_killed)
        return told;
    open.limit = (struct output_limit){.soft_s = answer->now.limit.soft_s};
    told = tell(question, pool, &open);
    answer->then.limit = raised(answer->now.limit, told.buffer_bytes);
    return told;
}

void size_story(const struct size_question *question, struct worker_pool *pool,
                struct size_answer *answer)
{
    struct told told = look_for(question, pool, answer);
    answer->can_finish = told.holds;
    answer->samples = SAMPLES;
    answer->open.buffer_bytes = told.buffer_bytes;
    int64_t need = need_of(&told, answer, &answer->then.limit);
    for (int attempt = 0; attempt < ATTEMPTS && told.holds && !answer->is_met; attempt++) {
        answer->then.backlog_bytes = size_round_up(need);
        struct told then = tell(question, pool, &answer->then);
        answer->is_met = then.holds;
        told.copied_bytes = MAX(told.copied_bytes, then.copied_bytes);
        need += need / 4;
    }
    g_strlcpy(answer->broken, told.broken, sizeof answer->broken);
    size_bill(answer, told.buffer_bytes, told.copied_bytes);
}
