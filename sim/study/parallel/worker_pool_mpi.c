/* Ranks that ask rank 0 for batches of items. See worker_pool.h.
 *
 *      rank 0                                   the others
 *      its threads take items one by one        send their last batch (none at first) and its
 *      its main thread answers the others         records; get another, until there is none
 *      then all get what was seen, and the verdict
 *
 * The main thread of rank 0 makes nothing itself, so that nobody waits for an answer as long as an
 * item takes. */
#include "sim/study/parallel/worker_pool_round.h"

#ifdef PSYNCSIM_MPI
#include <mpi.h>

#define POLL_US       200
#define BATCHES       8         /* what is left goes out in so many batches for each rank, ... */
#define BATCH_ITEMS   64        /* ... of at most so many items for each of its threads, ... */
#define MESSAGE_BYTES (1 << 30) /* ... that fit into one message */

enum tag { TAG_DELIVERY = 1, TAG_RECORDS, TAG_BATCH };

static char *record_of(const struct worker_pool_round *round, uint64_t item)
{
    return round->records + item * round->task->record_size;
}

/* ---- rank 0 ---- */

struct desk {
    struct worker_pool_round *round;
    uint32_t jobs, ranks;
};

static void *work_here(void *user)
{
    struct desk *desk = user;
    worker_pool_work_through(desk->round, desk->jobs);
    return NULL;
}

static uint64_t batch_size(const struct desk *desk, uint64_t left)
{
    uint64_t most =
        MIN((uint64_t)desk->jobs * BATCH_ITEMS, MESSAGE_BYTES / desk->round->task->record_size);
    return CLAMP(left / (desk->ranks * BATCHES), 1, MAX(most, 1));
}

/* Takes a delivery and gives the next batch. False: there was none to give. */
static bool serve(struct desk *desk, int rank)
{
    struct worker_pool_round *round = desk->round;
    struct worker_pool_batch batch;
    MPI_Recv(&batch, 2, MPI_UINT64_T, rank, TAG_DELIVERY, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (batch.count > 0)
        MPI_Recv(record_of(round, batch.first), (int)(batch.count * round->task->record_size),
                 MPI_BYTE, rank, TAG_RECORDS, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    for (uint64_t i = 0; i < batch.count; i++)
        worker_pool_put(round, batch.first + i);
    batch = worker_pool_take(round, batch_size(desk, round->count - batch.first));
    MPI_Send(&batch, 2, MPI_UINT64_T, rank, TAG_BATCH, MPI_COMM_WORLD);
    return batch.count > 0;
}

static void deal(struct worker_pool_round *round, uint32_t ranks, uint32_t jobs)
{
    struct desk desk = {round, jobs, ranks};
    GThread *thread = g_thread_new("worker", work_here, &desk);
    for (uint32_t busy = ranks - 1; busy > 0;) {
        int is_there;
        MPI_Status status;
        MPI_Iprobe(MPI_ANY_SOURCE, TAG_DELIVERY, MPI_COMM_WORLD, &is_there, &status);
        if (!is_there)
            g_usleep(POLL_US);
        else if (!serve(&desk, status.MPI_SOURCE))
            busy--;
    }
    g_thread_join(thread);
}

/* ---- the others ---- */

static void make(struct worker_pool_round *round, struct worker_pool_batch batch, uint32_t jobs)
{
    struct worker_pool_task task = *round->task;
    task.done = NULL;
    struct worker_pool_round part = {.task = &task,
                                     .first = round->first + batch.first,
                                     .count = batch.count,
                                     .records = record_of(round, batch.first),
                                     .is_made = g_new0(bool, batch.count)};
    g_mutex_init(&part.lock);
    worker_pool_work_through(&part, jobs);
    g_mutex_clear(&part.lock);
    g_free(part.is_made);
}

static void help(struct worker_pool_round *round, uint32_t jobs)
{
    struct worker_pool_batch batch = {0, 0};
    do {
        MPI_Send(&batch, 2, MPI_UINT64_T, 0, TAG_DELIVERY, MPI_COMM_WORLD);
        if (batch.count > 0)
            MPI_Send(record_of(round, batch.first), (int)(batch.count * round->task->record_size),
                     MPI_BYTE, 0, TAG_RECORDS, MPI_COMM_WORLD);
        MPI_Recv(&batch, 2, MPI_UINT64_T, 0, TAG_BATCH, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        make(round, batch, jobs);
    } while (batch.count > 0);
}

/* ---- both ---- */

void worker_pool_work_in_ranks(struct worker_pool_round *round, struct ranks ranks, uint32_t jobs)
{
    const struct worker_pool_task *task = round->task;
    if (ranks.rank == 0)
        deal(round, ranks.count, jobs);
    else
        help(round, jobs);
    uint64_t verdict[] = {round->seen, round->is_stopped};
    ranks_share(verdict, sizeof verdict);
    ranks_share(round->records, verdict[0] * task->record_size);
    if (ranks.rank == 0)
        return;
    round->seen = verdict[0];
    round->is_stopped = verdict[1];
    for (uint64_t i = 0; task->done && i < round->seen; i++)
        task->done(task->user, round->first + i, record_of(round, i));
}

#else

void worker_pool_work_in_ranks(struct worker_pool_round *round, struct ranks ranks, uint32_t jobs)
{
    (void)ranks;
    worker_pool_work_through(round, jobs);
}

#endif
