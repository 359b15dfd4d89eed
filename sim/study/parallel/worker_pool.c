/* Threads that take the next item until there is none. See crew.h. */
#include "sim/study/parallel/worker_pool.h"

#include <assert.h>
#include <glib.h>
#include "sim/study/parallel/worker_pool_round.h"

struct crew *crew_new(uint32_t jobs)
{
    struct crew *crew = g_new0(struct crew, 1);
    crew->ranks = ranks_enter();
    crew->jobs = jobs > 0 ? jobs : crew->ranks.count > 1 ? 1 : g_get_num_processors();
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

void crew_keep(struct crew *crew, struct crew_keeper keeper)
{
    crew->keeper = keeper;
}

static void *record_of(const struct crew_round *round, uint64_t item)
{
    return round->records + item * round->task->record_size;
}

struct crew_batch crew_take(struct crew_round *round, uint64_t most)
{
    g_mutex_lock(&round->lock);
    while (round->next < round->count && round->is_made[round->next])
        round->next++;
    struct crew_batch batch = {round->next, 0};
    while (!round->is_stopped && batch.count < most && round->next < round->count &&
           !round->is_made[round->next]) {
        round->next++;
        batch.count++;
    }
    g_mutex_unlock(&round->lock);
    return batch;
}

/* Looks at what is complete so far, up to the first item that is not. */
static void look(struct crew_round *round)
{
    const struct crew_task *task = round->task;
    while (!round->is_stopped && round->seen < round->count && round->is_made[round->seen]) {
        uint64_t next = round->seen++;
        round->is_stopped =
            task->done && !task->done(task->user, round->first + next, record_of(round, next));
    }
}

void crew_put(struct crew_round *round, uint64_t item)
{
    const struct crew_keeper *keeper = round->keeper;
    g_mutex_lock(&round->lock);
    round->is_made[item] = true;
    if (!round->is_stopped && keeper && keeper->add)
        round->is_stopped = !keeper->add(keeper->user, round->first + item, record_of(round, item));
    look(round);
    g_mutex_unlock(&round->lock);
}

static void *work(void *user)
{
    struct crew_round *round = user;
    const struct crew_task *task = round->task;
    for (struct crew_batch batch; (batch = crew_take(round, 1)).count > 0;) {
        task->work(task->user, round->first + batch.first, record_of(round, batch.first));
        crew_put(round, batch.first);
    }
    return NULL;
}

void crew_work_through(struct crew_round *round, uint32_t jobs)
{
    uint64_t helpers = MIN(jobs, round->count);
    helpers = helpers > 0 ? helpers - 1 : 0;
    GThread **threads = g_new0(GThread *, helpers + 1);
    for (uint64_t i = 0; i < helpers; i++)
        threads[i] = g_thread_new("crew", work, round);
    work(round);
    for (uint64_t i = 0; i < helpers; i++)
        g_thread_join(threads[i]);
    g_free(threads);
}

/* What was made before, by this process or another. */
static void fetch(struct crew_round *round)
{
    const struct crew_keeper *keeper = round->keeper;
    for (uint64_t i = 0; keeper && i < round->count; i++)
        round->is_made[i] = keeper->find(keeper->user, round->first + i, record_of(round, i));
    look(round);
}

bool crew_map(struct crew *crew, const struct crew_task *task, uint64_t first, uint64_t count,
              void *records)
{
    struct crew_round round = {.task = task,
                               .keeper = crew->keeper.find && crew->ranks.rank == 0 ? &crew->keeper
                                                                                    : NULL,
                               .first = first,
                               .count = count,
                               .records = records,
                               .is_made = g_new0(bool, count + 1)};
    g_mutex_init(&round.lock);
    if (crew->ranks.rank == 0)
        fetch(&round);
    if (crew->ranks.count > 1)
        crew_work_in_ranks(crew, &round);
    else
        crew_work_through(&round, crew->jobs);
    assert(round.is_stopped || round.seen == count);
    g_mutex_clear(&round.lock);
    g_free(round.is_made);
    return !round.is_stopped;
}
