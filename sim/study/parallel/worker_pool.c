/* A pool, and what it does with a task. */
#include "sim/study/parallel/worker_pool.h"

#include <assert.h>
#include <glib.h>
#include "sim/study/parallel/worker_pool_round.h"

struct worker_pool {
    uint32_t jobs;
    struct ranks ranks;
    struct worker_pool_store store; /* find NULL: nobody keeps anything */
    struct worker_pool_watch watch;
};

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

void worker_pool_watch(struct worker_pool *pool, worker_pool_made *made, void *user)
{
    pool->watch = (struct worker_pool_watch){.made = made, .user = user};
}

static void *record_of(const struct worker_pool_round *round, uint64_t item)
{
    return round->records + item * round->task->record_size;
}

/* What was made before, by this process or another. */
static void fetch(struct worker_pool_round *round)
{
    const struct worker_pool_store *store = round->store;
    for (uint64_t i = 0; store && i < round->count; i++)
        round->is_made[i] = store->find(store->user, round->first + i, record_of(round, i));
    worker_pool_look(round);
}

bool worker_pool_map(struct worker_pool *pool, const struct worker_pool_task *task, uint64_t first,
                     uint64_t count, void *records)
{
    struct worker_pool_round round = {
        .task = task,
        .store = pool->store.find && pool->ranks.rank == 0 ? &pool->store : NULL,
        .watch = &pool->watch,
        .first = first,
        .count = count,
        .records = records,
        .is_made = g_new0(bool, count + 1)};
    g_mutex_init(&round.lock);
    if (pool->ranks.rank == 0)
        fetch(&round);
    if (pool->ranks.count > 1)
        worker_pool_work_in_ranks(&round, pool->ranks, pool->jobs);
    else
        worker_pool_work_through(&round, pool->jobs);
    assert(round.is_stopped || round.seen == count);
    g_mutex_clear(&round.lock);
    g_free(round.is_made);
    return !round.is_stopped;
}
