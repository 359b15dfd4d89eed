/* See size_bounds.h. */
#include "sim/study/size/size_bounds.h"

#include "sim/engine/time.h"
#include "sim/study/size/load_window.h"

#define MB (INT64_C(1) << 20)
#define COMING_BACK_S                                                                              \
    5                 /* after a loss is noticed: a round of the cron, a connection, a handshake */
#define USED_BY_RDB 2 /* a guess: memory that data take, by the size of their RDB */

/* maxmemory holds data and backlog; a container also what is copied on write, and buffers beyond the backlog. */
static int64_t that_fits(const struct size_question *question, const struct size_answer *answer)
{
    int64_t maxmemory = answer->master->config.maxmemory, most = OUTAGE_RUN_ENDLESS_BYTES;
    if (maxmemory > 0)
        most = MIN(most, maxmemory - answer->used_memory);
    if (question->memory_limit == 0)
        return most;
    int64_t left = question->memory_limit - answer->used_memory - answer->open.copied_bytes;
    int64_t buffers =
        answer->open.buffer_bytes * (answer->master->profile->shared_buffer ? 1 : answer->replicas);
    bool is_shared = answer->master->profile->shared_buffer;
    return MIN(most, is_shared ? (left >= buffers ? left : 0) : left - buffers);
}

void size_bounds(struct search *search)
{
    const struct size_question *question = search->question;
    struct size_answer *answer = search->answer;
    int64_t window = (answer->then.timeout_s + COMING_BACK_S) * NS_PER_S;
    answer->floor_bytes = load_window_find(question->scenario, question->seed, 0, window).bytes;
    answer->used_memory = question->used_memory > 0 ? question->used_memory
                                                    : USED_BY_RDB * answer->master->dataset_bytes;
    int64_t maxmemory = answer->master->config.maxmemory, limit = question->memory_limit;
    answer->memory_limit = maxmemory == 0 ? limit : limit == 0 ? maxmemory : MIN(limit, maxmemory);
    int64_t most = that_fits(question, answer);
    answer->is_too_small = most < MB;
    answer->most_bytes = MAX(most / MB * MB, MB);
}

int64_t size_bounded(const struct size_answer *answer, int64_t bytes)
{
    return MIN(size_round_up(MAX(bytes, answer->floor_bytes)), answer->most_bytes);
}
