/* Threads that take the next item until there is none. See crew.h. */
#include "sim/study/crew.h"

#include <assert.h>
#include <glib.h>

struct crew {
    uint32_t jobs;
};

/* One call of crew_map: who works takes `next`; `seen` items were looked at, in their order. */
struct round {
    const struct crew_task *task;
    uint64_t first, count, next, seen;
    char *records;
    bool *is_made;
    bool is_stopped;
    GMutex lock;
};

struct crew *crew_new(uint32_t jobs)
{
    struct crew *crew = g_new0(struct crew, 1);
    crew->jobs = jobs > 0 ? jobs : g_get_num_processors();
    return crew;
}

void crew_free(struct crew *crew)
{
    g_free(crew);
}

uint32_t crew_jobs(const struct crew *crew)
{
    return crew->jobs;
}

static bool take(struct round *round, uint64_t *item)
{
    g_mutex_lock(&round->lock);
    bool is_taken = !round->is_stopped && round->next < round->count;
    if (is_taken)
        *item = round->next++;
    g_mutex_unlock(&round->lock);
    return is_taken;
}

/* Shows what is complete so far, up to the first item that is not. */
static void show(struct round *round, uint64_t item)
{
    const struct crew_task *task = round->task;
    g_mutex_lock(&round->lock);
    round->is_made[item] = true;
    while (!round->is_stopped && round->seen < round->count && round->is_made[round->seen]) {
        uint64_t next = round->seen++;
        const void *record = round->records + next * task->record_size;
        round->is_stopped = task->done && !task->done(task->user, round->first + next, record);
    }
    g_mutex_unlock(&round->lock);
}

static void *work(void *user)
{
    struct round *round = user;
    const struct crew_task *task = round->task;
    uint64_t item = 0;
    while (take(round, &item)) {
        task->work(task->user, round->first + item, round->records + item * task->record_size);
        show(round, item);
    }
    return NULL;
}

bool crew_map(struct crew *crew, const struct crew_task *task, uint64_t first, uint64_t count,
              void *records)
{
    struct round round = {.task = task, .first = first, .count = count, .records = records};
    uint32_t helpers = (uint32_t)MIN(crew->jobs, count);
    helpers = helpers > 0 ? helpers - 1 : 0; /* the caller works, too */
    GThread **threads = g_new0(GThread *, helpers + 1);
    round.is_made = g_new0(bool, count + 1);
    g_mutex_init(&round.lock);
    for (uint32_t i = 0; i < helpers; i++)
        threads[i] = g_thread_new("crew", work, &round);
    work(&round);
    for (uint32_t i = 0; i < helpers; i++)
        g_thread_join(threads[i]);
    assert(round.is_stopped || round.seen == count);
    g_mutex_clear(&round.lock);
    g_free(round.is_made);
    g_free(threads);
    return !round.is_stopped;
}
