/* Threads that take the next item until there is none. */
#include "sim/study/parallel/worker_pool_round.h"

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

void worker_pool_look(struct worker_pool_round *round)
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
    struct worker_pool_watch *watch = round->watch;
    g_mutex_lock(&round->lock);
    round->is_made[item] = true;
    if (watch && watch->made)
        watch->made(watch->user, ++watch->count);
    if (!round->is_stopped && store && store->add)
        round->is_stopped = !store->add(store->user, round->first + item, record_of(round, item));
    worker_pool_look(round);
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
