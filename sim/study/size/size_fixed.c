/* Whole scenarios under settings. See size_fixed.h. */
#include "sim/study/size/size_fixed.h"

#include <string.h>
#include "sim/engine/time.h"
#include "sim/study/size/size_count.h"

#define SAMPLES       30
#define ATTEMPTS      10
#define LEAST_BACKLOG (INT64_C(1) << 20)
#define TIMEOUT_MOST  3600

static const int64_t TIMEOUTS_S[] = {90,  120, 150, 180,  240,  300,
                                     450, 600, 900, 1200, 1800, TIMEOUT_MOST};

struct story {
    const struct size_question *question;
    struct worker_pool *pool;
    struct size_answer *answer;
};

/* What came of all runs with a setting. */
struct seen {
    bool holds; /* nobody was resynchronised in full but for a first time, and nobody was left */
    bool is_endless;
    double fulls; /* of a run */
    double causes[SIZE_CAUSE_COUNT];
    int64_t need_bytes, buffer_bytes, copied_bytes, kept_bytes;
};

static struct seen look_at(const struct size_count *count)
{
    struct seen seen = {.holds = true,
                        .is_endless = size_count_is_endless(count),
                        .fulls = size_count_of_a_run(count)};
    for (uint64_t i = 0; i < count->count; i++) {
        const struct size_count_run *run = size_count_run(count, i);
        seen.holds = seen.holds && !run->is_left && !run->is_endless;
        seen.kept_bytes = MAX(seen.kept_bytes, run->kept_bytes);
        seen.buffer_bytes = MAX(seen.buffer_bytes, run->buffer_bytes);
        seen.copied_bytes = MAX(seen.copied_bytes, run->copied_bytes);
        seen.need_bytes = MAX(seen.need_bytes, size_needs_largest(run->needs));
        for (int c = 0; c < SIZE_CAUSE_COUNT; c++)
            seen.causes[c] += (double)run->causes[c] / (double)count->count;
    }
    seen.holds = seen.holds && seen.fulls <= 0;
    return seen;
}

/* NULL: as the scenario has it. */
static struct seen try_setting(const struct story *story, const struct size_setting *setting)
{
    struct size_count count;
    size_count_init(&count, story->question->scenario, setting, story->question->seed);
    count.has_needs = true;
    count.is_story = true;
    size_count_extend(&count, story->pool, SAMPLES);
    struct seen seen = look_at(&count);
    if (size_count_broken(&count)[0] != '\0')
        g_strlcpy(story->answer->broken, size_count_broken(&count), sizeof story->answer->broken);
    size_count_clear(&count);
    return seen;
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

/* ---- which values matter ---- */

/* Each value goes back to what it is now, and stays there if all holds without its help: first the timeout, for a longer
 * one notices every dead peer later, then the most expensive one. */
static struct size_setting needed(const struct story *story, struct size_setting open)
{
    const struct size_setting *now = &story->answer->now;
    struct size_setting kept = open;
    kept.timeout_s = now->timeout_s;
    if (!try_setting(story, &kept).holds)
        kept.timeout_s = open.timeout_s;
    struct size_setting before = kept;
    kept.backlog_bytes = now->backlog_bytes;
    if (!try_setting(story, &kept).holds)
        kept = before;
    before = kept;
    kept.limit = now->limit;
    if (!try_setting(story, &kept).holds)
        kept = before;
    before = kept;
    kept.ttl_s = now->ttl_s;
    return try_setting(story, &kept).holds ? kept : before;
}

/* The others being open, if they must. */
static void choose_timeout(const struct story *story, struct size_setting *kept)
{
    const struct size_answer *answer = story->answer;
    if (kept->timeout_s == answer->now.timeout_s)
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(TIMEOUTS_S); i++) {
        kept->timeout_s = TIMEOUTS_S[i];
        if (TIMEOUTS_S[i] > answer->now.timeout_s && try_setting(story, kept).holds)
            return;
    }
}

static void choose_limit(const struct story *story, struct size_setting *kept)
{
    const struct output_limit *now = &story->answer->now.limit;
    bool is_open = kept->limit.hard_bytes == 0 && kept->limit.soft_bytes == 0;
    bool was_open = now->hard_bytes == 0 && now->soft_bytes == 0;
    if (!is_open || was_open)
        return;
    int64_t buffer = try_setting(story, kept).buffer_bytes;
    kept->limit =
        (struct output_limit){.hard_bytes = now->hard_bytes}; /* costs nothing, if it helps */
    bool has_room = now->hard_bytes >= buffer + buffer / 4;
    if (now->soft_bytes > 0 && has_room && try_setting(story, kept).holds)
        return;
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        kept->limit = raised(*now, buffer);
        if (try_setting(story, kept).holds)
            return;
        /* one large command is not seen in a buffer that has no limit */
        buffer = MAX(2 * buffer, MAX(now->hard_bytes, now->soft_bytes));
    }
}

static void settle(const struct story *story, struct size_setting then)
{
    struct size_answer *answer = story->answer;
    bool is_larger = then.backlog_bytes != answer->now.backlog_bytes;
    struct seen seen = try_setting(story, &then);
    int64_t need = need_of(&seen, answer, &then.limit);
    answer->then = then;
    for (int attempt = 0; attempt < ATTEMPTS && !answer->is_met; attempt++) {
        if (is_larger)
            answer->then.backlog_bytes = size_round_up(need);
        struct seen last = try_setting(story, &answer->then);
        answer->is_met = last.holds;
        answer->story_then = last.fulls;
        memcpy(answer->causes_then, last.causes, sizeof last.causes);
        answer->open.kept_bytes = MAX(seen.kept_bytes, last.kept_bytes);
        answer->open.buffer_bytes = MAX(seen.buffer_bytes, last.buffer_bytes);
        answer->open.copied_bytes = MAX(seen.copied_bytes, last.copied_bytes);
        is_larger = true;
        need = MAX(need, answer->then.backlog_bytes) + need / 4;
    }
}

void size_story(const struct size_question *question, struct worker_pool *pool,
                struct size_answer *answer)
{
    struct story story = {question, pool, answer};
    struct seen now = try_setting(&story, NULL);
    struct size_setting open = {.backlog_bytes = OUTAGE_RUN_ENDLESS_BYTES,
                                .timeout_s = MAX(answer->now.timeout_s, TIMEOUT_MOST),
                                .limit = {.soft_s = answer->now.limit.soft_s},
                                .kept = answer->now.kept};
    answer->samples = SAMPLES;
    answer->story_now = now.fulls;
    answer->is_endless_now = now.is_endless;
    memcpy(answer->causes_now, now.causes, sizeof now.causes);
    struct seen best = now;
    if (!now.holds)
        best = try_setting(&story, &open);
    if (!best.holds) { /* not by a timeout that is longer than what it must notice */
        open.timeout_s = answer->now.timeout_s;
        best = try_setting(&story, &open);
    }
    answer->can_finish = best.holds;
    if (best.holds) {
        struct size_setting kept = now.holds ? answer->now : needed(&story, open);
        choose_timeout(&story, &kept);
        choose_limit(&story, &kept);
        settle(&story, kept);
    } else {
        answer->story_then = best.fulls;
        memcpy(answer->causes_then, best.causes, sizeof best.causes);
    }
    size_bill(answer, &answer->open);
}
