/* Whole scenarios under settings. See size_fixed.h. */
#include "sim/study/size/size_fixed.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/report/run_record.h"
#include "sim/world/run_once.h"
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
struct seen {
    bool holds; /* nobody was resynchronised in full but for a first time, and nobody was left */
    bool is_killed; /* a limit was exceeded by a replica that had no data yet */
    int64_t need_bytes, buffer_bytes, copied_bytes;
    char broken[128];
};

struct listener {
    const struct world *world;
    struct run_record record;
    struct seen *seen;
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
        listener->seen->holds = false;
    if (answer->kind != REASON_KIND_PARTIAL)
        return;
    int64_t need = outage_run_need(&listener->world->nodes[event->node].backlog, answer->offset,
                                   answer->asked_offset);
    listener->seen->need_bytes = MAX(listener->seen->need_bytes, need);
}

static void begins_run(void *user, struct world *world)
{
    struct listener *listener = user;
    listener->world = world;
}

static void look_at(const struct run_record *record, struct seen *seen)
{
    for (uint32_t i = 0; i < record->scenario->node_count; i++) {
        const struct node_record *node = &record->nodes[i];
        seen->copied_bytes = MAX(seen->copied_bytes, node->cow_peak);
        seen->buffer_bytes = MAX(seen->buffer_bytes, node->end.buffer_peak_bytes);
        seen->is_killed =
            seen->is_killed || (record->scenario->nodes[i].begin == BEGIN_COLD &&
                                node->drops[DROP_LIMIT_HARD] + node->drops[DROP_LIMIT_SOFT] > 0);
        bool is_left = node->master >= 0 && node->end.is_up && node->end.state != REPLICA_CONNECTED;
        seen->holds = seen->holds && !is_left;
    }
}

static void try_once(void *user, uint64_t index, void *record)
{
    const struct printer *printer = user;
    struct seen *seen = record;
    struct scenario *scenario = outage_run_with(printer->scenario, &printer->setting);
    *seen = (struct seen){.holds = true};
    struct listener listener = {.seen = seen};
    run_record_init(&listener.record, scenario, false);
    char *broken = run_once(&(struct run_once){.scenario = scenario,
                                               .seed = printer->seed,
                                               .replication = index,
                                               .begins = begins_run,
                                               .heard = heard,
                                               .user = &listener});
    look_at(&listener.record, seen);
    run_record_clear(&listener.record);
    if (broken)
        g_strlcpy(seen->broken, broken, sizeof seen->broken);
    g_free(broken);
    outage_run_release(scenario);
}

static struct seen try_setting(const struct size_question *question, struct worker_pool *pool,
                               const struct size_setting *setting)
{
    struct printer printer = {question->scenario, *setting, question->seed};
    struct seen seen[SAMPLES], sum = {.holds = true};
    struct worker_pool_task task = {
        .work = try_once, .user = &printer, .record_size = sizeof(struct seen)};
    worker_pool_map(pool, &task, 0, SAMPLES, seen);
    for (int i = 0; i < SAMPLES; i++) {
        sum.holds = sum.holds && seen[i].holds;
        sum.is_killed = sum.is_killed || seen[i].is_killed;
        sum.need_bytes = MAX(sum.need_bytes, seen[i].need_bytes);
        sum.buffer_bytes = MAX(sum.buffer_bytes, seen[i].buffer_bytes);
        sum.copied_bytes = MAX(sum.copied_bytes, seen[i].copied_bytes);
        if (seen[i].broken[0] != '\0')
            g_strlcpy(sum.broken, seen[i].broken, sizeof sum.broken);
    }
    return sum;
}

/* What the backlog must hold: what was owed, and, where it is the floor of the hard limit, the
 * buffer of a connection that survived. */
static int64_t need_of(const struct seen *seen, const struct size_answer *answer,
                       const struct output_limit *limit)
{
    bool is_floor = answer->master->profile->hard_limit_floor && limit->hard_bytes > 0;
    int64_t need = seen->need_bytes;
    if (is_floor && seen->buffer_bytes >= limit->hard_bytes)
        need = MAX(need, seen->buffer_bytes + 1);
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
static struct seen look_for(const struct size_question *question, struct worker_pool *pool,
                            struct size_answer *answer)
{
    struct size_setting open = answer->now;
    open.backlog_bytes = OUTAGE_RUN_ENDLESS_BYTES;
    struct seen seen = try_setting(question, pool, &open);
    if (seen.holds && !seen.is_killed)
        return seen;
    open.limit = (struct output_limit){.soft_s = answer->now.limit.soft_s};
    seen = try_setting(question, pool, &open);
    answer->then.limit = raised(answer->now.limit, seen.buffer_bytes);
    return seen;
}

void size_story(const struct size_question *question, struct worker_pool *pool,
                struct size_answer *answer)
{
    struct seen seen = look_for(question, pool, answer);
    answer->can_finish = seen.holds;
    answer->samples = SAMPLES;
    answer->open.buffer_bytes = seen.buffer_bytes;
    int64_t need = need_of(&seen, answer, &answer->then.limit);
    for (int attempt = 0; attempt < ATTEMPTS && seen.holds && !answer->is_met; attempt++) {
        answer->then.backlog_bytes = size_round_up(need);
        struct seen then = try_setting(question, pool, &answer->then);
        answer->is_met = then.holds;
        seen.copied_bytes = MAX(seen.copied_bytes, then.copied_bytes);
        need += need / 4;
    }
    g_strlcpy(answer->broken, seen.broken, sizeof answer->broken);
    size_bill(answer, seen.buffer_bytes, seen.copied_bytes);
}
