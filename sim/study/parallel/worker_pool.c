/* Threads that take the next item until there is none. See worker_pool.h. */
#include "sim/study/parallel/worker_pool.h"

#include <assert.h>
#include <glib.h>
#include "sim/study/parallel/worker_pool_round.h"

struct worker_pool *worker_pool_new(uint32_t jobs)
{
    struct worker_pool *pool = g_new0(struct worker_pool, 1);
    pool->ranks = ranks_enter();
    pool->jobs = jobs > 0 ? jobs : pool->ranks.count > 1 ? 1 : g_get_num_processors();
    return pool;
}

void worker_pool_free(struct worker_pool *pool)
{
    g_free(pool);
}

uint32_t worker_pool_jobs(const struct worker_pool *pool)
{
    return pool->jobs;
}

void worker_pool_keep(struct worker_pool *pool, struct worker_pool_store store)
{
    pool->store = store;
}

static void *record_of(const struct worker_pool_round *round, uint64_t item)
{
    return round->records + item * round->task->record_size;
}

struct worker_pool_batch worker_pool_take(struct worker_pool_round *round, uint64_t most)
{
    g_mutex_lock(&round->lock);
    while (round->next < round->count && round->is_made[round->next])
        round->next++;
    struct worker_pool_batch batch = {round->next, 0};
    while (!round->is_stopped && batch.count < most && round->next < round->count &&
           !round->is_made[round->next]) {
        round->next++;
        batch.count++;
    }
    g_mutex_unlock(&round->lock);
    return batch;
}

/* Looks at what is complete so far, up to the first item that is not. */
static void look(struct worker_pool_round *round)
{
    const struct worker_pool_task *task = round->task;
    while (!round->is_stopped && round->seen < round->count && round->is_made[round->seen]) {
        uint64_t next = round->seen++;
        round->is_stopped =
            task->done && !task->done(task->user, round->first + next, record_of(round, next));
    }
}

void worker_pool_put(struct worker_pool_round *round, uint64_t item)
{
    const struct worker_pool_store *store = round->store;
    g_mutex_lock(&round->lock);
    round->is_made[item] = true;
    if (!round->is_stopped && store && store->add)
        round->is_stopped = !store->add(store->user, round->first + item, record_of(round, item));
    look(round);
    g_mutex_unlock(&round->lock);
}

static void *work(void *user)
{
    struct worker_pool_round *round = user;
    const struct worker_pool_task *task = round->task;
    for (struct worker_pool_batch batch; (batch = worker_pool_take(round, 1)).count > 0;) {
        task->work(task->user, round->first + batch.first, record_of(round, batch.first));
        worker_pool_put(round, batch.first);
    }
    return NULL;
}

void worker_pool_work_through(struct worker_pool_round *round, uint32_t jobs)
{
    uint64_t helpers = MIN(jobs, round->count);
    helpers = helpers > 0 ? helpers - 1 : 0;
    GThread **threads = g_new0(GThread *, helpers + 1);
    for (uint64_t i = 0; i < helpers; i++)
        threads[i] = g_thread_new("worker", work, round);
    work(round);
    for (uint64_t i = 0; i < helpers; i++)
        g_thread_join(threads[i]);
    g_free(threads);
}

/* What was made before, by this process or another. */
static void fetch(struct worker_pool_round *round)
{
    const struct worker_pool_store *store = round->store;
    for (uint64_t i = 0; store && i < round->count; i++)
        round->is_made[i] = store->find(store->user, round->first + i, record_of(round, i));
    look(round);
}

bool worker_pool_map(struct worker_pool *pool, const struct worker_pool_task *task, uint64_t first,
                     uint64_t count, void *records)
{
    struct worker_pool_round round = {
        .task = task,
        .store = pool->store.find && pool->ranks.rank == 0 ? &pool->store : NULL,
        .first = first,
        .count = count,
        .records = records,
        .is_made = g_new0(bool, count + 1)};
    g_mutex_init(&round.lock);
    if (pool->ranks.rank == 0)
        fetch(&round);
    if (pool->ranks.count > 1)
        worker_pool_work_in_ranks(pool, &round);
    else
        worker_pool_work_through(&round, pool->jobs);
    assert(round.is_stopped || round.seen == count);
    g_mutex_clear(&round.lock);
    g_free(round.is_made);
    return !round.is_stopped;
}
